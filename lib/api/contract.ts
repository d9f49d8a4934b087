import { z } from "zod";
import { ROLES } from "../energy/reading";
import { LANGUAGES, SITE_KINDS } from "../energy/site-facts";
import { SCOPES } from "../storage/access-store";
import { RULINGS, SEVERITIES } from "../storage/energy-store";

/**
 * The wire contract: validation, types (`types.ts`) and the OpenAPI document come from here.
 * On the wire: ISO 8601 instants, kW and kWh, the site's currency.
 */
const instant = z.iso.datetime({ offset: true });
const scopes = z.enum(SCOPES);
const severity = z.enum(SEVERITIES);
const unit = z.enum(["kWh", "kW", "m³"]);

/** `GET /api/energy`: one row a reading that carries power. */
export const SIMPLE_READING = z.object({
  id: z.string(),
  timestamp: instant,
  consumption: z.number(),
  meter: z.string(),
});

/** The query of `GET /api/energy`. */
export const SIMPLE_QUERY = z.strictObject({
  meter: z.string().min(1).max(200).optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  since: instant.optional(),
});

/** The body of `POST /api/alert`. */
export const POSTED_ALERT = z.strictObject({
  message: z.string().trim().min(1).max(1000),
  severity: severity.default("warning"),
  meter: z.string().min(1).max(200).optional(),
  channels: z.array(z.string().min(1).max(200)).max(20).optional(),
});

export const ACCEPTED = z.object({ id: z.string() });

export const METER = z.object({
  key: z.string(),
  role: z.enum(ROLES),
  /** Absent until it said a power. */
  kw: z.number().optional(),
  at: instant.optional(),
  /** Nothing new for longer than it may be silent. */
  stale: z.boolean(),
  /** How many of its values wait for a person to look at them. */
  quarantined: z.number().int(),
});

export const ALERT = z.object({
  id: z.string(),
  at: instant,
  severity,
  meter: z.string().optional(),
  kind: z.string(),
  /** In the asker's language. */
  title: z.string(),
  text: z.string(),
  clearedAt: instant.optional(),
});

export const ADVICE = z.object({
  id: z.string(),
  at: instant,
  kind: z.string(),
  /** In the asker's language. */
  title: z.string(),
  text: z.string(),
  savingPerYear: z.number().optional(),
  confidence: z.number(),
  evidence: z.object({ from: instant, to: instant, figures: z.record(z.string(), z.number()) }),
});

export const DEVICE = z.object({
  id: z.string(),
  name: z.string(),
  state: z.enum(["on", "off", "unknown"]),
  pending: z.object({ on: z.boolean(), since: instant }).optional(),
  confirmedAt: instant.optional(),
  waitsUntil: instant.optional(),
  meter: z.string().optional(),
});

/** Energy and money of a span of the site; `coverage` is the measured share of the time, 0 to 1. */
export const ENERGY_SUM = z.object({
  usedKwh: z.number(),
  importKwh: z.number(),
  exportKwh: z.number(),
  solarKwh: z.number(),
  /** Absent where no price is set. */
  cost: z.number().optional(),
  coverage: z.number(),
});

/** `GET /api/v1/state`: all that a first look needs. */
export const STATE = z.object({
  site: z.object({
    name: z.string(),
    kind: z.enum(SITE_KINDS),
    language: z.enum(LANGUAGES),
    timeZone: z.string(),
    currency: z.string(),
    pricePerKwh: z.number().optional(),
    contractedKw: z.number().optional(),
  }),
  at: instant,
  /** Absent parts have no meter or are stale; `home` is what the house uses, `grid` < 0 exports, `solar` > 0 produces, `battery` > 0 charges. */
  power: z.object({
    homeKw: z.number().optional(),
    gridKw: z.number().optional(),
    solarKw: z.number().optional(),
    batteryKw: z.number().optional(),
  }),
  today: ENERGY_SUM,
  /** The same hours of yesterday; absent before there was a yesterday. */
  yesterdaySoFar: ENERGY_SUM.optional(),
  /** Mean power of the house in the quarter of an hour that was now, yesterday. */
  homeKwYesterday: z.number().optional(),
  meters: z.array(METER),
  alerts: z.array(ALERT),
  advice: z.array(ADVICE),
  devices: z.array(DEVICE),
  scopes: z.array(scopes),
  /** Whether anything was ever decided on a value. */
  hasRulings: z.boolean(),
  /** Give it to the stream to miss nothing. */
  lastEventId: z.string(),
});

/** The query of `GET /api/v1/readings`. */
export const READINGS_QUERY = z.strictObject({
  from: instant,
  to: instant,
  meters: z.string().max(4000).optional(),
  /** A line of at most this many points a meter; minima and maxima survive. */
  points: z.coerce.number().int().min(2).max(11_000).default(1000),
});

