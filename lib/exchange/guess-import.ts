import { openSync, closeSync, fstatSync, readSync } from "node:fs";
import { guessCsv } from "./guess-csv";
import { guessLineProtocol } from "./guess-line-protocol";
import { IMPORT_MAPPING, type ImportFormat, type ImportGuess, type ImportMapping } from "./mapping";
import { columnsOf, ENERGY_DATA_COLUMNS, textOf } from "./read-sqlite";
import { openForeignFile } from "../storage/foreign-file";

export interface GuessOptions {
  /** The site's IANA zone: for files that name none. */
  readonly zone: string;
  /** Whether `head` is the whole file, so that its last line is no half one. */
  readonly isWhole?: boolean;
}

/** As much of a file as a guess needs. */
export const HEAD_BYTES = 65_536;
const SQLITE_MAGIC = "SQLite format 3\0";

/** What a file seems to be, by its name and its first bytes. Of a SQLite file whose tables do not show there, `guessImportFile` knows more. */
export function guessImport(head: Uint8Array, name: string, { zone, isWhole = false }: GuessOptions): ImportGuess {
  const start = Buffer.from(head.buffer, head.byteOffset, Math.min(head.byteLength, HEAD_BYTES)).toString("latin1");
  if (start.startsWith(SQLITE_MAGIC)) return guessSqlite(start, name, zone);
  const { encoding, sure } = guessEncoding(head);
  const text = new TextDecoder(encoding).decode(head.subarray(0, head.length));
  const told = { encoding, zone };
  const begin = text.trimStart();
  if (begin.startsWith("<")) {
    const isGreen = /espi|IntervalReading|IntervalBlock|UsagePoint/.test(text);
    return guessed({ ...told, format: "green-button" }, { format: isGreen ? 1 : 0.2, encoding: sure });
  }
  if (begin.startsWith("{")) {
    const isOurs = /^\{[^\n]*"(?:at|from)"\s*:/.test(begin);
    return guessed({ ...told, format: "vatio-ndjson" }, { format: isOurs ? 1 : 0.3, encoding: sure });
  }
  const guess = guessLineProtocol(isWhole ? `${text}\n` : text, name, zone) ?? guessCsv(text, name, zone, isWhole);
  return { ...guess, mapping: { ...guess.mapping, encoding }, sure: { ...guess.sure, encoding: sure } };
}

/** As `guessImport`, and looks into a SQLite file for its tables; `storage-failed` where it cannot be opened. */
export function guessImportFile(file: string, name: string, { zone }: Pick<GuessOptions, "zone">): ImportGuess {
  const { head, isWhole } = readHead(file);
  const guess = guessImport(head, name, { zone, isWhole });
  if (!head.toString("latin1", 0, SQLITE_MAGIC.length).startsWith(SQLITE_MAGIC)) return guess;
  const db = openForeignFile(file);
  try {
    if (columnsOf(db, "statistics_meta").length > 0) return sqliteGuess("home-assistant-sqlite", zone, 1);
    if (columnsOf(db, "energy_data").length === 0) return { ...guess, sure: { ...guess.sure, format: 0 } };
    const rows = db.all("SELECT id, timestamp, consumption FROM energy_data ORDER BY id LIMIT 2000");
    const cells = rows.map((row) => ENERGY_DATA_COLUMNS.map((column) => textOf(row[column])));
    const { mapping, sure } = guessCsv(toCsv(cells), name, zone, true);
    const known: Partial<ImportMapping> = {
      dateFormat: mapping.dateFormat,
      ...(mapping.stepMinutes !== undefined && { stepMinutes: mapping.stepMinutes }),
    };
    const base = sqliteGuess("energy-data-sqlite", zone, 1);
    return {
      mapping: { ...base.mapping, ...known },
      sure: { ...base.sure, dateFormat: sure.dateFormat ?? 0 },
      columns: ENERGY_DATA_COLUMNS,
      sample: cells.slice(0, 10),
    };
  } finally {
    db.close();
  }
}

function toCsv(cells: readonly (readonly string[])[]): string {
  return [ENERGY_DATA_COLUMNS, ...cells]
    .map((row) => row.map((cell) => cell.replace(/[",\n]/g, " ")).join(","))
    .join("\n");
}

function guessSqlite(start: string, name: string, zone: string): ImportGuess {
  if (start.includes("statistics_meta") || /home-assistant/i.test(name))
    return sqliteGuess("home-assistant-sqlite", zone, 0.9);
  return sqliteGuess("energy-data-sqlite", zone, start.includes("energy_data") ? 0.9 : 0.2);
}

/** What `energy_data` holds is power in kW unless its user says otherwise. */
function sqliteGuess(format: ImportFormat, zone: string, sure: number): ImportGuess {
  if (format === "home-assistant-sqlite")
    return guessed({ format, zone, stepMinutes: 60 }, { format: sure, stepMinutes: 1, zone: 1 });
  const value = { column: 2, measure: "powerW", meaning: "power", unit: "kW" } as const;
  return guessed(
    { format, zone, values: [value] },
    { format: sure, zone: 0.5, "values.0.measure": 0.5, "values.0.unit": 0.5 },
  );
}

function guessed(mapping: Partial<ImportMapping>, sure: ImportGuess["sure"]): ImportGuess {
  return { mapping: IMPORT_MAPPING.parse(mapping), sure, columns: [], sample: [] };
}

function guessEncoding(head: Uint8Array): { encoding: ImportMapping["encoding"]; sure: number } {
  if (head[0] === 0xff && head[1] === 0xfe) return { encoding: "utf-16le", sure: 1 };
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return { encoding: "utf-8", sure: 1 };
  // The last character may be cut.
  const whole = head.subarray(0, Math.max(0, head.lastIndexOf(0x0a)) || head.length);
  if (Buffer.from(whole).toString("utf8").includes("\ufffd")) return { encoding: "windows-1252", sure: 0.8 };
  return { encoding: "utf-8", sure: whole.every((byte) => byte < 0x80) ? 1 : 0.95 };
}

function readHead(file: string): { head: Buffer; isWhole: boolean } {
  const descriptor = openSync(file, "r");
  try {
    const head = Buffer.alloc(HEAD_BYTES);
    const length = readSync(descriptor, head, 0, HEAD_BYTES, 0);
    return { head: head.subarray(0, length), isWhole: fstatSync(descriptor).size <= length };
  } finally {
    closeSync(descriptor);
  }
}
