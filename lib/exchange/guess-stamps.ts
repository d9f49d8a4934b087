import { MOST_COLUMNS, type ImportMapping } from "./mapping";
import { makeStampReader } from "./stamp-reader";

export interface StampGuess {
  readonly timeColumn: number;
  readonly timeOfDayColumn?: number;
  readonly dateFormat: string;
  readonly sure: { readonly timeColumn: number; readonly dateFormat: number; readonly zone: number };
  /** The one asked for, or UTC where the rows follow each other evenly only so. */
  readonly zone: string;
  readonly stepMinutes?: ImportMapping["stepMinutes"];
  readonly stepSure: number;
}

type Rows = readonly (readonly string[])[];

const TIME_NAME = /time|date|fecha|hora|stamp|start|begin|desde|from|zeit|datum|period|day|dia|minute|moment|inicio/i;
const OF_DAY = /^\s*\d{1,2}:\d\d(?::\d\d)?(?:\s?[AaPp][Mm])?\s*$/;
const DATES = [
  "dd/MM/yyyy",
  "MM/dd/yyyy",
  "dd/MM/yy",
  "MM/dd/yy",
  "yyyyMMdd",
  "d MMM yyyy",
  "d MMMM yyyy",
  "dd-MMM-yyyy",
];
const TIMES = ["", "HH:mm", "HH:mm:ss", "HH:mm:ss.SSS", "hh:mm a", "hh:mm:ss a", "HHmm", "HHmmss"];
const SEPARATORS = ["/", ".", "-"];
const ENOUGH = 200;
const DAY_MS = 86_400_000;

/** Every format that a stamp is tried against, the likeliest first. */
const FORMATS: readonly string[] = [
  "iso",
  "epoch-s",
  "epoch-ms",
  ...DATES.flatMap((date) =>
    date.includes("/") ? SEPARATORS.map((separator) => date.replaceAll("/", separator)) : [date],
  ).flatMap((date) => TIMES.flatMap((time) => loose(time === "" ? date : `${date} ${time}`))),
];

/** Digits may lack their leading zeros. */
function loose(pattern: string): string[] {
  if (/MMM|yyyyMMdd/.test(pattern)) return [pattern];
  const short = pattern.replace("dd", "d").replace("MM", "M").replace("HH", "H").replace("hh", "h");
  return [pattern, short];
}

/** Whether a cell could be a date, with or without its time. */
export function looksLikeStamp(cell: string): boolean {
  const text = cell.trim();
  if (/^\d{4}[-/]\d\d[-/]\d\d(?:[T ][\d:.+\-Zz ]*)?$/.test(text)) return true;
  if (/^\d{1,2}[-/.]\d{1,2}[-/.](?:\d\d){1,2}(?: [\d:.]+(?: ?[AaPp]\.?[Mm]\.?)?)?$/.test(text)) return true;
  return /^\d{1,2}[ -][A-Za-zé]{3,10}\.?[ -]\d{4}/.test(text) || isEpoch(text);
}

/** Whether a cell could be a time of day that stands alone. */
export function looksLikeTimeOfDay(cell: string): boolean {
  return OF_DAY.test(cell);
}

function isEpoch(text: string): boolean {
  return /^[1-4]\d{9}(?:\.\d+)?$/.test(text) || /^[1-4]\d{12}$/.test(text);
}

/** Which column says when, and how; nothing where none does. */
export function guessStamps(columns: readonly string[], rows: Rows, zone: string): StampGuess | undefined {
  const some = sampled(rows);
  const width = Math.min(MOST_COLUMNS, Math.max(0, ...some.map((row) => row.length)));
  const found = Array.from({ length: width }, (_, column) => ({ column, name: columns[column] ?? "" }))
    .map(({ column, name }) => ({ column, name, share: shareOf(some, column, looksLikeStamp) }))
    .filter(({ share }) => share > 0.6)
    .sort((a, b) => weight(b) - weight(a));
  for (const { column, name, share } of found) {
    const ofDay = timeOfDay(some, column, width);
    const texts = (from: Rows): string[] =>
      from.map((row) => (ofDay === undefined ? (row[column] ?? "") : `${row[column]?.trim()} ${row[ofDay]?.trim()}`));
    const format = guessFormat(texts(some), zone);
    if (!format) continue;
    const there = guessZone(texts(rows), format.format, zone);
    const { step, sure } = guessStep(texts(rows), format.format, there.zone);
    return {
      timeColumn: column,
      ...(ofDay !== undefined && { timeOfDayColumn: ofDay }),
      dateFormat: format.format,
      zone: there.zone,
      sure: {
        timeColumn: share * (found.length === 1 || TIME_NAME.test(name) ? 1 : 0.7),
        dateFormat: format.sure,
        zone: there.sure,
      },
      ...(step !== undefined && { stepMinutes: step }),
      stepSure: sure,
    };
  }
  return undefined;
}

