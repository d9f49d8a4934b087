import type { Kysely, Transaction } from "kysely";
import { quarterOf } from "../energy/quarter";
import { makeAnswers } from "./answers";
import { makeBreath, type Breath } from "./breath";
import type { ClaimOptions } from "./claim";
import { UNDESCRIBED, type ReadingStore } from "./energy-store";
import { toMeterRow } from "./meter-row";
import type { RollupSettings } from "./meter-samples";
import { markNextAnew } from "./reckon-anew";
import { recomputeDirty } from "./rollup";
import type { Schema } from "./schema";
import type { SqlDatabase } from "./sql-database";

/** So that appends get between. */
const METERS_A_TURN = 10;
/** Of no more meters than these a query knows all that they said; of others the running quarter is as of the background's last pass. */
const METERS_AT_ONCE = 100;

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

/**
 * Recomputes what is still dirty in these meters, or in all of them, a turn at a time. Where many of them say something all the
 * time, the running quarter is left to the background: else each question would reckon a whole site's anew.
 */
export async function settle(
  { db, transact }: SqlDatabase,
  site: RollupSettings,
  keys: readonly string[] | undefined,
  stop?: AbortSignal,
): Promise<void> {
  const ids =
    keys && (await db.selectFrom("meter").select("id").where("key", "in", keys).execute()).map(({ id }) => id);
  if (ids?.length === 0) return;
  const breath = makeBreath(stop);
  while (await markNextAnew({ db, transact }, ids)) await breath();
  const dirty = await dirtyMeters(db, ids);
  const until = dirty.length > METERS_AT_ONCE ? quarterOf(Date.now()) : undefined;
  const old = until === undefined ? dirty : await dirtyMeters(db, ids, until);
  await recomputeTurns(transact, site, old, { until, breath });
}

/**
 * Recomputes all that is dirty now. What becomes dirty meanwhile is not waited for: where much is said there would be no end, and
 * the first meters would have all turns. What other instances recompute is skipped.
 */
export async function recomputeAll(database: SqlDatabase, site: RollupSettings, breath: Breath): Promise<void> {
  await recomputeTurns(database.transact, site, await dirtyMeters(database.db), { others: "skip", breath });
}

interface Turns extends ClaimOptions {
  readonly breath: Breath;
}

async function recomputeTurns(
  transact: SqlDatabase["transact"],
  site: RollupSettings,
  meters: readonly number[],
  { breath, ...options }: Turns,
): Promise<void> {
  for (let first = 0; first < meters.length; first += METERS_A_TURN) {
    const some = meters.slice(first, first + METERS_A_TURN);
    while (await transact((trx) => recomputeDirty(trx, site, some, options))) await breath();
    await breath();
  }
}

async function dirtyMeters(db: Kysely<Schema>, meters?: readonly number[], until?: number): Promise<number[]> {
  let select = db.selectFrom("dirty").select("meter").distinct().orderBy("meter");
  if (meters) select = select.where("meter", "in", meters);
  if (until !== undefined) select = select.where("start", "<", until);
  return (await select.execute()).map(({ meter }) => meter);
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