/** Parallel lists: epoch milliseconds and kW, oldest first. */
export const SERIES = z.object({
  series: z.array(
    z.object({
      meter: z.string(),
      role: z.enum(ROLES),
      at: z.array(z.number()),
      kw: z.array(z.number()),
    }),
  ),
});

/** `reading` events of the stream. */
export const LIVE_READING = z.object({
  meter: z.string(),
  role: z.enum(ROLES),
  at: z.number(),
  kw: z.number(),
  /** What the whole house then used; absent while unknown. */
  homeKw: z.number().optional(),
});

/** The query of `GET /api/v1/stream`: a first connection cannot send `Last-Event-ID`. */
export const STREAM_QUERY = z.strictObject({
  lastEventId: z
    .string()
    .regex(/^\d{1,16}$/)
    .optional(),
});

/** The query of `GET /api/v1/quarantine/rulings`. */
export const RULINGS_QUERY = z.strictObject({
  meters: z.string().max(4000).optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});

/** The query of `GET /api/v1/quarantine`; `open`: only what waits for a person. */
export const QUARANTINE_QUERY = RULINGS_QUERY.extend({ open: z.enum(["true", "false"]).default("false") });

/** What a person decided on the value that `meter`, `at` and `path` name; it stands until it is undone. */
export const RULING = z.object({
  id: z.string(),
  meter: z.string(),
  at: instant,
  path: z.string(),
  kind: z.enum(RULINGS),
  /** What took the value's place; of a whole reading (path `*`) the instant where it was put. */
  value: z.union([z.number(), instant]).optional(),
  unit: unit.optional(),
  /** A token's name, `local`, or `meter` where the meter itself said so. */
  by: z.string(),
  madeAt: instant,
  undoneAt: instant.optional(),
  undoneBy: z.string().optional(),
});

/** A value that is not believed, or was inferred. */
export const QUARANTINED = z.object({
  meter: z.string(),
  at: instant,
  /** The measure, as the meter's readings name it; `*` for a whole reading. */
  path: z.string(),
  /** In `unit`, or without one as the meter said it; absent for a whole reading. */
  value: z.union([z.number(), z.string()]).optional(),
  unit: unit.optional(),
  /** What a whole reading says. */
  reading: z
    .object({ kw: z.number(), importKwh: z.number(), exportKwh: z.number(), volumeM3: z.number() })
    .partial()
    .optional(),
  /** `dip`, `spike`, `jump`, `pending`, `reset`, `rollover`, `swap`, `differs`, `instant`, `beyond`. */
  reason: z.string(),
  /** Of a value that differs from another of the same instant: the other, which counts. */
  winner: z.number().optional(),
  /** What is not counted because of it, or counted by inference alone. */
  energyKwh: z.number().optional(),
  /** `noted`: believed by inference, told for a person to know. */
  status: z.enum(["open", "noted", "ruled"]),
  /** What can be decided on it. */
  may: z.array(z.enum(RULINGS)),
  ruling: RULING.optional(),
});

const ruled = { meter: z.string().min(1).max(200), at: instant, path: z.string().min(1).max(1000) };

/**
 * The body of `POST /api/v1/quarantine/rulings`. `value` takes the value's place: kWh, kW or m³; for a whole reading (path `*`)
 * it is the true instant. `swap` (path `*`): from this instant on the registers are another meter's.
 */
export const NEW_RULING = z.discriminatedUnion("kind", [
  z.strictObject({ ...ruled, kind: z.enum(["accept", "discard", "swap"]) }),
  z.strictObject({ ...ruled, kind: z.literal("edit"), value: z.union([z.number().min(-1e12).max(1e12), instant]) }),
]);

export const COMMAND = z.strictObject({ on: z.boolean() });

export const LOGIN = z.strictObject({ token: z.string().min(1).max(200) });

export const NEW_TOKEN = z.strictObject({
  name: z.string().trim().min(1).max(100),
  scopes: z.array(scopes).min(1),
  expiresAt: instant.optional(),
});

/** A token as it is listed: never the token itself. */
export const TOKEN = z.object({
  id: z.string(),
  name: z.string(),
  scopes: z.array(scopes),
  createdAt: instant,
  expiresAt: instant.optional(),
  lastUsedAt: instant.optional(),
});

/** The one answer that holds the secret. */
export const MADE_TOKEN = TOKEN.extend({ token: z.string() });

/** RFC 9457. `code` is stable; `detail` says what to do. */
export const PROBLEM = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number(),
  code: z.string(),
  detail: z.string(),
  field: z.string().optional(),
});
