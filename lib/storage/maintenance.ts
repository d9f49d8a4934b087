import type { Transaction } from "kysely";
import type { Formula } from "../energy/formula";
import { QUARTER_MS, quarterOf } from "../energy/quarters";
import { EnergyError } from "../errors";
import { hotOf } from "./hot-readings";
import { dropHorizon } from "./horizon";
import type { MaintenanceStore } from "./maintenance-store";
import type { RollupSettings } from "./meter-samples";
import { forgetEnergy, moveEnergy } from "./move-energy";
import { markKnown, markMeter, markQuarters } from "./rollup-rows";
import { SAYS_ANYTHING, type ReadingTable, type Schema } from "./schema";
import { chunkDay, chunksBetween, ofMeter, onlyWhole } from "./sealed-readings";
import { forget, putHot, reopen } from "./sealing";
import type { SqlDatabase } from "./sql-database";
import { readingsFrom } from "./stored-readings";
import { verifyAll } from "./verify";

type Trx = Transaction<Schema>;

const DAY_MS = 86_400_000;
/** No instant is later. */
const END_OF_TIME = 8.64e15;
/** The tables that hold what became of a meter's readings. */
const MADE = ["quarter", "day", "month", "dirty"] as const;
/** The tables of what was set aside, given and decided. */
const DECIDED = ["quarantine", "ruling", "interval", "correction"] as const;

/** What is done to the history of whole meters. */
export function makeMaintenance(database: SqlDatabase, site: RollupSettings, now: () => number): MaintenanceStore {
  const { transact } = database;
  return {
    renameMeter: async (key, to) => {
      await transact(async (trx) => {
        const meter = await known(trx, key);
        const taken = await trx.selectFrom("meter").select("id").where("key", "=", to).executeTakeFirst();
        if (taken)
          throw new EnergyError("invalid-query", `there is a meter "${to}" already: merge them`, { field: "to" });
        await trx.updateTable("meter").set({ key: to }).where("id", "=", meter).execute();
        await rename(trx, key, to);
      });
      database.forget();
    },

    mergeMeters: async (from, into) => {
      await transact(async (trx) => {
        const [old, meter] = [await known(trx, from), await known(trx, into)];
        if (old === meter)
          throw new EnergyError("invalid-query", "a meter cannot be merged into itself", { field: "into" });
        await moveEnergy(trx, old, meter, site);
        await markMoved(trx, old, meter, now());
        await moveReadings(trx, old, meter);
        await moveDecisions(trx, old, meter);
        for (const table of MADE) await trx.deleteFrom(table).where("meter", "=", old).execute();
        await trx.deleteFrom("meter").where("id", "=", old).execute();
        await rename(trx, from, into);
      });
      database.forget();
    },

    purge: async (key, range) => {
      const count = await transact(async (trx) => {
        const meter = await known(trx, key);
        const { from, to } = range ?? { from: -END_OF_TIME, to: END_OF_TIME };
        const purged = await forgetReadings(trx, meter, from, to);
        if (range) {
          await forgetEnergy(trx, meter, range, site);
          await markKnown(trx, meter, { from: from - QUARTER_MS, to: to + QUARTER_MS });
          return purged;
        }
        for (const table of [...MADE, ...DECIDED, "damaged"] as const)
          await trx.deleteFrom(table).where("meter", "=", meter).execute();
        await dropHorizon(trx, meter);
        await trx.deleteFrom("meter").where("id", "=", meter).execute();
        return purged;
      });
      database.forget();
      return count;
    },

    verify: (repair) => verifyAll(database, site, repair),
  };
}

async function known(trx: Trx, key: string): Promise<number> {
  const meter = await trx.selectFrom("meter").select("id").where("key", "=", key).executeTakeFirst();
  if (!meter) throw new EnergyError("invalid-query", `there is no meter "${key}"`, { field: "meter" });
  return meter.id;
}

/** Wherever other meters and alerts name a meter. */
async function rename(trx: Trx, key: string, to: string): Promise<void> {
  await trx.updateTable("meter").set({ parent: to }).where("parent", "=", key).execute();
  const computed = await trx.selectFrom("meter").select(["id", "formula"]).where("formula", "is not", null).execute();
  const renamed = (name: string): string => (name === key ? to : name);
  for (const { id, formula } of computed) {
    const { plus, minus } = JSON.parse(formula ?? "{}") as Formula;
    const after = JSON.stringify({ plus: plus.map(renamed), minus: minus.map(renamed) } satisfies Formula);
    if (after !== formula) await trx.updateTable("meter").set({ formula: after }).where("id", "=", id).execute();
  }
  const alerts = await trx.selectFrom("alert").select(["id", "body"]).where("meter", "=", key).execute();
  for (const { id, body } of alerts) {
    const after = JSON.stringify({ ...(JSON.parse(body) as object), meter: to });
    await trx.updateTable("alert").set({ meter: to, body: after }).where("id", "=", id).execute();
  }
}

