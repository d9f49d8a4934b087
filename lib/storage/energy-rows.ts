import { sql, type Kysely } from "kysely";
import { nextOf, startOf, type CalendarUnit } from "../energy/calendar";
import { QUARTER_MS } from "../energy/quarters";
import type { EnergyInterval, EnergyQuery } from "./energy-store";
import { SUMMED, type QuarterTable, type Schema } from "./schema";

/** What is kept of a meter's quarter, day or month. */
type Sums = Omit<QuarterTable, "meter">;

interface KeptRow extends Sums {
  readonly meter: number;
  /** Where the interval that was asked for ends, if the row is just that one. */
  readonly end?: number | null;
}

/** What of a query is answered from which table. */
interface Part {
  readonly table: "quarter" | "day" | "month";
  readonly from: number;
  readonly to: number;
}

/** The parts of a query by time: whole days and months as such where it asks for no less. Before `edge` there may be no quarters any more. */
export function partsOf({ from, to, interval, zone }: EnergyQuery, siteZone: string, edge: number): readonly Part[] {
  const byQuarters = (start: number, end: number): readonly Part[] => {
    const middle = Math.min(end, Math.max(start, edge));
    return [
      { from: start, to: middle, table: "day" },
      { from: middle, to: end, table: "quarter" },
    ];
  };
  if (zone !== siteZone || (interval !== "day" && interval !== "month")) return byQuarters(from, to);
  const days = whole("day", from, to, zone);
  const months = interval === "month" ? whole("month", days.from, days.to, zone) : { from: days.to, to: days.to };
  return [
    ...byQuarters(from, days.from),
    { from: days.from, to: months.from, table: "day" },
    { ...months, table: "month" },
    { from: months.to, to: days.to, table: "day" },
    ...byQuarters(days.to, to),
  ];
}

/** The whole units in a range; where there are none, nothing at its end. */
function whole(unit: CalendarUnit, from: number, to: number, zone: string): { from: number; to: number } {
  const first = startOf(unit, from, zone);
  const [start, end] = [first === from ? from : nextOf(unit, first, zone), startOf(unit, to, zone)];
  return start < end ? { from: start, to: end } : { from: to, to };
}

/** What is kept of the query's meters, part by part, and of each part by time. */
export async function keptRows(db: Kysely<Schema>, parts: readonly Part[], query: EnergyQuery): Promise<KeptRow[]> {
  const rows: KeptRow[] = [];
  for (const { table, from, to } of parts) {
    if (from >= to) continue;
    let meters = db.selectFrom("meter").select("id");
    if (query.meters) meters = meters.where("key", "in", query.meters);
    // Meter by meter, as they lie, and sorted here: asked for them by time, SQLite reads all that there are.
    const found: KeptRow[] = await db
      .selectFrom(table)
      .select(["meter", "start", "minW", "maxW", ...SUMMED])
      .where("meter", "in", meters)
      .where("start", ">=", from)
      .where("start", "<", to)
      .$if(table !== "quarter" && table === query.interval, (some) => some.select(endIn(query.zone)))
      .execute();
    for (const row of found.sort((a, b) => a.start - b.start)) rows.push(row);
  }
  return rows;
}

/** A row of another zone is no interval of this one. */
const endIn = (zone: string) =>
  sql<number | null>`case when ${sql.ref("zone")} = ${zone} then ${sql.ref("end")} end`.as("end");

/** `rows` are sorted by start, and may be changed; intervals in which a meter said nothing are absent. */
export function sumUp<Row extends Sums & { readonly end?: number | null }>(
  rows: readonly Row[],
  keyOf: (row: Row) => string,
  query: EnergyQuery,
): EnergyInterval[] {
  const sums: EnergyInterval[] = [];
  let unit = { from: 0, to: -Infinity };
  const open = new Map<string, Row>();
  const finish = (): void => {
    for (const [meter, sum] of open) sums.push(toInterval(meter, unit, sum));
    open.clear();
  };

  for (const row of rows) {
    if (row.start >= unit.to) {
      finish();
      unit = unitOf(query, row);
    }
    const key = keyOf(row);
    const sum = open.get(key);
    if (sum) addTo(sum, row);
    else open.set(key, row);
  }
  finish();
  return sums;
}

/** The interval asked for that a row belongs to; the first and the last one end where the query does. */
function unitOf(
  { from, to, interval, zone }: EnergyQuery,
  { start, end }: { readonly start: number; readonly end?: number | null },
): { from: number; to: number } {
  if (interval === "total") return { from, to };
  if (interval === "quarter") return { from: start, to: start + QUARTER_MS };
  if (end !== undefined && end !== null) return { from: Math.max(start, from), to: Math.min(end, to) };
  const first = startOf(interval, start, zone);
  return { from: Math.max(first, from), to: Math.min(nextOf(interval, first, zone), to) };
}

function addTo(sum: Sums, row: Sums): void {
  for (const field of SUMMED) sum[field] += row[field];
  if (row.minW !== null) sum.minW = Math.min(sum.minW ?? row.minW, row.minW);
  if (row.maxW !== null) sum.maxW = Math.max(sum.maxW ?? row.maxW, row.maxW);
}

function toInterval(meter: string, unit: { from: number; to: number }, sum: Sums): EnergyInterval {
  const { importWh, exportWh, volumeM3, measuredMs, estimatedMs, powerMs, powerWms, minW, maxW } = sum;
  const interval: { -readonly [Field in keyof EnergyInterval]: EnergyInterval[Field] } = {
    meter,
    ...unit,
    importWh,
    exportWh,
    volumeM3,
    measuredMs,
    estimatedMs,
  };
  if (powerMs > 0) interval.meanW = powerWms / powerMs;
  if (minW !== null) interval.minW = minW;
  if (maxW !== null) interval.maxW = maxW;
  return interval;
}
