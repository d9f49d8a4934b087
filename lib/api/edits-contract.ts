import { z } from "zod";

const instant = z.iso.datetime({ offset: true });
const amount = z.number().min(-1e12).max(1e12);
const key = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .regex(/^\P{Cc}+$/u);

/** The query of `GET /api/v1/edits`. */
export const EDITS_QUERY = z.strictObject({
  meters: z.string().max(4000).optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});

const edited = { meter: z.string().min(1).max(200), from: instant, to: instant, preview: z.boolean().default(false) };

/**
 * The body of `POST /api/v1/edits`: what is corrected of `[from, to)`, in whole quarters of an hour. `set`: its energy is what is
 * said here, at least one of the three. `discard`: what the meter said in it does not count. `preview`: only tells what would follow.
 */
export const NEW_EDIT = z.discriminatedUnion("kind", [
  z.strictObject({
    ...edited,
    kind: z.literal("set"),
    importKwh: amount.optional(),
    exportKwh: amount.optional(),
    volumeM3: amount.optional(),
  }),
  z.strictObject({ ...edited, kind: z.literal("discard") }),
]);

/** What a person corrected; it stands until it is undone. */
export const EDIT = z.object({
  id: z.string(),
  meter: z.string(),
  from: instant,
  to: instant,
  kind: z.enum(["set", "discard"]),
  importKwh: z.number().optional(),
  exportKwh: z.number().optional(),
  volumeM3: z.number().optional(),
  /** A token's name, or `local`. */
  by: z.string(),
  madeAt: instant,
  undoneAt: instant.optional(),
  undoneBy: z.string().optional(),
});

const energy = z.object({
  importKwh: z.number(),
  exportKwh: z.number(),
  volumeM3: z.number(),
  /** The shares of the time, 0 to 1. */
  measured: z.number(),
  estimated: z.number(),
});

/** What the interval came to before an edit and comes to after it; `edit` is absent where it was only tried. */
export const EDITED = z.object({ edit: EDIT.optional(), before: energy, after: energy });

/** The body of `POST /api/v1/meters/:key/rename`. */
export const RENAME = z.strictObject({ to: key });

/** The body of `POST /api/v1/meters/:key/merge`. */
export const MERGE = z.strictObject({ into: z.string().min(1).max(200) });

/** The body of `POST /api/v1/meters/:key/purge`: without a range the meter itself is forgotten. `confirm`: the meter's key once more. */
export const PURGE = z.strictObject({ from: instant.optional(), to: instant.optional(), confirm: z.string().max(200) });

/** How many readings were forgotten. */
export const PURGED = z.object({ readings: z.number().int() });

/** The body of `POST /api/v1/verify`; `repair` keeps what was reckoned where it differs. */
export const VERIFY = z.strictObject({ repair: z.boolean().default(false) });

/** The last time that all energy was reckoned anew from the readings, since the site was started. */
export const VERIFICATION = z.object({
  state: z.enum(["none", "running", "done", "failed"]),
  repair: z.boolean().optional(),
  startedAt: instant.optional(),
  endedAt: instant.optional(),
  /** Of `done`. */
  result: z
    .object({
      meters: z.number().int(),
      quarters: z.number().int(),
      /** Quarters that were not what the readings say. */
      wrong: z.number().int(),
      /** A hundred of them at most. */
      examples: z.array(z.object({ meter: z.string(), from: instant })),
    })
    .optional(),
});