/** A UTC day in which one of them alone said something moves as it is; the others are put in one order. */
async function moveReadings(trx: Trx, old: number, meter: number): Promise<void> {
  for (const chunk of await onlyWhole(trx, await chunksBetween(trx, [old], -END_OF_TIME, END_OF_TIME))) {
    const { start, end } = chunk;
    const day = chunkDay(start);
    const others = await chunksBetween(trx, [meter], day, day + DAY_MS);
    if (others.length === 0) {
      const moved = ofMeter(chunk, meter);
      await trx.updateTable("chunk").set(moved).where("meter", "=", old).where("start", "=", start).execute();
    } else {
      await reopen(trx, meter, day, day + DAY_MS);
      await reopen(trx, old, start, end + 1);
    }
  }
  await putHot(
    trx,
    (await hotOf(trx, old, -END_OF_TIME, END_OF_TIME)).map((row) => ({ ...row, meter })),
  );
  await forgetHot(trx, old, -END_OF_TIME, END_OF_TIME);
}

/** All energy of the old meter is reckoned anew as the other's, whose registers are not the old one's. */
async function markMoved(trx: Trx, old: number, meter: number, now: number): Promise<void> {
  const both = await trx
    .selectFrom("meter")
    .select(["id", "firstAt", "says"])
    .where("id", "in", [old, meter])
    .execute();
  const says = both.reduce((bits, one) => bits | one.says, 0);
  const firsts = both.flatMap(({ firstAt }) => firstAt ?? []);
  await trx
    .updateTable("meter")
    .set({ says, firstAt: firsts.length > 0 ? Math.min(...firsts) : null })
    .where("id", "=", meter)
    .execute();
  await markMeter(trx, old);
  const dirty = await trx.selectFrom("dirty").select("start").distinct().where("meter", "=", old).execute();
  await markQuarters(
    trx,
    meter,
    dirty.map(({ start }) => start),
  );

  const firstAt = both.find(({ id }) => id === meter)?.firstAt ?? null;
  const [last] = await readingsBefore(trx, old, END_OF_TIME);
  if (firstAt === null || !last || last.at >= firstAt) return;
  const swap = { meter, at: firstAt, path: "*", kind: "swap", value: null, by: "merge" };
  await trx
    .insertInto("ruling")
    .values({ ...swap, madeAt: now, undoneAt: null, undoneBy: null })
    .execute();
  await markQuarters(trx, meter, [quarterOf(firstAt)]);
}

async function readingsBefore(trx: Trx, meter: number, edge: number): Promise<ReadingTable[]> {
  for await (const row of readingsFrom(trx, meter, "before", edge, SAYS_ANYTHING)) return [row];
  return [];
}

/** What was set aside, given and decided; where both have the same, the other's stays. */
async function moveDecisions(trx: Trx, old: number, meter: number): Promise<void> {
  for (const table of ["ruling", "correction", "damaged"] as const)
    await trx.updateTable(table).set({ meter }).where("meter", "=", old).execute();
  const set = <Row extends object>(row: Row) => ({ ...row, meter });
  // Not all of it: a server reckons the digest by itself.
  const aside = await trx
    .selectFrom("quarantine")
    .select(["at", "path", "value", "reason", "energyWh", "noted"])
    .where("meter", "=", old)
    .execute();
  for (const row of aside.map(set))
    await trx
      .insertInto("quarantine")
      .values(row)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  const given = await trx.selectFrom("interval").selectAll().where("meter", "=", old).execute();
  for (const row of given.map(set))
    await trx
      .insertInto("interval")
      .values(row)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  for (const table of ["quarantine", "interval"] as const)
    await trx.deleteFrom(table).where("meter", "=", old).execute();
}

/** Answers how many readings there were. */
async function forgetReadings(trx: Trx, meter: number, from: number, to: number): Promise<number> {
  let count = 0;
  for (const { start, end, count: sealed } of await chunksBetween(trx, [meter], from, to)) {
    if (start < from || end >= to) {
      await reopen(trx, meter, start, end + 1);
      continue;
    }
    await trx.deleteFrom("chunk").where("meter", "=", meter).where("start", "=", start).execute();
    count += sealed;
  }
  await trx.deleteFrom("damaged").where("meter", "=", meter).where("start", ">=", from).where("end", "<", to).execute();
  return count + (await forgetHot(trx, meter, from, to));
}

async function forgetHot(trx: Trx, meter: number, from: number, to: number): Promise<number> {
  const rows = await hotOf(trx, meter, from, to);
  await forget(trx, meter, rows);
  return rows.length;
}
