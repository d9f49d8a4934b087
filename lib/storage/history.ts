import type { Kysely, Transaction } from "kysely";
import { quarterOf } from "../energy/quarters";
import type { Reading } from "../energy/reading";
import { computedMeters, computedRows, partKeys, type ComputedMeter, type ComputedRow } from "./computed-meters";
import { keptRows, partsOf, sumUp } from "./energy-rows";
import { UNDESCRIBED, type EnergyQuery, type ReadingStore } from "./energy-store";
import { horizonsOf } from "./horizon";
import { toMeterRow } from "./meter-row";
import type { RollupSettings } from "./meter-samples";
import { powerLine } from "./power-line";
import { toReading } from "./reading-row";
import { recomputeDirty } from "./rollup";
import type { Schema } from "./schema";
import type { SqlDatabase } from "./sql-database";
import { readingsInOrder } from "./stored-readings";

/** Answers from what is stored. */
export function makeHistory(database: SqlDatabase, site: RollupSettings): Omit<ReadingStore, "append" | "load"> {
  const { db, transact } = database;
  const { zone } = site;

  const history: Omit<ReadingStore, "append" | "load"> = {
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
      const names = await namesOf(db, query.meters);
      const rows = await keptRows(db, partsOf(query, zone, edge), query);
      const sums = sumUp(rows, ({ meter }) => names.get(meter) ?? "", query);
      if (computed.length === 0) return sums;

      // What a meter said itself before it was computed does not count any more.
      const keys = new Set(computed.map(({ key }) => key));
      const own = sums.filter(({ meter }) => !keys.has(meter));
      const others = sumUp(await computedRowsOf(db, computed, query, edge), ({ key }) => key, query);
      return [...own, ...others].sort((a, b) => a.from - b.from);
    },
  };
  return history;
}

/** Before it a query goes by days, since of some meter there are no quarters any more. */
async function firstOfQuarters(db: Kysely<Schema>, { from, to, interval }: EnergyQuery): Promise<number> {
  if (interval === "quarter" || interval === "hour") return from;
  const horizons = [...(await horizonsOf(db)).values()];
  return Math.min(to, Math.max(from, ...horizons.map(({ quartersFrom }) => quartersFrom)));
}

async function computedRowsOf(
  db: Kysely<Schema>,
  meters: readonly ComputedMeter[],
  { from, to }: EnergyQuery,
  edge: number,
): Promise<ComputedRow[]> {
  const rows: ComputedRow[] = [];
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
