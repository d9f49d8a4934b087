import { EnergyError } from "../errors";
import { scale } from "../meters/numbers";
import { scaleOf } from "../meters/units";
import { openForeignFile, type ForeignFile, type ForeignRow } from "../storage/foreign-file";
import { makeStatistics } from "./home-assistant";
import { badRow, energyRow, shown, type EnergyMeasure, type ImportRow } from "./import-row";
import type { ImportMapping, ValueColumn } from "./mapping";
import { stepMsOf } from "./read-home-assistant";
import { makeStampReader } from "./stamp-reader";

/** Rows fetched at once: the thread is free between two fetches. */
const PAGE = 5_000;

/** `statistics` of a Home Assistant database, in the order of their ids. */
export async function* readHomeAssistantFile(file: string, mapping: ImportMapping): AsyncGenerator<ImportRow[]> {
  const statistics = makeStatistics(stepMsOf(mapping));
  const short = mapping.stepMinutes === 5 ? "statistics_short_term" : "statistics";
  const stamp = makeStampReader("iso", "UTC");
  const db = openForeignFile(file);
  try {
    // Before 2023.2 the start was a text in UTC.
    const columns = new Set(columnsOf(db, short));
    const time = columns.has("start_ts") ? (columns.has("start") ? "s.start_ts, s.start" : "s.start_ts") : "s.start";
    const select = `SELECT s.id AS row_id, m.statistic_id, m.unit_of_measurement AS unit, ${time}, s.sum, s.state, s.mean
      FROM ${short} s JOIN statistics_meta m ON m.id = s.metadata_id WHERE s.id > ? ORDER BY s.id LIMIT ${PAGE}`;
    for (const page of pages(db, select)) {
      const out: ImportRow[] = [];
      for (const row of page) {
        const line = Number(row.row_id);
        const at = numberOf(row.start_ts) ?? stamp(typeof row.start === "string" ? row.start : "", {});
        if (typeof at === "string") out.push(badRow(line, at, { text: shown(textOf(row.start)) }));
        else
          statistics(out, line, {
            id: textOf(row.statistic_id),
            unit: textOf(row.unit),
            at: typeof row.start_ts === "number" ? Math.round(at * 1000) : at,
            sum: numberOf(row.sum),
            state: numberOf(row.state),
            mean: numberOf(row.mean),
          });
      }
      yield out;
    }
  } finally {
    db.close();
  }
}

/** The columns of `energy_data`, where a value's column is counted. */
export const ENERGY_DATA_COLUMNS = ["id", "timestamp", "consumption"] as const;

/** A table (or view) `energy_data(id, timestamp, consumption)`; what consumption means, the mapping's value says: power in kW by default. */
export async function* readEnergyData(file: string, mapping: ImportMapping): AsyncGenerator<ImportRow[]> {
  const db = openForeignFile(file);
  try {
    const add = makeEnergyData(mapping);
    for (const page of energyDataPages(db)) {
      const out: ImportRow[] = [];
      for (const row of page) add(out, row);
      yield out;
    }
  } finally {
    db.close();
  }
}

function makeEnergyData(mapping: ImportMapping): (out: ImportRow[], row: ForeignRow) => void {
  const stamp = makeStampReader(mapping.dateFormat, mapping.zone);
  const value: Omit<ValueColumn, "column"> = mapping.values[0] ?? { measure: "powerW", meaning: "power", unit: "kW" };
  const { factor } = scaleOf(value.unit ?? "kW");
  const { meter } = mapping;
  const trail = {};
  if (value.meaning === "interval" && typeof mapping.stepMinutes !== "number") {
    const message = "amounts by interval need the length of their interval";
    throw new EnergyError("invalid-config", message, { field: "stepMinutes" });
  }
  const stepMs = stepMsOf(mapping);

  return (out, row) => {
    const line = Number(row.row_id);
    const at = stamp(textOf(row.timestamp), trail);
    if (typeof at !== "number") {
      out.push(badRow(line, at, { text: shown(textOf(row.timestamp)), zone: mapping.zone }));
      return;
    }
    if (row.consumption === null) return;
    const number = typeof row.consumption === "string" ? Number(row.consumption) : numberOf(row.consumption);
    const amount = number === undefined ? undefined : scale(number, factor);
    if (amount === undefined) {
      out.push(badRow(line, "bad-number", { text: shown(textOf(row.consumption)), column: 3 }));
    } else if (value.meaning === "interval") {
      const span = mapping.stampAt === "start" ? ([at, at + stepMs] as const) : ([at - stepMs, at] as const);
      out.push(energyRow(line, meter, span, value.measure as EnergyMeasure, amount));
    } else out.push({ line, ...(meter !== undefined && { meter }), at, values: { [value.measure]: amount } });
  };
}

function energyDataPages(db: ForeignFile): Iterable<ForeignRow[]> {
  const [table] = db.all("SELECT type, sql FROM sqlite_master WHERE name = 'energy_data'");
  if (!table) throw new EnergyError("storage-failed", "the file has no table energy_data");
  const isPlain = table.type === "table" && !/WITHOUT\s+ROWID/i.test(textOf(table.sql));
  // A view has no row ids: its own are asked for, and have to be whole numbers.
  const id = isPlain ? "rowid" : "id";
  return pages(
    db,
    `SELECT ${id} AS row_id, timestamp, consumption FROM energy_data WHERE ${id} > ? ORDER BY ${id} LIMIT ${PAGE}`,
  );
}

function* pages(db: ForeignFile, select: string): Generator<ForeignRow[]> {
  for (let last = Number.MIN_SAFE_INTEGER; ;) {
    const page = db.all(select, last);
    if (page.length > 0) yield page;
    if (page.length < PAGE) return;
    last = Number(page.at(-1)?.row_id);
  }
}

/** The names of a table's columns; none where there is no such table. */
export function columnsOf(db: ForeignFile, table: string): string[] {
  return db.all("SELECT name FROM pragma_table_info(?)", table).map(({ name }) => textOf(name));
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

/** A text or number as text; nothing for what is neither. */
export function textOf(value: unknown): string {
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : "";
}
