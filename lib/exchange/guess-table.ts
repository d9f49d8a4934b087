import Papa from "papaparse";
import { DELIMITERS, type ImportMapping } from "./mapping";
import { numberIn, type Decimal } from "./number-text";
import { looksLikeStamp, looksLikeTimeOfDay } from "./guess-stamps";

export interface TableGuess {
  readonly delimiter: ImportMapping["delimiter"];
  readonly skipLines: number;
  readonly header: boolean;
  readonly decimal: Decimal;
  readonly columns: readonly string[];
  /** Without the row of names. */
  readonly rows: readonly (readonly string[])[];
  readonly sure: { readonly delimiter: number; readonly header: number; readonly decimal: number };
}

const MOST_ROWS = 4_000;

/** The table in the beginning of a text: how it is split, where it begins, whether its first row names the columns. */
export function guessTable(text: string, isWhole: boolean): TableGuess {
  const candidates = DELIMITERS.map((delimiter) => ({ delimiter, ...split(text, delimiter, isWhole) }));
  const [best, next] = [...candidates].sort((a, b) => b.score - a.score);
  const chosen = best && best.score > 0 ? best : { delimiter: "," as const, ...oneColumn(text, isWhole) };
  const { rows, skipLines, delimiter } = chosen;
  const decimal = guessDecimal(rows.slice(1), delimiter);
  const { header, sure } = guessHeader(rows, decimal.decimal);
  const width = Math.max(0, ...rows.slice(0, 20).map((row) => row.length));
  const names = Array.from({ length: width }, (_, index) => (header ? (rows[0]?.[index] ?? "").trim() : ""));
  return {
    delimiter,
    skipLines,
    header,
    decimal: decimal.decimal,
    columns: names,
    rows: header ? rows.slice(1) : rows,
    sure: {
      delimiter: best && best.score > 0 ? (best.score > 1.2 * (next?.score ?? 0) ? 1 : 0.6) : 0.9,
      header: sure,
      decimal: decimal.sure,
    },
  };
}

interface Split {
  readonly score: number;
  readonly skipLines: number;
  readonly rows: readonly string[][];
}

function split(text: string, delimiter: string, isWhole: boolean): Split {
  const all = rowsOf(text, delimiter, isWhole);
  const widths = all.map((row) => row.length);
  const usual = modeOf(widths.filter((width) => width > 1));
  if (usual === undefined) return { score: 0, skipLines: 0, rows: [] };
  const first = tableStart(all, usual);
  const rows = all.slice(first).filter((row) => row.length === usual);
  const even = rows.length / (all.length - first);
  const known = rows.slice(-50).flatMap((row) => row.map((cell) => (isKnown(cell) ? 1 : 0)));
  const told = known.reduce<number>((sum, one) => sum + one, 0) / known.length;
  // Blanks stand inside stamps: they split only where nothing else does.
  const score = even * (0.2 + told) * (delimiter === " " ? 0.3 : 1);
  return { score: even > 0.5 ? score : 0, skipLines: first, rows };
}

/** The row of names above the first row that says something; titles above it are no part of the table. */
function tableStart(rows: readonly (readonly string[])[], width: number): number {
  const first = rows.findIndex((row) => row.length === width);
  const telling = rows.findIndex((row) => row.length === width && row.filter(isKnown).length >= Math.min(2, width));
  return telling > first && rows[telling - 1]?.length === width ? telling - 1 : Math.max(first, telling);
}

function oneColumn(text: string, isWhole: boolean): Omit<Split, "score"> {
  const rows = rowsOf(text, "\u001f", isWhole).filter(([cell]) => cell?.trim());
  return { skipLines: 0, rows };
}

function rowsOf(text: string, delimiter: string, isWhole: boolean): string[][] {
  const { data } = Papa.parse<string[]>(text, { delimiter, preview: MOST_ROWS });
  const rows = isWhole || data.length === MOST_ROWS ? data : data.slice(0, -1);
  const last = rows.at(-1);
  return last?.length === 1 && last[0] === "" ? rows.slice(0, -1) : rows;
}

function isKnown(cell: string): boolean {
  return isNumber(cell, ".") || isNumber(cell, ",") || looksLikeStamp(cell) || looksLikeTimeOfDay(cell);
}

/** Whether a cell says a number; an empty one does not tell. */
export function isNumber(cell: string, decimal: Decimal): boolean {
  const number = numberIn(cell, decimal);
  return number !== undefined && !Number.isNaN(number);
}

function guessDecimal(rows: readonly (readonly string[])[], delimiter: string): { decimal: Decimal; sure: number } {
  let commas = 0;
  let points = 0;
  for (const cell of rows.slice(0, 1000).flat()) {
    if (/^\s*[+-]?\d*,\d+\s*$/.test(cell)) commas += 1;
    else if (/^\s*[+-]?\d*\.\d+\s*$/.test(cell)) points += 1;
  }
  if (commas + points === 0) return { decimal: delimiter === ";" ? "," : ".", sure: 0.5 };
  return { decimal: commas > points ? "," : ".", sure: Math.max(commas, points) / (commas + points) };
}

/** A row of names says no number where the rows below it do, and no time. */
function guessHeader(rows: readonly (readonly string[])[], decimal: Decimal): { header: boolean; sure: number } {
  const [first, ...rest] = rows;
  if (!first || rest.length === 0) return { header: first?.every((cell) => !isKnown(cell)) ?? false, sure: 0.5 };
  const told = (cell: string): boolean => isNumber(cell, decimal) || looksLikeStamp(cell) || looksLikeTimeOfDay(cell);
  const columns = first.map((cell, index) => ({
    named: !told(cell),
    telling: rest.slice(0, 50).filter((row) => told(row[index] ?? "")).length > Math.min(50, rest.length) * 0.6,
  }));
  const telling = columns.filter((column) => column.telling);
  if (telling.length === 0) return { header: true, sure: 0.3 };
  const named = telling.filter((column) => column.named).length;
  return { header: named * 2 > telling.length, sure: Math.abs(2 * named - telling.length) / telling.length };
}

/** The value that comes most often. */
export function modeOf<Value>(values: readonly Value[]): Value | undefined {
  const counts = new Map<Value, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  let best: Value | undefined;
  for (const [value, count] of counts) if (best === undefined || count > (counts.get(best) ?? 0)) best = value;
  return best;
}
