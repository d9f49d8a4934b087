import { DateTime } from "luxon";
import type { Electrical, Reading } from "../energy/reading";

/** Energy by interval, as a store answers it. */
export interface ExportEnergy {
  readonly meter: string;
  readonly from: number;
  readonly to: number;
  readonly importWh?: number;
  readonly exportWh?: number;
  readonly volumeM3?: number;
  readonly meanW?: number;
  readonly minW?: number;
  readonly maxW?: number;
  readonly measuredMs?: number;
  readonly estimatedMs?: number;
}
export type ExportRow = Reading | ExportEnergy;

export interface ExportOptions {
  readonly format: "csv" | "ndjson";
  /** IANA zone on whose clock instants are written, with their offset. */
  readonly zone: string;
  /** Numbers are rounded to so many; as they are where absent. */
  readonly decimals?: number;
  /** CSV alone. */
  readonly delimiter?: "," | ";" | "\t";
  readonly decimal?: "." | ",";
}

const ELECTRICAL = ["voltageV", "currentA", "powerFactor", "frequencyHz", "apparentVa", "reactiveVar"] as const;
const PHASES = ["L1", "L2", "L3"] as const;
const PER_PHASE = ["powerW", "voltageV", "currentA"] as const;
const READING_COLUMNS = ["powerW", "importWh", "exportWh", "volumeM3", "temperatureC", "socPercent"] as const;
const ENERGY_COLUMNS = [
  ...["importWh", "exportWh", "volumeM3", "meanW", "minW", "maxW", "measuredMs", "estimatedMs"],
] as const;
const PIECE = 65_536;
const QUARTER_MS = 900_000;

/**
 * The rows as text, in pieces of some 64 kB. CSV has a row of names, made for what the first row is, readings or energy: the two do
 * not mix. JSON Lines hold all that a reading says and are read back by the import to equal values.
 */
export async function* exportRows(rows: AsyncIterable<ExportRow>, options: ExportOptions): AsyncGenerator<string> {
  const stamp = makeStamp(options.zone);
  const toLine = options.format === "ndjson" ? makeJsonLine(options, stamp) : makeCsvLine(options, stamp);
  let piece = "";
  for await (const row of rows) {
    piece += toLine(row);
    if (piece.length < PIECE) continue;
    yield piece;
    piece = "";
  }
  if (piece !== "") yield piece;
}

type Line = (row: ExportRow) => string;
type Stamp = (at: number) => string;

function makeCsvLine({ delimiter = ",", decimal = ".", decimals }: ExportOptions, stamp: Stamp): Line {
  const number = (value: number | undefined): string => {
    if (value === undefined) return "";
    const text = String(rounded(value, decimals));
    return cell(decimal === "," ? text.replace(".", ",") : text, delimiter);
  };
  let names = "";

  return (row) => {
    const cells = isEnergy(row)
      ? [
          stamp(row.from),
          stamp(row.to),
          ...ENERGY_COLUMNS.map((name) => number(row[name as keyof ExportEnergy] as number | undefined)),
        ]
      : [stamp(row.at), ...readingNumbers(row).map(number)];
    const line = `${[text(row.meter, delimiter), ...cells].join(delimiter)}\r\n`;
    if (names !== "") return line;
    names = `${["meter", ...(isEnergy(row) ? ["from", "to", ...ENERGY_COLUMNS] : READING_NAMES)].join(delimiter)}\r\n`;
    return names + line;
  };
}

const READING_NAMES = [
  "at",
  ...READING_COLUMNS,
  ...ELECTRICAL,
  ...PHASES.flatMap((phase) => PER_PHASE.map((name) => `${phase}.${name}`)),
];

function readingNumbers(reading: Reading): (number | undefined)[] {
  const electrical: Electrical = reading.electrical ?? {};
  return [
    ...READING_COLUMNS.map((name) => reading[name]),
    ...ELECTRICAL.map((name) => electrical[name]),
    ...PHASES.flatMap((phase) => PER_PHASE.map((name) => electrical.phases?.[phase]?.[name])),
  ];
}

/** A text that a spreadsheet would take for a formula gets a quote before it. */
function text(value: string, delimiter: string): string {
  return cell(/^[=+\-@\t\r]/.test(value) ? `'${value}` : value, delimiter);
}

function cell(value: string, delimiter: string): string {
  return value.includes(delimiter) || /["\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}

function makeJsonLine({ decimals }: ExportOptions, stamp: Stamp): Line {
  const round = (_name: string, value: unknown): unknown =>
    typeof value === "number" ? rounded(value, decimals) : value;
  return (row) => {
    const times = isEnergy(row) ? { from: stamp(row.from), to: stamp(row.to) } : { at: stamp(row.at) };
    return `${JSON.stringify({ ...row, ...times }, decimals === undefined ? undefined : round)}\n`;
  };
}

function isEnergy(row: ExportRow): row is ExportEnergy {
  return "from" in row;
}

function rounded(value: number, decimals: number | undefined): number {
  if (decimals === undefined || Math.abs(value) >= 1e21) return value;
  return Number(value.toFixed(decimals));
}

/** ISO 8601 with offset, milliseconds where there are any. Offsets change on the quarter of an hour, so they are looked up once a quarter. */
function makeStamp(zone: string): Stamp {
  let quarter = NaN;
  let offsetMs = 0;
  let suffix = "";
  return (at) => {
    const now = Math.floor(at / QUARTER_MS);
    if (now !== quarter) {
      const there = DateTime.fromMillis(at, { zone });
      quarter = now;
      offsetMs = there.offset * 60_000;
      suffix = there.toFormat("ZZ");
    }
    const iso = new Date(at + offsetMs).toISOString();
    return (iso.endsWith(".000Z") ? iso.slice(0, -5) : iso.slice(0, -1)) + suffix;
  };
}
