import type { Kysely, Transaction } from "kysely";
import { nextOf, startOf } from "../energy/calendar";
import { QUARTER_MS, quarterOf } from "../energy/quarters";
import type { Reading } from "../energy/reading";
import { computedMeters, computedRows, partKeys, type ComputedMeter } from "./computed-meters";
import { UNDESCRIBED, type EnergyInterval, type EnergyQuery, type ReadingStore } from "./energy-store";
import { horizonsOf } from "./horizon";
import { toMeterRow } from "./meter-row";
import type { RollupSettings } from "./meter-samples";
import { powerLine } from "./power-line";
import { toReading } from "./reading-row";
import { recomputeDirty } from "./rollup";
import { SUMMED, type QuarterTable, type Schema } from "./schema";
import type { SqlDatabase } from "./sql-database";
import { readingsInOrder } from "./stored-readings";

type Row = Omit<QuarterTable, "meter"> & { readonly key: string };

const COLUMNS = ["meter.key as key", "start", "minW", "maxW", ...SUMMED] as const;

/** Answers from what is stored. */
export function makeHistory(database: SqlDatabase, site: RollupSettings): Omit<ReadingStore, "append"> {
  const { db, transact } = database;
  const { zone } = site;

  const history: Omit<ReadingStore, "append"> = {
    setAside: (readings, reason) =>
      transact(async (trx) => {
        for (const { meter: key, at, ...value } of readings) {
          const meter = await idOf(trx, key);
          await trx
            .insertInto("quarantine")
            .values({ meter, at, path: "*", value: JSON.stringify(value), reason })
            .onConflict((conflict) => conflict.doNothing())
            .execute();
        }
      }),

    readings: async (query) => {
      if (query.meters?.length === 0) return [];
      const meters = await namesOf(db, query.meters);
      const found: Reading[] = [];
      for await (const { meter, ...row } of readingsInOrder(db, query, query.meters && [...meters.keys()])) {
        if (found.length === query.limit) break;
        if (query.withPower && row.powerW === null) continue;
        found.push(toReading(meters.get(meter) ?? "", row.at, row));
      }
      return found;
    },

    powerLine: (query) => powerLine(database, history.energy, query, zone),

    energy: async (asked) => {
      const query = { ...asked, from: quarterOf(asked.from) };
      if (query.meters?.length === 0) return [];
      const computed = await computedMeters(db, query.meters);
      await settle(database, site, query.meters && [...query.meters, ...partKeys(computed)]);

      const edge = await firstOfQuarters(db, query);
      const wholeDays =
        query.zone === zone && (query.interval === "day" || query.interval === "month") && alignedToDays(query);
      const parts: readonly Part[] = wholeDays
        ? [{ ...query, table: "day" }]
        : [
            { ...query, to: edge, table: "day" },
            { ...query, from: edge, table: "quarter" },
          ];
      const sums = sumUp(await rowsOf(db, parts, query.meters), query);
      if (computed.length === 0) return sums;

      // What a meter said itself before it was computed does not count any more.
      const keys = new Set(computed.map(({ key }) => key));
      const own = sums.filter(({ meter }) => !keys.has(meter));
      return [...own, ...sumUp(await computedRowsOf(db, computed, query, edge), query)].sort((a, b) => a.from - b.from);
    },
  };
  return history;
}

interface Part {
  readonly table: "quarter" | "day";
  readonly from: number;
  readonly to: number;
}

/** Before it a query goes by days, since of some meter there are no quarters any more. */
async function firstOfQuarters(db: Kysely<Schema>, { from, to, interval }: EnergyQuery): Promise<number> {
  if (interval === "quarter" || interval === "hour") return from;
  const horizons = [...(await horizonsOf(db)).values()];
  return Math.min(to, Math.max(from, ...horizons.map(({ quartersFrom }) => quartersFrom)));
}

/** What is kept of these meters, or of all, part by part. */
async function rowsOf(
  db: Kysely<Schema>,
  parts: readonly Part[],
  meters: readonly string[] | undefined,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (const { table, from, to } of parts) {
    if (from >= to) continue;
    let select = db
      .selectFrom(table)
      .innerJoin("meter", "meter.id", `${table}.meter`)
      .select(COLUMNS)
      .where("start", ">=", from)
      .where("start", "<", to)
      .orderBy("start");
    if (meters) select = select.where("meter.key", "in", meters);
    for (const row of await select.execute()) rows.push(row);
  }
  return rows;
}

