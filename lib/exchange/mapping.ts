import { z } from "zod";
import { isZone } from "../energy/calendar";
import { UNITS } from "../meters/units";

export const FORMATS = [
  "csv",
  "emoncms-csv",
  "home-assistant-csv",
  "home-assistant-sqlite",
  "green-button",
  "spanish-hourly",
  "energy-data-sqlite",
  "vatio-ndjson",
  "influx-line",
] as const;
export type ImportFormat = (typeof FORMATS)[number];

/** The formats that are whole files with an index of their own, not text from one end to the other. */
export const SQLITE_FORMATS: ReadonlySet<ImportFormat> = new Set(["home-assistant-sqlite", "energy-data-sqlite"]);

export const ENCODINGS = ["utf-8", "utf-16le", "windows-1252"] as const;
export const DELIMITERS = [",", ";", "\t", "|", " "] as const;

/** What a column can measure, by the names of a reading's fields. */
export const COLUMN_MEASURES = [
  "powerW",
  "importWh",
  "exportWh",
  "volumeM3",
  "voltageV",
  "currentA",
  "powerFactor",
  "frequencyHz",
  "apparentVa",
  "reactiveVar",
  "temperatureC",
  "socPercent",
] as const;
export type ColumnMeasure = (typeof COLUMN_MEASURES)[number];

/** `power`: as it was at the stamp. `register`: a counter as it stood. `interval`: what flowed in one step. */
export const MEANINGS = ["power", "register", "interval"] as const;
export type Meaning = (typeof MEANINGS)[number];

/** What stands further right in a table is not guessed at. */
export const MOST_COLUMNS = 200;

const column = z.number().int().min(0).max(999);
const meter = z.string().min(1).max(200);

export const VALUE_COLUMN = z.object({
  column,
  measure: z.enum(COLUMN_MEASURES),
  meaning: z.enum(MEANINGS),
  /** As the file's numbers are written; for volts, amps and the like, the unit of their name. */
  unit: z.enum(UNITS).optional(),
  /** The meter that this column is of, where a row holds several. */
  meter: meter.optional(),
});
export type ValueColumn = z.infer<typeof VALUE_COLUMN>;

export const STEP = z.union([
  z
    .number()
    .positive()
    .max(366 * 24 * 60),
  z.enum(["day", "month"]),
]);

/**
 * How a file is to be read. `dateFormat` is `iso`, `epoch-s`, `epoch-ms`, `epoch-us`, `epoch-ns` or a pattern in Luxon's letters, as `dd/MM/yyyy HH:mm`.
 * Stamps without an offset are of `zone`. `stepMinutes` is the length of an interval: minutes, or the local day or month.
 */
export const IMPORT_MAPPING = z.object({
  format: z.enum(FORMATS),
  encoding: z.enum(ENCODINGS).default("utf-8"),
  zone: z.string().refine(isZone, "no such time zone"),
  /** Whose rows they are where the file does not say. */
  meter: meter.optional(),
  delimiter: z.enum(DELIMITERS).default(","),
  decimal: z.enum([".", ","]).default("."),
  /** Lines before the table, its row of names not among them. */
  skipLines: z.number().int().min(0).max(1000).default(0),
  header: z.boolean().default(true),
  /** Absent where rows bear no time: then they follow each other from `start` on, a step apart. */
  timeColumn: column.optional(),
  /** The time of day, where it stands in a column of its own: read after the first, a blank between. */
  timeOfDayColumn: column.optional(),
  dateFormat: z.string().min(1).max(60).default("iso"),
  /** The first row's instant in a file without time: ISO 8601, in `zone` where it has no offset. */
  start: z.string().max(40).optional(),
  /** Whether a stamp says when its interval began or ended. */
  stampAt: z.enum(["start", "end"]).default("start"),
  stepMinutes: STEP.optional(),
  meterColumn: column.optional(),
  /**
   * What the columns are, by their names, where each row of a file names what it says: `measurement`, tags and fields of line protocol; a
   * field that is meant in one measurement alone is `field [measurement]`.
   */
  fields: z.array(z.string().min(1).max(400)).max(MOST_COLUMNS).default([]),
  values: z.array(VALUE_COLUMN).max(MOST_COLUMNS).default([]),
});
export type ImportMapping = z.infer<typeof IMPORT_MAPPING>;

/** A field of the mapping as it is named to a person: `values.2.unit`. */
export type Sureness = Readonly<Record<string, number>>;

/** What a file looks like. `sure` is from 0 (a default) to 1 (the file says so), for each field that was guessed. */
export interface ImportGuess {
  readonly mapping: ImportMapping;
  readonly sure: Sureness;
  /** The names of the columns, and the first rows as the delimiter splits them; empty where the format has none. */
  readonly columns: readonly string[];
  readonly sample: readonly (readonly string[])[];
}
