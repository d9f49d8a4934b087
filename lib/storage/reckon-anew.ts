import type { Transaction } from "kysely";
import { markMeter } from "./rollup-rows";
import type { Schema } from "./schema";
import type { SqlDatabase } from "./sql-database";

type Trx = Transaction<Schema>;

/** The memories that name, by their numbers, the meters of which all is to be marked. */
const OWNER = "anew";

/**
 * All that these meters ever said is reckoned anew, in the background or when somebody asks for it. It is only noted here: to mark
 * ten years of a meter takes its time.
 */
export async function reckonAnew(trx: Trx, meters: readonly number[]): Promise<void> {
  for (const meter of meters)
    await trx
      .insertInto("memory")
      .values({ owner: OWNER, key: String(meter), value: "true" })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
}

/** Marks the next of these meters, or of all, that is to be reckoned anew; answers whether there was one. */
export async function markNextAnew(
  { db, transact }: Pick<SqlDatabase, "db" | "transact">,
  meters?: readonly number[],
): Promise<boolean> {
  // Seldom is there any: no transaction is begun to find none.
  const noted = await db.selectFrom("memory").select("key").where("owner", "=", OWNER).execute();
  if (noted.length === 0) return false;
  const asked = meters && new Set(meters);
  const meter = noted.map(({ key }) => Number(key)).find((id) => asked?.has(id) ?? true);
  if (meter === undefined) return false;
  await transact((trx) => markAnew(trx, meter));
  return true;
}

/** Marks the meter if it is noted: before anything is made final that was reckoned as it no longer is. */
export async function markAnew(trx: Trx, meter: number): Promise<void> {
  const { numDeletedRows } = await trx
    .deleteFrom("memory")
    .where("owner", "=", OWNER)
    .where("key", "=", String(meter))
    .executeTakeFirstOrThrow();
  if (numDeletedRows > 0n) await markMeter(trx, meter);
}
