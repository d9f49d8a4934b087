import { z } from "zod";
import { isZone } from "../energy/calendar";
import { IMPORT_ERRORS } from "../exchange/import-row";
import { METER_REPORT } from "../exchange/import-report";
import { IMPORT_STATES } from "../exchange/import-state";
import { IMPORT_MAPPING } from "../exchange/mapping";

const instant = z.iso.datetime({ offset: true });
const count = z.number().int();

/** What a file may be sent as; none of them is what a form of another site's page can send. */
export const FILE_TYPES = [
  "text/csv",
  "application/json",
  "application/jsonl",
  "application/x-ndjson",
  "application/xml",
  "text/xml",
  "application/vnd.sqlite3",
  "application/x-sqlite3",
  "application/octet-stream",
] as const;

/** The query of `POST /api/v1/imports`; the body is the file. */
export const NEW_IMPORT_QUERY = z.strictObject({ name: z.string().trim().min(1).max(200) });

/**
 * The query of `POST /api/v1/imports/parts`; the body is a piece of the file. `upload` is chosen by the sender, `at` is how many bytes
 * come before the piece and `size` how many the file has in all.
 */
export const IMPORT_PART_QUERY = NEW_IMPORT_QUERY.extend({
  upload: z.string().regex(/^[\w-]{8,64}$/),
  at: z.coerce.number().int().min(0),
  size: z.coerce.number().int().min(1),
});

/** Rows that were not taken, and the first lines of them. */
const ERRORS = z.array(
  z.object({
    key: z.enum(IMPORT_ERRORS),
    /** In the asker's language. */
    text: z.string(),
    count,
    lines: z.array(count),
  }),
);

/** A file on its way into the site. `stopped` and `failed` ones go on where they were when they are run again. */
export const IMPORT = z.object({
  id: z.string(),
  name: z.string(),
  addedAt: instant,
  state: z.enum(IMPORT_STATES),
  bytes: count,
  /** `percent` of the bytes; of a SQLite file it is known at the end alone. */
  progress: z.object({ rows: count, bytes: count, percent: z.number() }),
  /** What was stored so far. */
  readings: count,
  intervals: count,
  errors: ERRORS,
  /** Why it failed. */
  error: z.string().optional(),
});

/** What a file seems to be: `sure` is 0 to 1 for each field of the mapping that was guessed. */
export const GUESSED_IMPORT = IMPORT.extend({
  guess: z.object({
    mapping: IMPORT_MAPPING,
    sure: z.record(z.string(), z.number()),
    columns: z.array(z.string()),
    sample: z.array(z.array(z.string())),
  }),
});

/** How many bytes of the file are here: where the next piece begins. `import`: once it is whole. */
export const IMPORT_PART = z.object({ received: count, import: GUESSED_IMPORT.optional() });

/** The body of `POST /api/v1/imports/:id/report`. */
export const REPORT_WISH = z.strictObject({ mapping: IMPORT_MAPPING });

/** The body of `POST /api/v1/imports/:id/run`: read as it was last reported on, or guessed, unless it says how. */
export const RUN_WISH = z.strictObject({ mapping: IMPORT_MAPPING.optional() });

/** The body of `POST /api/v1/imports/:id/stop`. */
export const STOP_WISH = z.strictObject({});

const STRETCH = z.object({ from: instant, to: instant });

/** What an import would do; as `ImportReport`, on the wire. */
export const REPORT = z.object({
  rows: count,
  meters: z.array(
    METER_REPORT.extend({
      from: instant,
      to: instant,
      holes: z.object({ count, first: z.array(STRETCH) }),
      resets: z.object({
        count,
        first: z.array(z.object({ at: instant, measure: z.string(), before: z.number(), after: z.number() })),
      }),
      zeros: STRETCH.optional(),
      suspectedUnit: z.object({ factor: z.number(), meanKw: z.number(), maxKw: z.number() }).optional(),
    }),
  ),
  rowsOfMoreMeters: count,
  errors: ERRORS,
});

/**
 * The query of `GET /api/v1/export`. `raw`: readings as they came, in JSON Lines with the intervals that files gave; else energy
 * by interval, with what was corrected.
 */
export const EXPORT_QUERY = z.strictObject({
  from: instant,
  to: instant,
  meters: z.string().max(4000).optional(),
  interval: z.enum(["raw", "quarter", "hour", "day", "month"]).default("raw"),
  zone: z.string().refine(isZone, "no such time zone").optional(),
  format: z.enum(["csv", "ndjson"]).default("csv"),
});
