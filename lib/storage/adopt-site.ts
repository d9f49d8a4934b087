import type { Transaction } from "kysely";
import { nextOf, startOf } from "../energy/calendar";
import { QUARTER_MS } from "../energy/quarters";
import type { Breath } from "./breath";
import { claimMeter, lockMeter } from "./claim";
import { VALUES_A_STATEMENT } from "./dialect";
import { horizonOf } from "./horizon";
import type { RollupSettings } from "./meter-samples";
import { NO_ZONE, rebuildMonths, withoutZone } from "./month-rows";
import { reckonAnew } from "./reckon-anew";
import { recomputeDays, type MeterSpan } from "./rollup-rows";
import type { Schema } from "./schema";
import type { SqlDatabase } from "./sql-database";

type Trx = Transaction<Schema>;

/** Days that are made anew at once, so that appends get between. */
const SPAN_MS = 92 * 86_400_000;

/** Where what no meter carries is remembered among the memories. */
const OWNER = { owner: "rollup", key: "maxPowerW" } as const;

/** Notes what was made with other settings of the site than these: it is made anew in the background. */
export async function adoptSite(trx: Trx, { zone, maxPowerW }: RollupSettings): Promise<void> {
  await adoptZone(trx, zone);
  const memory = trx.selectFrom("memory").select("value").where("owner", "=", OWNER.owner).where("key", "=", OWNER.key);
  const before = await memory.executeTakeFirst();
  const value = JSON.stringify(maxPowerW);
  if (before?.value === value) return;
  await trx.deleteFrom("memory").where("owner", "=", OWNER.owner).where("key", "=", OWNER.key).execute();
  await trx
    .insertInto("memory")
    .values({ ...OWNER, value })
    .execute();
  if (!before) return;
  const meters = await trx.selectFrom("meter").select("id").where("maxPowerW", "is", null).execute();
  await reckonAnew(
    trx,
    meters.map(({ id }) => id),
  );
}

/**
 * Days and months of another zone than the site's are worth nothing. Here it is only said of which meters they are: their months
 * are of no zone until all is made anew. Meanwhile they are answered for from their quarters.
 */
async function adoptZone(trx: Trx, zone: string): Promise<void> {
  // As its months are, so is all the rest: it is not read for this.
  const others = await trx.selectFrom("month").select("meter").distinct().where("zone", "!=", zone).execute();
  if (others.length === 0) return;
  for (let index = 0; index < others.length; index += VALUES_A_STATEMENT) {
    const meters = others.slice(index, index + VALUES_A_STATEMENT).map(({ meter }) => meter);
    await trx.updateTable("month").set({ zone: NO_ZONE }).where("meter", "in", meters).execute();
  }
  // What was set off over the other zone's clock hours is set off anew.
  const netted = await trx.selectFrom("meter").select("id").where("netting", "=", "hour").execute();
  await reckonAnew(
    trx,
    netted.map(({ id }) => id),
  );
}

/** Makes days and months of meters anew that are of no zone, until `isOver`; answers whether none is left. */
export async function rebuildZone(
  database: SqlDatabase,
  zone: string,
  { breath, isOver }: { readonly breath: Breath; isOver(): boolean },
): Promise<boolean> {
  const left = await withoutZone(database.db);
  for (const meter of left) {
    if (isOver()) return false;
    await rebuildInTurns(database, meter, zone, breath);
  }
  return left.length === 0 || (await withoutZone(database.db)).length === 0;
}

/** What is cut short is begun again; what another instance is at is left to it. */
async function rebuildInTurns(
  { db, transact }: SqlDatabase,
  meter: number,
  zone: string,
  breath: Breath,
): Promise<void> {
  const isLeft = async (trx: Trx): Promise<boolean> => (await withoutZone(trx, [meter])).length > 0;
  const span = (await spanOf(db, meter)) ?? { meter, from: 0, to: 0 };
  for (let { from } = span; from < span.to; from += SPAN_MS) {
    const isOurs = await transact(async (trx) => {
      if (from > span.from) await lockMeter(trx, meter);
      else if (!(await claimMeter(trx, meter))) return false;
      if (!(await isLeft(trx))) return false;
      await rebuildDays(trx, { meter, from, to: Math.min(span.to, from + SPAN_MS) }, zone);
      return true;
    });
    if (!isOurs) return;
    await breath();
  }
  await transact(async (trx) => {
    await lockMeter(trx, meter);
    if (await isLeft(trx)) await finish(trx, meter, zone);
  });
}

/** Whether all days of a meter that there are quarters of are the zone's. */
export async function isOfZone(trx: Trx, meter: number, zone: string): Promise<boolean> {
  if ((await withoutZone(trx, [meter])).length > 0) return false;
  const { quartersFrom } = await horizonOf(trx, meter);
  let others = trx.selectFrom("day").select("start").where("meter", "=", meter).where("zone", "!=", zone).limit(1);
  if (Number.isFinite(quartersFrom)) others = others.where("end", ">", quartersFrom);
  return (await others.executeTakeFirst()) === undefined;
}

/** Makes a meter's days and months anew at once. */
export async function rebuildMeter(trx: Trx, meter: number, zone: string): Promise<void> {
  const span = await spanOf(trx, meter);
  if (span) await rebuildDays(trx, span, zone);
  await finish(trx, meter, zone);
}

async function rebuildDays(trx: Trx, span: MeterSpan, zone: string): Promise<void> {
  const horizon = await horizonOf(trx, span.meter);
  // The horizon may have moved since the span was asked for.
  const from = Math.max(span.from, horizon.quartersFrom);
  if (from < span.to) await recomputeDays(trx, { ...span, from }, zone, horizon);
}

/** All days that there are quarters of are made anew: what else was there of that time goes, and the months follow. */
async function finish(trx: Trx, meter: number, zone: string): Promise<void> {
  const span = await spanOf(trx, meter);
  if (span) {
    const { quartersFrom } = await horizonOf(trx, meter);
    const [first, end] = [startOf("day", span.from, zone), nextOf("day", startOf("day", span.to - 1, zone), zone)];
    let stale = trx
      .deleteFrom("day")
      .where("meter", "=", meter)
      .where((eb) => eb.or([eb("zone", "!=", zone), eb("start", "<", first), eb("start", ">=", end)]));
    if (Number.isFinite(quartersFrom)) stale = stale.where("end", ">", quartersFrom);
    await stale.execute();
  }
  await rebuildMonths(trx, zone, meter);
}

/** The time of which there are quarters; nothing where there are none. */
async function spanOf(db: SqlDatabase["db"], meter: number): Promise<MeterSpan | undefined> {
  const { quartersFrom } = await horizonOf(db, meter);
  let quarters = db
    .selectFrom("quarter")
    .select(({ fn }) => [fn.min<number | null>("start").as("first"), fn.max<number | null>("start").as("last")])
    .where("meter", "=", meter);
  if (Number.isFinite(quartersFrom)) quarters = quarters.where("start", ">=", quartersFrom);
  const { first, last } = await quarters.executeTakeFirstOrThrow();
  return first === null || last === null ? undefined : { meter, from: first, to: last + QUARTER_MS };
}
