import { sql, type Transaction } from "kysely";
import type { Kept } from "../energy/merge";
import { UNDESCRIBED } from "./energy-store";
import { saidBits, toRow } from "./reading-row";
import type { Schema } from "./schema";
import type { KnownSerial } from "./serial-step";

type Trx = Transaction<Schema>;

export interface StoredMeter extends KnownSerial {
  readonly key: string;
  readonly firstAt: number | null;
  readonly says: number;
}

/** The meters of these keys; those that are new are made. */
export async function openMeters(trx: Trx, keys: ReadonlySet<string>): Promise<Map<string, StoredMeter>> {
  const find = (wanted: readonly string[]): Promise<StoredMeter[]> =>
    trx
      .selectFrom("meter")
      .select(["id", "key", "firstAt", "says", "serial", "serialAt"])
      .where("key", "in", wanted)
      .execute();
  const meters = new Map((await find([...keys])).map((meter) => [meter.key, meter]));
  const missing = [...keys].filter((key) => !meters.has(key)).sort();
  if (missing.length === 0) return meters;
  const { role, gapLimitMs } = UNDESCRIBED;
  await trx
    .insertInto("meter")
    .values(missing.map((key) => ({ key, role, gapLimitMs })))
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  for (const meter of await find(missing)) meters.set(meter.key, meter);
  return meters;
}

/** Since when each meter speaks, and what of. */
export async function noteMeters(
  trx: Trx,
  meters: readonly StoredMeter[],
  said: readonly { readonly meter: number; readonly at: number; readonly kept: Kept }[],
): Promise<void> {
  const news = new Map<number, { firstAt: number; says: number }>();
  for (const { meter, at, kept } of said) {
    const before = news.get(meter) ?? { firstAt: Infinity, says: 0 };
    news.set(meter, { firstAt: Math.min(before.firstAt, at), says: before.says | saidBits(toRow(kept)) });
  }
  for (const { id, firstAt, says } of [...meters].sort((a, b) => a.id - b.id)) {
    const heard = news.get(id);
    if (!heard || (firstAt !== null && firstAt <= heard.firstAt && (says | heard.says) === says)) continue;
    await trx
      .updateTable("meter")
      .set({
        firstAt: sql<number>`least(coalesce(${sql.ref("firstAt")}, ${heard.firstAt}), ${heard.firstAt})`,
        says: sql<number>`${sql.ref("says")} | ${heard.says}`,
      })
      .where("id", "=", id)
      .execute();
  }
}
