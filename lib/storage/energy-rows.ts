import { sql, type Kysely } from "kysely";
import { nextOf, startOf, type CalendarUnit } from "../energy/calendar";
import { QUARTER_MS } from "../energy/quarters";
import type { Breath } from "./breath";
import type { EnergyInterval, EnergyQuery } from "./energy-store";
import { SUMMED, type QuarterTable, type Schema } from "./schema";

/** What is kept of a meter's quarter, day or month. */
type Sums = Omit<QuarterTable, "meter">;

interface Row extends Sums {
  /** Where the interval that was asked for ends, if the row is just that one. */
  readonly end?: number | null;
}

interface KeptRow extends Row {
  readonly meter: number;
}

/** Rows that are held at a time, and meters that one statement names. */
const [ROWS_A_PAGE, METERS_A_PAGE] = [10_000, 500];

/** What of a query is answered from which table. */
export interface Part {
  readonly table: "quarter" | "day" | "month";
  readonly from: number;
  readonly to: number;
}

/**
 * The parts of a query by time: whole days and months as such where it asks for no less, and for those of the zone that they are of.
 * Before `edge` there may be no quarters any more.
 */
export function partsOf(
  { from, to, interval, zone }: EnergyQuery,
  zoneOfDays: string | undefined,
  edge: number,
): readonly Part[] {
  const byQuarters = (start: number, end: number): readonly Part[] => {
    const middle = Math.min(end, Math.max(start, edge));
    return [
      { from: start, to: middle, table: "day" },
      { from: middle, to: end, table: "quarter" },
    ];
  };
  if (zone !== zoneOfDays || (interval !== "day" && interval !== "month")) return byQuarters(from, to);
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

/** What is kept of these meters, which are sorted, by meter and time, a page at a time. */
export async function* rowsOf(
  db: Kysely<Schema>,
  { table, from, to }: Part,
  meters: readonly number[],
  { interval, zone }: EnergyQuery,
  breath: Breath,
): AsyncGenerator<KeptRow[]> {
  if (from >= to) return;
  /** What is left of the meters and, of the first of them, of the time. */
  let [first, start] = [0, from];
  while (first < meters.length) {
    // The rest of a meter that the last page ended in is a page by itself.
    const page = start > from ? [meters[first] ?? NaN] : meters.slice(first, first + METERS_A_PAGE);
    const rows: KeptRow[] = await db
      .selectFrom(table)
      .select(["meter", "start", "minW", "maxW", ...SUMMED])
      .where("meter", "in", page)
      .where("start", ">=", start)
      .where("start", "<", to)
      .$if(table !== "quarter" && table === interval, (some) => some.select(endIn(zone)))
      .orderBy("meter")
      .orderBy("start")
      .limit(ROWS_A_PAGE)
      .execute();
    yield rows;
    const last = rows.at(-1);
    if (last && rows.length === ROWS_A_PAGE) [first, start] = [meters.indexOf(last.meter, first), last.start + 1];
    else [first, start] = [first + page.length, from];
    await breath();
  }
}

/** A row of another zone is no interval of this one. */
const endIn = (zone: string) =>
  sql<number | null>`case when ${sql.ref("zone")} = ${zone} then ${sql.ref("end")} end`.as("end");

interface Unit {
  readonly from: number;
  readonly to: number;
}

/** The interval asked for that a row belongs to; the first and the last one end where the query does. */
function makeUnits({ from, to, interval, zone }: EnergyQuery): (row: Row) => Unit {
  if (interval === "total") return () => ({ from, to });
  if (interval === "quarter") return ({ start }) => ({ from: start, to: start + QUARTER_MS });
  /** In order: where a day begins is worth remembering. */
  const known: Unit[] = [];
  return ({ start, end }) => {
    if (end !== undefined && end !== null) return { from: Math.max(start, from), to: Math.min(end, to) };
    let [low, high] = [0, known.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((known[middle]?.to ?? Infinity) > start) high = middle;
      else low = middle + 1;
    }
    const there = known[low];
    if (there && there.from <= start) return there;
    const first = startOf(interval, start, zone);
    const unit = { from: Math.max(first, from), to: Math.min(nextOf(interval, first, zone), to) };
    known.splice(low, 0, unit);
    return unit;
  };
}

interface Summing {
  /** Rows of one meter come in time order. They may be changed. */
  add(meter: string, row: Row): void;
  /** By time; intervals in which a meter said nothing are absent. */
  all(): EnergyInterval[];
}

export function makeSums(query: EnergyQuery): Summing {
  const unitOf = makeUnits(query);
  const open = new Map<string, { unit: Unit; sum: Row }>();
  const done: EnergyInterval[] = [];
  return {
    add: (meter, row) => {
      const mine = open.get(meter);
      if (mine && row.start < mine.unit.to) return addTo(mine.sum, row);
      if (mine) done.push(toInterval(meter, mine.unit, mine.sum));
      open.set(meter, { unit: unitOf(row), sum: row });
    },
    all: () => {
      for (const [meter, { unit, sum }] of open) done.push(toInterval(meter, unit, sum));
      return done.sort((a, b) => a.from - b.from);
    },
  };
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