function weight({ name, share, column }: { name: string; share: number; column: number }): number {
  return share + (TIME_NAME.test(name) ? 0.5 : 0) - column / 1000;
}

function timeOfDay(rows: Rows, date: number, width: number): number | undefined {
  if (shareOf(rows, date, (cell) => /\d:\d\d/.test(cell)) > 0.5) return undefined;
  for (let column = 0; column < width; column += 1) {
    if (column !== date && shareOf(rows, column, looksLikeTimeOfDay) > 0.9) return column;
  }
  return undefined;
}

function shareOf(rows: Rows, column: number, test: (cell: string) => boolean): number {
  return rows.filter((row) => test(row[column] ?? "")).length / Math.max(1, rows.length);
}

/** The first rows and the last: days above the twelfth tell them from months. */
function sampled(rows: Rows): Rows {
  if (rows.length <= 2 * ENOUGH) return rows;
  const every = Math.ceil(rows.length / ENOUGH);
  return [...rows.slice(0, ENOUGH), ...rows.slice(ENOUGH).filter((_, index) => index % every === 0)];
}

function guessFormat(texts: readonly string[], zone: string): { format: string; sure: number } | undefined {
  const tried = FORMATS.map((format) => ({ format, read: readable(texts, format, zone) })).filter(
    ({ read }) => read > 0.6 * texts.length,
  );
  const best = Math.max(...tried.map(({ read }) => read));
  const equal = tried.filter(({ read }) => read === best);
  const [first] = equal;
  if (!first) return undefined;
  // Day and month can be taken for each other: then the one whose rows follow each other more evenly.
  const rival = equal.find(({ format }) => format.startsWith("M") !== first.format.startsWith("M"));
  if (!rival) return { format: first.format, sure: 1 };
  const [one, other] = [first, rival].map(({ format }) => guessStep(texts, format, zone).spread);
  if (one === other) return { format: first.format, sure: 0.5 };
  return { format: (one ?? 0) < (other ?? 0) ? first.format : rival.format, sure: 0.8 };
}

function readable(texts: readonly string[], format: string, zone: string): number {
  if (format.startsWith("epoch") && !texts.some((text) => isEpoch(text.trim()))) return 0;
  if (format === "epoch-s" && texts.some((text) => /^\d{13}$/.test(text.trim()))) return 0;
  if (format === "epoch-ms" && texts.some((text) => /^\d{10}(\.|$)/.test(text.trim()))) return 0;
  const read = makeStampReader(format, zone);
  const trail = {};
  // Most formats fail at the first stamp.
  if (texts.length > 0 && texts.slice(0, 5).every((text) => read(text, trail) === "bad-time")) return 0;
  return texts.filter((text) => read(text, trail) !== "bad-time").length;
}

/** Stamps that say no zone can be of UTC: then the site's clock changes leave holes and hours that do not exist. */
function guessZone(texts: readonly string[], format: string, zone: string): { zone: string; sure: number } {
  if (format.startsWith("epoch")) return { zone, sure: 1 };
  if (texts.slice(0, ENOUGH).every((text) => /(?:Z|[+-]\d\d:?\d\d)\s*$/.test(text.slice(10)))) return { zone, sure: 1 };
  const [here, utc] = [zone, "UTC"].map((one) => guessStep(texts, format, one).odd);
  if (here === utc) return { zone, sure: 0.5 };
  return (here ?? 0) < (utc ?? 0) ? { zone, sure: 0.9 } : { zone: "UTC", sure: 0.7 };
}

/** The step that comes most often, how many different ones there are, and how many steps and instants are odd. */
function guessStep(
  texts: readonly string[],
  format: string,
  zone: string,
): { step?: ImportMapping["stepMinutes"]; sure: number; spread: number; odd: number } {
  const read = makeStampReader(format, zone);
  const trail = {};
  const instants = texts.map((text) => read(text, trail)).filter((at) => typeof at === "number");
  const counts = new Map<number, number>();
  for (let index = 1; index < instants.length; index += 1) {
    const step = Math.abs((instants[index] ?? 0) - (instants[index - 1] ?? 0));
    if (step > 0) counts.set(step, (counts.get(step) ?? 0) + 1);
  }
  const [usual] = [...counts].sort((a, b) => b[1] - a[1]);
  if (!usual) return { sure: 0, spread: 0, odd: 0 };
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const [stepMs, times] = usual;
  const days = stepMs / DAY_MS;
  if (days > 366) return { sure: 0, spread: counts.size, odd: 0 };
  const step = days >= 27.9 && days <= 31.1 ? "month" : days > 0.95 && days < 1.05 ? "day" : stepMs / 60_000;
  return {
    step,
    sure: Math.min(1, times / total),
    spread: counts.size,
    odd: total - times + texts.length - instants.length,
  };
}
