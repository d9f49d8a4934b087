import type { Selectable } from "kysely";
import { EnergyError } from "../errors";
import type { AccessStore, TokenRecord } from "./access-store";
import type { Advice, AdviceStore, Alert, AlertStore, MemoryStore, MeterStore } from "./energy-store";
import { minuteOf } from "./hot-readings";
import { RECKONED, toMeter, toMeterRow } from "./meter-row";
import { markMeter } from "./rollup-rows";
import type { MeterTable } from "./schema";
import { chunkDay } from "./sealed-readings";
import type { SqlDatabase } from "./sql-database";

type StoredMeter = Selectable<MeterTable>;

/** Everything but readings: small tables, one row a thing. */
export function makeRecords({
  db,
  transact,
}: SqlDatabase): MeterStore & AlertStore & AdviceStore & MemoryStore & AccessStore {
  return {
    putMeter: (settings) =>
      transact(async (trx) => {
        const row = toMeterRow(settings);
        const find = (): Promise<StoredMeter | undefined> =>
          trx.selectFrom("meter").selectAll().where("key", "=", settings.key).executeTakeFirst();
        const before = await find();
        if (!before)
          await trx
            .insertInto("meter")
            .values({ ...row, firstAt: null })
            .execute();
        else await trx.updateTable("meter").set(row).where("id", "=", before.id).execute();
        if (before && RECKONED.some((setting) => before[setting] !== row[setting])) await markMeter(trx, before.id);
        const stored = before ?? (await find());
        if (!stored) throw new EnergyError("storage-failed", `meter ${settings.key} was not kept`);
        return toMeter({ ...row, id: stored.id });
      }),

    meters: async () => (await db.selectFrom("meter").selectAll().orderBy("id").execute()).map(toMeter),

    lastInstants: async (since) => {
      const hot = await db
        .selectFrom("reading")
        .select(({ fn }) => ["meter", fn.max<number>("at").as("at")])
        .where("minute", ">=", minuteOf(since))
        .where("at", ">=", since)
        .groupBy("meter")
        .execute();
      const sealed = await db
        .selectFrom("chunk")
        .select(({ fn }) => ["meter", fn.max<number>("end").as("at")])
        .where("start", ">=", chunkDay(since))
        .where("end", ">=", since)
        .groupBy("meter")
        .execute();
      const last = new Map<number, number>();
      for (const { meter, at } of [...hot, ...sealed]) last.set(meter, Math.max(at, last.get(meter) ?? at));
      const keys = await db.selectFrom("meter").select(["id", "key"]).execute();
      return keys
        .flatMap(({ id, key }) => ({ meter: key, at: last.get(id) ?? -Infinity }))
        .filter(({ at }) => at >= since);
    },

    putAlert: (alert) =>
      transact(async (trx) => {
        await trx.deleteFrom("alert").where("id", "=", alert.id).execute();
        const { id, at, rule, meter, clearedAt } = alert;
        await trx
          .insertInto("alert")
          .values({ id, at, rule, meter: meter ?? null, clearedAt: clearedAt ?? null, body: JSON.stringify(alert) })
          .execute();
      }),

    alerts: async ({ limit, openOnly }) => {
      let select = db.selectFrom("alert").select("body").orderBy("at", "desc").limit(limit);
      if (openOnly) select = select.where("clearedAt", "is", null);
      return (await select.execute()).map(({ body }) => JSON.parse(body) as Alert);
    },

    putAdvice: (adviser, advice) =>
      transact(async (trx) => {
        await trx.deleteFrom("advice").where("adviser", "=", adviser).execute();
        for (const one of advice) {
          await trx
            .insertInto("advice")
            .values({ adviser, id: one.id, body: JSON.stringify(one) })
            .execute();
        }
      }),

    advice: async () => {
      const rows = await db.selectFrom("advice").select("body").execute();
      return rows
        .map(({ body }) => JSON.parse(body) as Advice)
        .sort((a, b) => (b.savingPerYear ?? 0) - (a.savingPerYear ?? 0));
    },

    remember: (owner, key, value) =>
      transact(async (trx) => {
        await trx.deleteFrom("memory").where("owner", "=", owner).where("key", "=", key).execute();
        if (value !== undefined) {
          await trx
            .insertInto("memory")
            .values({ owner, key, value: JSON.stringify(value) })
            .execute();
        }
      }),

    recall: async (owner) => {
      const rows = await db.selectFrom("memory").select(["key", "value"]).where("owner", "=", owner).execute();
      return Object.fromEntries(rows.map(({ key, value }) => [key, JSON.parse(value) as unknown]));
    },

    putToken: (token) =>
      transact(async (trx) => {
        await trx.deleteFrom("token").where("id", "=", token.id).execute();
        await trx
          .insertInto("token")
          .values({ id: token.id, hash: token.hash, body: JSON.stringify(token) })
          .execute();
      }),

    tokens: async () => {
      const rows = await db.selectFrom("token").select("body").execute();
      return rows.map(({ body }) => JSON.parse(body) as TokenRecord).sort((a, b) => a.createdAt - b.createdAt);
    },

    removeToken: (id) =>
      transact(async (trx) => {
        await trx.deleteFrom("session").where("tokenId", "=", id).execute();
        await trx.deleteFrom("token").where("id", "=", id).execute();
      }),

    putSession: (session) =>
      transact(async (trx) => {
        await trx.deleteFrom("session").where("hash", "=", session.hash).execute();
        await trx.insertInto("session").values(session).execute();
      }),

    sessions: () => db.selectFrom("session").selectAll().execute(),

    removeSession: async (hash) => {
      await transact((trx) => trx.deleteFrom("session").where("hash", "=", hash).execute());
    },
  };
}
