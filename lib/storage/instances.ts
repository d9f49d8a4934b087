import { sql, type Kysely, type RawBuilder, type Selectable } from "kysely";
import { dialectOf } from "./dialect";
import type { HandedOver, InstanceStore } from "./instance-store";
import type { HandoverTable, Schema } from "./schema";
import type { SqlDatabase } from "./sql-database";

/** How long an instance counts as there after it last said so: then what it held is free. */
export const ALIVE_MS = 15_000;
/** What nobody took for so long is of no use any more. */
export const HANDOVER_MS = 60_000;
/** Of one sender, or of all that is for the nodes of one reader. */
const ROWS_A_READ = 500;

/**
 * Which instances are there, by the database's own clock, who holds what, and what they hand to each other. No lock is held
 * and no transaction has two statements: an instance that is gone never comes back under its name, so that to compare the
 * owner that was seen, and set another, is enough.
 */
export function makeInstances({ db, transact }: SqlDatabase): InstanceStore {
  const clock = clockOf(db);

  const removeGone = async (): Promise<void> => {
    const gone = await db.selectFrom("instance").select("id").where("until", "<", clock).execute();
    for (const { id } of gone)
      await transact((trx) => trx.deleteFrom("instance").where("id", "=", id).where("until", "<", clock).execute());
  };

  /** Nobody handled it in time: its target is gone from all flows, or all who run it were away. */
  const removeOld = async (): Promise<void> => {
    const old = await db
      .selectFrom("handover")
      .select(({ fn }) => ["target", "sender", fn.max<number>("n").as("n")])
      .where("at", "<", sql<number>`${clock} - ${sql.lit(HANDOVER_MS)}`)
      .groupBy(["target", "sender"])
      .execute();
    for (const { target, sender, n } of old)
      await transact((trx) =>
        trx
          .deleteFrom("handover")
          .where("target", "=", target)
          .where("sender", "=", sender)
          .where("n", "<=", n)
          .execute(),
      );
  };

  /** Takes the leases among `wants` that nobody has, or somebody who is gone. */
  const take = async (me: string, wants: readonly string[]): Promise<void> => {
    // In this order: who holds a lease that is seen here, and is not seen after that, is gone.
    const leases = await db.selectFrom("lease").selectAll().where("id", "in", wants).execute();
    const alive = new Set((await db.selectFrom("instance").select("id").execute()).map(({ id }) => id));
    const owned = new Set(leases.map(({ id }) => id));
    for (const id of wants.filter((want) => !owned.has(want)))
      await transact((trx) =>
        trx
          .insertInto("lease")
          .values({ id, owner: me })
          .onConflict((conflict) => conflict.doNothing())
          .execute(),
      );
    for (const { id, owner } of leases.filter((lease) => !alive.has(lease.owner)))
      await transact((trx) =>
        trx.updateTable("lease").set({ owner: me }).where("id", "=", id).where("owner", "=", owner).execute(),
      );
  };

  return {
    join: async (me) => {
      await transact((trx) =>
        trx
          .insertInto("instance")
          .values({ id: me, until: inFuture(clock) })
          .onConflict((conflict) => conflict.doNothing())
          .execute(),
      );
    },

    beat: async (me, wants) => {
      const { numUpdatedRows } = await transact((trx) =>
        trx
          .updateTable("instance")
          .set({ until: inFuture(clock) })
          .where("id", "=", me)
          .executeTakeFirstOrThrow(),
      );
      // Of a row that stays as it is, MySQL says that it changed none: there are milliseconds between two beats.
      if (numUpdatedRows === 0n) return undefined;
      await removeGone();
      await removeOld();
      if (wants.length > 0) await take(me, wants);
      const held = await db.selectFrom("lease").select("id").where("owner", "=", me).execute();
      const others = await db.selectFrom("instance").select("id").where("id", "!=", me).execute();
      return { held: held.map(({ id }) => id), others: others.map(({ id }) => id) };
    },

    release: async (me, lease) => {
      await transact((trx) => trx.deleteFrom("lease").where("id", "=", lease).where("owner", "=", me).execute());
    },

    leave: async (me) => {
      await transact((trx) => trx.deleteFrom("instance").where("id", "=", me).execute());
      await transact((trx) => trx.deleteFrom("lease").where("owner", "=", me).execute());
    },

    handOver: async (rows) => {
      const values = rows.map(({ body, ...key }) => ({ ...key, at: clock, body: JSON.stringify(body) }));
      await transact((trx) =>
        trx
          .insertInto("handover")
          .values(values)
          .onConflict((conflict) => conflict.doNothing())
          .execute(),
      );
    },

    handedOver: async (targets, toAll) => {
      const read = () => db.selectFrom("handover").selectAll().limit(ROWS_A_READ);
      const parts: Selectable<HandoverTable>[][] = [];
      if (targets.length > 0)
        parts.push(await read().where("target", "in", targets).orderBy("at").orderBy("sender").orderBy("n").execute());
      for (const { sender, after } of toAll)
        parts.push(
          await read()
            .where("target", "=", "")
            .where("sender", "=", sender)
            .where("n", ">", after)
            .orderBy("n")
            .execute(),
        );
      return parts.flat().map(({ at: _, body, ...key }): HandedOver => ({ ...key, body: JSON.parse(body) as unknown }));
    },

    handled: async (rows) => {
      for (const { target, sender, n } of rows)
        await transact((trx) =>
          trx
            .deleteFrom("handover")
            .where("target", "=", target)
            .where("sender", "=", sender)
            .where("n", "=", n)
            .execute(),
        );
    },
  };
}

const inFuture = (clock: RawBuilder<number>): RawBuilder<number> => sql<number>`${clock} + ${sql.lit(ALIVE_MS)}`;

/** Epoch ms as the database has it: the machines' own clocks need not agree. */
function clockOf(db: Kysely<Schema>): RawBuilder<number> {
  switch (dialectOf(db)) {
    case "postgres":
      return sql<number>`floor(extract(epoch from clock_timestamp()) * 1000)::bigint`;
    case "mysql":
      return sql<number>`timestampdiff(microsecond, '1970-01-01', utc_timestamp(3)) div 1000`;
    case "sqlite":
      return sql<number>`cast(unixepoch('subsec') * 1000 as integer)`;
  }
}
