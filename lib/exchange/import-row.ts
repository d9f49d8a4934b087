import type { Reading } from "../energy/reading";

/** Sentences that tell why a row could not be read; the texts stand in the catalogues under `import.`. */
export const IMPORT_ERRORS = [
  "bad-time",
  "no-such-time",
  "no-time",
  "bad-number",
  "bad-value",
  "bad-hour",
  "too-few-columns",
  "line-too-long",
  "bad-json",
  "not-a-reading",
  "bad-xml",
  "unit-unknown",
] as const;
export type ImportErrorKey = (typeof IMPORT_ERRORS)[number];
export type ErrorValues = Readonly<Record<string, string | number>>;

/** A reading's measures. */
export type ImportValues = Omit<Reading, "meter" | "at" | "source">;

/** Registers and powers as they stood at `at`, epoch ms. */
export interface ReadingRow {
  readonly line: number;
  readonly meter?: string;
  readonly at: number;
  readonly values: ImportValues;
}

/** What flowed in `[from, to)`, epoch ms. */
export interface EnergyRow {
  readonly line: number;
  readonly meter?: string;
  readonly from: number;
  readonly to: number;
  readonly importWh?: number;
  readonly exportWh?: number;
  readonly volumeM3?: number;
}

export interface BadRow {
  readonly line: number;
  readonly error: { readonly key: ImportErrorKey; readonly values: ErrorValues };
}

/**
 * One thing that a file says. `line` is the line of a text, the row id of a database, the count of readings in an XML: it never
 * falls, and several rows can share one.
 */
export type ImportRow = ReadingRow | EnergyRow | BadRow;

const LONGEST_TEXT = 60;

export function badRow(line: number, key: ImportErrorKey, values: ErrorValues = {}): BadRow {
  return { line, error: { key, values } };
}

/** A text of the file, short enough to show. */
export function shown(text: string): string {
  return text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}…` : text;
}

export type EnergyMeasure = "importWh" | "exportWh" | "volumeM3";

/** What flowed in an interval; less than nothing is what flowed the other way, and of a volume is none. */
export function energyRow(
  line: number,
  meter: string | undefined,
  [from, to]: readonly [number, number],
  measure: EnergyMeasure,
  amount: number,
): EnergyRow | BadRow {
  if (amount < 0 && measure === "volumeM3") return badRow(line, "bad-value", { value: amount });
  const turned = measure === "importWh" ? "exportWh" : "importWh";
  const flow = amount < 0 ? { [turned]: -amount } : { [measure]: amount };
  return { line, ...(meter !== undefined && { meter }), from, to, ...flow };
}
