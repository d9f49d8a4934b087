import type { Transaction } from "kysely";
import { makeAnswers } from "./answers";
import { makeBreath, type Breath } from "./breath";
import { UNDESCRIBED, type ReadingStore } from "./energy-store";
import { toMeterRow } from "./meter-row";
import type { RollupSettings } from "./meter-samples";
import { recomputeDirty } from "./rollup";
import type { Schema } from "./schema";
import type { SqlDatabase } from "./sql-database";

/** So that appends get between. */
const METERS_A_TURN = 50;

/** Answers from what is stored. */
export function makeHistory(database: SqlDatabase, site: RollupSettings): Omit<ReadingStore, "append" | "load"> {
  return {
    ...makeAnswers(database.db, site.zone, (keys, stop) => settle(database, site, keys, stop)),
    setAside: (readings, reason) =>
      database.transact(async (trx) => {
        for (const { meter: key, at, ...value } of readings) {
          const meter = await idOf(trx, key);
          await trx
            .insertInto("quarantine")
            .values({ meter, at, path: "*", value: JSON.stringify(value), reason })
            .onConflict((conflict) => conflict.doNothing())
            .execute();
        }
      }),
  };
}

/** Recomputes what is still dirty in these meters, or in all of them, a turn at a time. */
export async function settle(
  { db, transact }: SqlDatabase,
  site: RollupSettings,
  keys: readonly string[] | undefined,
  stop?: AbortSignal,
): Promise<void> {
  const ids =
    keys && (await db.selectFrom("meter").select("id").where("key", "in", keys).execute()).map(({ id }) => id);
  if (ids?.length === 0) return;
  await recomputeAll({ db, transact }, site, { meters: ids, others: "wait", breath: makeBreath(stop) });
}

/**
 * Recomputes all that is dirty now, some meters at a time. What becomes dirty meanwhile is not waited for: where much is said
 * there would be no end, and the first meters would have all turns.
 */
export async function recomputeAll(
  { db, transact }: Pick<SqlDatabase, "db" | "transact">,
  site: RollupSettings,
  { meters, others, breath }: { meters: readonly number[] | undefined; others: "skip" | "wait"; breath: Breath },
): Promise<void> {
  let select = db.selectFrom("dirty").select("meter").distinct().orderBy("meter");
  if (meters) select = select.where("meter", "in", meters);
  const dirty = (await select.execute()).map(({ meter }) => meter);
  for (let first = 0; first < dirty.length; first += METERS_A_TURN) {
    const some = dirty.slice(first, first + METERS_A_TURN);
    while (await transact((trx) => recomputeDirty(trx, site, some, others))) await breath();
    await breath();
  }
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
