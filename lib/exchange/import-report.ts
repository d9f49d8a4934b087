import { z } from "zod";
import { IMPORT_ERRORS } from "./import-row";

const instant = z.number();
const count = z.number().int();
const STRETCH = z.object({ from: instant, to: instant });

export const METER_REPORT = z.object({
  /** Empty where the file names no meter. */
  meter: z.string(),
  rows: count,
  /** What the rows are of: `[from, to)` of intervals, the first and last instant of readings. */
  from: instant,
  to: instant,
  newestFirst: z.boolean(),
  outOfOrder: count,
  /** Same instant again, in the file and in the store; `differing` are those of another value. */
  doubles: z.object({ same: count, differing: count }),
  stored: z.object({ same: count, differing: count }),
  /** Nothing said for more than two and a half of the usual steps; the first few told. */
  holes: z.object({ count, first: z.array(STRETCH) }),
  stepMs: z.number().optional(),
  /** Registers that fall. */
  resets: z.object({
    count,
    first: z.array(z.object({ at: instant, measure: z.string(), before: z.number(), after: z.number() })),
  }),
  /** The longest time at exactly zero, where it is a day or more: how some files write what they do not know. */
  zeros: STRETCH.optional(),
  /** The values seem to be a thousand times too large or too small; `meanW` and `maxW` are what they would mean. */
  suspectedUnit: z.object({ factor: z.number(), meanW: z.number(), maxW: z.number() }).optional(),
});
export type MeterReport = z.infer<typeof METER_REPORT>;

/** What an import would do. Instants are epoch ms. */
export const IMPORT_REPORT = z.object({
  rows: count,
  meters: z.array(METER_REPORT),
  /** Rows of meters beyond the thousands that are looked at: most likely the wrong column was taken for the meter. */
  rowsOfMoreMeters: count,
  errors: z.array(z.object({ key: z.enum(IMPORT_ERRORS), count, lines: z.array(count) })),
});
export type ImportReport = z.infer<typeof IMPORT_REPORT>;