async function computedRowsOf(
  db: Kysely<Schema>,
  meters: readonly ComputedMeter[],
  { from, to }: EnergyQuery,
  edge: number,
): Promise<Row[]> {
  const rows: Row[] = [];
  if (from < edge) for await (const row of computedRows(db, meters, from, edge, "day")) rows.push(row);
  for await (const row of computedRows(db, meters, edge, to)) rows.push(row);
  return rows;
}

/** The keys of these meters, or of all, by number. */
async function namesOf(db: Kysely<Schema>, keys: readonly string[] | undefined): Promise<Map<number, string>> {
  let select = db.selectFrom("meter").select(["id", "key"]);
  if (keys) select = select.where("key", "in", keys);
  return new Map((await select.execute()).map(({ id, key }) => [id, key]));
}

/** Recomputes what is still dirty in these meters, or in all of them, a turn at a time. */
export async function settle(
  { db, transact }: SqlDatabase,
  site: RollupSettings,
  keys: readonly string[] | undefined,
): Promise<void> {
  const ids =
    keys && (await db.selectFrom("meter").select("id").where("key", "in", keys).execute()).map(({ id }) => id);
  if (ids?.length === 0) return;
  while (await transact((trx) => recomputeDirty(trx, site, ids)));
}

export async function idOf(trx: Transaction<Schema>, key: string): Promise<number> {
  const find = trx.selectFrom("meter").select("id").where("key", "=", key);
  const found = await find.executeTakeFirst();
  if (found) return found.id;
  await trx
    .insertInto("meter")
    .values({ ...toMeterRow({ key, ...UNDESCRIBED }), firstAt: null })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return (await find.executeTakeFirstOrThrow()).id;
}

/** The interval asked for that a row belongs to; the first and the last one end where the query does. */
function unitOf({ from, to, interval, zone }: EnergyQuery, start: number): { from: number; to: number } {
  if (interval === "total") return { from, to };
  if (interval === "quarter") return { from: start, to: start + QUARTER_MS };
  const first = startOf(interval, start, zone);
  return { from: Math.max(first, from), to: Math.min(nextOf(interval, first, zone), to) };
}

function alignedToDays({ from, to, zone }: EnergyQuery): boolean {
  return startOf("day", from, zone) === from && startOf("day", to, zone) === to;
}

/** `rows` are sorted by start; intervals in which a meter said nothing are absent. */
function sumUp(rows: readonly Row[], query: EnergyQuery): EnergyInterval[] {
  const sums: EnergyInterval[] = [];
  let unit = { from: 0, to: -Infinity };
  let open = new Map<string, Sum>();
  const finish = (): void => {
    for (const [meter, sum] of open) sums.push(toInterval(meter, unit, sum));
    open = new Map();
  };

  for (const row of rows) {
    if (row.start >= unit.to) {
      finish();
      unit = unitOf(query, row.start);
    }
    const sum = open.get(row.key);
    if (sum) addTo(sum, row);
    else open.set(row.key, { ...row });
  }
  finish();
  return sums;
}

type Sum = { -readonly [Key in keyof Row]: Row[Key] };

function addTo(sum: Sum, row: Row): void {
  for (const field of SUMMED) sum[field] += row[field];
  if (row.minW !== null) sum.minW = Math.min(sum.minW ?? row.minW, row.minW);
  if (row.maxW !== null) sum.maxW = Math.max(sum.maxW ?? row.maxW, row.maxW);
}

function toInterval(meter: string, unit: { from: number; to: number }, sum: Sum): EnergyInterval {
  return {
    meter,
    ...unit,
    importWh: sum.importWh,
    exportWh: sum.exportWh,
    volumeM3: sum.volumeM3,
    ...(sum.powerMs > 0 && { meanW: sum.powerWms / sum.powerMs }),
    ...(sum.minW !== null && { minW: sum.minW }),
    ...(sum.maxW !== null && { maxW: sum.maxW }),
    measuredMs: sum.measuredMs,
    estimatedMs: sum.estimatedMs,
  };
}
