import Papa from "papaparse";
import { badRow, type BadRow } from "./import-row";

export interface Dialect {
  readonly delimiter: string;
  readonly skipLines: number;
}

/** Rows of cells as the file splits them; the row at `index` begins on `lines[index]`, counted from 1. */
export interface TableRows {
  readonly rows: readonly (readonly string[])[];
  readonly lines: readonly number[];
  readonly bad: readonly BadRow[];
}

/** No row of measurements is longer; a quote that is never closed must not fill the memory. */
const LONGEST_ROW = 100_000;
/** A piece that is no table costs so many tries, then it is given up. */
const MOST_DROPPED = 20;
/** Small pieces of a stream are gathered; more at once would hold the loop for long on a small machine. */
const PIECE = 65_536;

/** Splits a text into the rows of its table, quotes and line ends of all systems understood. Bounded in memory. */
export async function* tableRows(text: AsyncIterable<string>, dialect: Dialect): AsyncGenerator<TableRows> {
  const splitter = makeSplitter(dialect);
  let waiting = "";
  for await (const piece of text) {
    waiting += piece;
    if (waiting.length < PIECE) continue;
    yield splitter.split(waiting, false);
    waiting = "";
  }
  yield splitter.split(waiting, true);
}

interface Splitter {
  split(piece: string, last: boolean): TableRows;
}

function makeSplitter({ delimiter, skipLines }: Dialect): Splitter {
  let rest = "";
  let line = 1;
  let skipping = skipLines;
  let dropping = false;

  const skip = (): void => {
    while (skipping > 0) {
      const end = rest.indexOf("\n");
      if (end < 0) return;
      rest = rest.slice(end + 1);
      line += 1;
      skipping -= 1;
    }
  };

  /** Gives up the first line of what is left: it is too long, or opens a quote that nothing closes. */
  const dropLine = (bad: BadRow[]): void => {
    if (!dropping) bad.push(badRow(line, "line-too-long"));
    const end = rest.indexOf("\n");
    dropping = end < 0;
    rest = end < 0 ? "" : rest.slice(end + 1);
    line += end < 0 ? 0 : 1;
  };

  const parse = (whole: boolean, rows: string[][], lines: number[]): boolean => {
    const quoted = rest.includes('"');
    const newline = rest.includes("\n") ? (quoted && rest.includes("\r\n") ? "\r\n" : "\n") : lineEnd(rest);
    const parser = new Papa.Parser({ delimiter, newline, quoteChar: '"' });
    const parsed = parser.parse(rest, 0, !whole) as Papa.ParseResult<string[]>;
    if (whole && parsed.errors.some(({ code }) => code === "MissingQuotes")) return false;
    for (const row of parsed.data) {
      lines.push(line);
      line += 1;
      if (quoted) for (const cell of row) line += count(cell, "\n");
      const end = row.length - 1;
      const cell = row[end];
      if (cell?.endsWith("\r")) row[end] = cell.slice(0, -1);
      rows.push(row);
    }
    rest = whole ? "" : rest.slice(parsed.meta.cursor);
    return true;
  };

  return {
    split: (piece, last) => {
      rest += piece;
      const rows: string[][] = [];
      const lines: number[] = [];
      const bad: BadRow[] = [];
      skip();
      if (skipping > 0) return { rows, lines, bad };
      if (dropping) dropLine(bad);
      parse(false, rows, lines);
      for (let tries = 0; rest.length > LONGEST_ROW || (last && rest !== "" && !parse(true, rows, lines)); tries += 1) {
        if (tries > MOST_DROPPED) rest = rest.slice(rest.lastIndexOf("\n") + 1);
        dropLine(bad);
        parse(false, rows, lines);
      }
      return { rows, lines, bad };
    },
  };
}

function lineEnd(text: string): "\r" | "\n" {
  return text.includes("\r") ? "\r" : "\n";
}

function count(text: string, part: string): number {
  let found = 0;
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + 1)) found += 1;
  return found;
}
