import type { Transaction } from "kysely";
import { dialectOf } from "./dialect";
import type { Schema } from "./schema";

interface DirtyQuarter {
  readonly meter: number;
  readonly start: number;
}

interface Claimed {
  readonly dirty: readonly DirtyQuarter[];
  /** Whether there may be more than was asked for. */
  readonly more: boolean;
}

export interface ClaimOptions {
  /** What others recompute is skipped, or waited for by who must know the result, as when absent. */
  readonly others?: "skip" | "wait";
  /** Quarters from here on are left; none when absent. */
  readonly until?: number | undefined;
}

/** Short turns: another instance finds something to do as well, and who waits does not wait long. */
const METERS_A_TURN = 20;
const QUARTERS_A_TURN = 100;

/**
 * Up to `limit` dirty quarters of these meters, or of all, oldest first. On a server their meters are this transaction's until
 * it ends.
 */
export async function claimDirty(
  trx: Transaction<Schema>,
  limit: number,
  meters: readonly number[] | undefined,
  { others = "wait", until }: ClaimOptions,
): Promise<Claimed> {
  let claimed = meters;
  let most = limit;
  let more = false;
  if (dialectOf(trx) !== "sqlite") {
    let lock = trx
      .selectFrom("meter")
      .select("id")
      .where(({ exists, selectFrom }) => {
        const marks = selectFrom("dirty").select("start").whereRef("dirty.meter", "=", "meter.id");
        return exists(until === undefined ? marks : marks.where("start", "<", until));
      })
      .orderBy("id")
      .limit(METERS_A_TURN)
      .forUpdate();
    if (meters) lock = lock.where("id", "in", meters);
    if (others === "skip") lock = lock.skipLocked();
    claimed = (await lock.execute()).map(({ id }) => id);
    more = claimed.length === METERS_A_TURN;
    most = Math.min(limit, QUARTERS_A_TURN);
    if (claimed.length === 0) return { dirty: [], more: false };
  }
  let query = trx.selectFrom("dirty").select(["meter", "start"]).distinct().orderBy("meter").orderBy("start");
  if (claimed) query = query.where("meter", "in", claimed);
  if (until !== undefined) query = query.where("start", "<", until);
  const dirty = await query.limit(most).execute();
  return { dirty, more: more || dirty.length === most };
}

/** Whether the meter is this transaction's until it ends: no other instance recomputes or seals it meanwhile. */
export async function claimMeter(trx: Transaction<Schema>, meter: number): Promise<boolean> {
  if (dialectOf(trx) === "sqlite") return true;
  const claim = trx.selectFrom("meter").select("id").where("id", "=", meter).forUpdate().skipLocked();
  return (await claim.executeTakeFirst()) !== undefined;
}

/** On a server the meter is this transaction's until it ends; elsewhere nobody else is writing. */
export async function lockMeter(trx: Transaction<Schema>, meter: number): Promise<void> {
  if (dialectOf(trx) === "sqlite") return;
  await trx.selectFrom("meter").select("id").where("id", "=", meter).forUpdate().execute();
}
