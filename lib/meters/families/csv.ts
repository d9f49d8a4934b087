import { hasPaths, readByPaths } from "../by-paths";
import { readings, refused, type DraftReading } from "../decoded";
import type { DecodeSettings, Family } from "../family";
import { fieldOf } from "../field-names";
import { stampIn } from "../generic-body";
import { put, says } from "../measures";
import type { Memory } from "../memory";
import type { Body, Message } from "../message";
import { readMetrics } from "../metrics";
import { measuresByName } from "../named-measures";
import { parseText } from "../numbers";
import { isSmallTalk } from "../small-talk";
import { instantOf } from "../stamps";
import { valueNameOf } from "../value-name";

/** The names of the columns, told once. */
interface Header {
  names: readonly string[];
}
type Row = readonly string[];

const MAX_LINES = 1000;
const MAX_COLUMNS = 200;

/**
 * Lines of values between semicolons, tabs or commas; with the first two, a comma is a decimal one. The columns are named by
 * a header line, once for a topic, or told in the settings: their names or their numbers, from 1.
 */
export const csv: Family = {
  profile: "csv",
  about: {
    name: "CSV",
    topics: ["<any>"],
    fields: [
      { measure: "powerW", from: "power;…", unit: "W" },
      { measure: "importWh", from: "energy;…", unit: "kWh" },
      { measure: "exportWh", from: "export;…", unit: "kWh" },
      { measure: "volumeM3", from: "gas_m3;…", unit: "m³" },
      { measure: "electrical", from: "voltage;current;pf;frequency", unit: "V, A, Hz" },
    ],
    tested: [],
    switchedBy: "generic",
  },
  recognises: (message, memory) => {
    const { value, topic } = message;
    if (typeof value !== "string" || !/[;,\t]/.test(value.slice(0, 1000))) return false;
    if (parseText(value) !== undefined) return false;
    if (memory.known("csv", topic)) return true;
    const first = rowOf(value.slice(0, 4000).split(/\r?\n/, 1)[0] ?? "");
    return isHeader(first) && first.some((name) => fieldOf(name) !== undefined || valueNameOf(name)?.sure === true);
  },

  decode(message, settings, memory) {
    const { value } = message;
    if (value === undefined || typeof value === "boolean") return refused("not-understood", "no text");
    const lines = String(value).split(/\r?\n/, MAX_LINES + 1);
    if (lines.length > MAX_LINES) return refused("too-big", `more than ${MAX_LINES} lines`);
    const rows = lines.filter((line) => line.trim() !== "").map(rowOf);
    const head = rows[0] && isHeader(rows[0]) ? rows.shift() : undefined;
    if (head) memory.of<Header>("csv", message.topic, () => ({ names: [] })).names = head;
    const names = head ?? headerOf(message.topic, memory);
    const paths = settings.profile === "csv" ? settings.paths : undefined;
    if (hasPaths(paths)) {
      const outcome = readByPaths(rows, paths, settings, (row, path) => ({ value: cell(row, path, names) }));
      if (outcome.kind !== "found") return rows.length === 0 ? readings([]) : outcome;
      const said = outcome.found.filter(([, draft]) => says(draft));
      for (const [row, draft] of said) put(draft, "at", stampOf(row, names, message, settings));
      return readings(said.map(([, draft]) => draft));
    }
    if (names.length === 0) return refused("path-missing", "no header line, and no columns in the settings");
    return readings(rows.flatMap((row) => readRow(row, names, message, settings)));
  },
};

function headerOf(topic: string, memory: Memory): readonly string[] {
  return (memory.known("csv", topic) as Header | undefined)?.names ?? [];
}

/** The fields of a line; quotes around a field keep the separators in it. */
function rowOf(line: string): Row {
  const separator = line.includes("\t") ? "\t" : line.includes(";") ? ";" : ",";
  const fields: string[] = [];
  let from = 0;
  while (from <= line.length && fields.length < MAX_COLUMNS) {
    const isQuoted = line[from] === '"';
    const close = isQuoted ? line.indexOf('"', from + 1) : -1;
    const next = line.indexOf(separator, close < 0 ? from : close);
    const to = next < 0 ? line.length : next;
    fields.push(
      line
        .slice(from, to)
        .trim()
        .replace(/^#\s*|^"|"$/g, ""),
    );
    from = to + 1;
  }
  return fields;
}

/** Names and nothing else: no numbers, no instants, no words for a value that is not there. */
function isHeader(row: Row): boolean {
  return row.length > 1 && row.every((name) => /^\p{L}/u.test(name) && name.length <= 60 && !isSmallTalk(name));
}

/** A column by its number or by its name. */
function cell(row: Row, path: string, names: readonly string[]): string | undefined {
  const name = path.trim();
  const index = /^\d{1,3}$/.test(name) ? Number(name) - 1 : names.indexOf(name);
  return row[index] || undefined;
}

function readRow(row: Row, names: readonly string[], message: Message, settings: DecodeSettings): DraftReading[] {
  const body = bodyOf(row, names);
  const draft = measuresByName(body, settings);
  const drafts = draft
    ? [draft]
    : readMetrics(
        Object.entries(body).map(([name, value]) => ({ name, value })),
        settings,
        message.at,
      );
  const at = stampOf(row, names, message, settings);
  for (const one of drafts) put(one, "at", at);
  return drafts;
}

function bodyOf(row: Row, names: readonly string[]): Body {
  return Object.fromEntries(names.map((name, index) => [name, row[index]]));
}

const DATES = ["date", "datum", "fecha"];
const TIMES = ["time", "zeit", "uhrzeit", "hora", "heure", "tijd"];

/** In a column that is named for it, in two of them (`date;time`), or in the first field that is an instant. */
function stampOf(row: Row, names: readonly string[], message: Message, settings: DecodeSettings): number | undefined {
  const { zone } = settings;
  const column = (known: readonly string[]): string =>
    row[names.findIndex((one) => known.includes(one.toLowerCase()))] ?? "";
  const [date, time] = [column(DATES), column(TIMES)];
  const [joined] = [`${date} ${time}`, date, time]
    .map((text) => instantOf(text, zone, message.at))
    .filter((at) => at !== undefined);
  const lower = names.map((name) => name.toLowerCase());
  const named = joined ?? stampIn(bodyOf(row, lower), message, settings);
  if (named !== undefined || names.length > 0) return named;
  return row
    .filter((field) => parseText(field) === undefined)
    .map((field) => instantOf(field, zone, message.at))
    .find((at) => at !== undefined);
}
