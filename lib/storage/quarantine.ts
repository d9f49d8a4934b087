import type { Kysely, Selectable, Transaction } from "kysely";
import { EnergyError } from "../errors";
import { insertNumbered } from "./dialect";
import type { NewRuling, Quarantined, QuarantineStore, RulingKind, RulingRecord } from "./energy-store";
import { settle } from "./history";
import { refuseBeyond } from "./horizon";
import type { RollupSettings } from "./meter-samples";
import { SAID, type RulingTable, type Schema } from "./schema";
import { markDirty, putBack, takeOut } from "./set-aside";
import type { SqlDatabase } from "./sql-database";
import { readingAt } from "./stored-readings";

type Trx = Transaction<Schema>;
type Said = (typeof SAID)[number];
type RulingRow = Selectable<RulingTable>;
type Key = Pick<RulingRow, "meter" | "at" | "path">;

/** The path of a whole reading that was set aside and, for a swap, of all the meter's registers. */
const WHOLE = "*";

/** What is not believed, and what people decide on it. */
export function makeQuarantine(database: SqlDatabase, site: RollupSettings): QuarantineStore {
  const { db, transact } = database;

  const found = () =>
    db
      .selectFrom("quarantine as q")
      .innerJoin("meter", "meter.id", "q.meter")
      .leftJoin("ruling as r", (join) =>
        join
          .onRef("r.meter", "=", "q.meter")
          .onRef("r.at", "=", "q.at")
          .onRef("r.path", "=", "q.path")
          .on("r.undoneAt", "is", null),
      );

  return {
    quarantine: async ({ meters, at, openOnly, limit }) => {
      if (meters?.length === 0) return [];
      // What was found before the last readings and rulings may be no more.
      await settle(database, site, meters);
      let select = found()
        .selectAll("q")
        .select(["key", "r.id as ruling"])
        .orderBy((eb) => eb.case().when("r.id", "is", null).then(eb.ref("q.noted")).else(1).end())
        .orderBy("q.at", "desc")
        .orderBy("q.path")
        .limit(limit);
      if (meters) select = select.where("key", "in", meters);
      if (at !== undefined) select = select.where("q.at", "=", at);
      if (openOnly) select = select.where("r.id", "is", null).where("noted", "=", 0);
      const rows = await select.execute();

      const ids = rows.flatMap(({ ruling }) => ruling ?? []);
      const rulings = ids.length === 0 ? [] : await ruled(db).where("r.id", "in", ids).execute();
      const byId = new Map(rulings.map((row) => [row.id, toRecord(row)]));
      const quarantined: Quarantined[] = [];
      for (const row of rows) {
        const ruling = byId.get(row.ruling ?? 0);
        const winner = row.reason === "differs" && isSaid(row.path) ? await winnerOf(db, row, row.path) : null;
        quarantined.push({
          meter: row.key,
          at: row.at,
          path: row.path,
          value: row.value,
          reason: row.reason,
          ...(row.energyWh !== null && { energyWh: row.energyWh }),
          ...(winner !== null && { winner }),
          status: ruling ? "ruled" : row.noted ? "noted" : "open",
          ...(ruling && { ruling }),
        });
      }
      return quarantined;
    },

    quarantineCounts: () =>
      found()
        .select(({ fn }) => ["key as meter", fn.countAll<number>().as("open")])
        .where("r.id", "is", null)
        .where("noted", "=", 0)
        .groupBy("key")
        .execute(),

    rule: (wish) =>
      transact(async (trx) => {
        const meter = await trx.selectFrom("meter").select("id").where("key", "=", wish.meter).executeTakeFirst();
        if (!meter) throw new EnergyError("invalid-query", `there is no meter "${wish.meter}"`);
        const key = { meter: meter.id, at: wish.at, path: wish.path };
        const becomes = wish.path === WHOLE ? (wish.value ?? wish.at) : wish.at;
        await refuseBeyond(trx, meter.id, Math.min(wish.at, becomes), "at");
        const decision = await decide(trx, key, wish);

        const before = await rulingsOn(trx, key);
        const madeAt = after(before);
        const standing = before.find(({ undoneAt }) => undoneAt === null);
        if (standing) await end(trx, standing, madeAt, wish.by);
        const row = { ...key, ...decision, by: wish.by, madeAt, undoneAt: null, undoneBy: null };
        const id = await insertNumbered(trx, "ruling", row);
        await enact(trx, row);
        return toRecord({ ...row, id, key: wish.meter });
      }),

    undoRuling: (id, by) =>
      transact(async (trx) => {
        const ruling = await ruled(trx).where("r.id", "=", id).where("undoneAt", "is", null).executeTakeFirst();
        if (!ruling) throw new EnergyError("invalid-query", `there is no ruling ${id} to undo`);
        await refuseBeyond(trx, ruling.meter, ruling.at, "id");
        const all = await rulingsOn(trx, ruling);
        const undoneAt = after(all);
        await end(trx, ruling, undoneAt, by);
        const replaced = all.find((other) => other.undoneAt === ruling.madeAt);
        if (replaced) {
          await trx
            .updateTable("ruling")
            .set({ undoneAt: null, undoneBy: null })
            .where("id", "=", replaced.id)
            .execute();
          await enact(trx, replaced);
        }
        return toRecord({ ...ruling, undoneAt, undoneBy: by });
      }),

    rulings: async ({ id, meters, limit }) => {
      if (meters?.length === 0) return [];
      let select = ruled(db).orderBy("r.id", "desc").limit(limit);
      if (meters) select = select.where("key", "in", meters);
      if (id !== undefined) select = select.where("r.id", "=", id);
      return (await select.execute()).map(toRecord);
    },
  };
}

/**
 * What a ruling comes down to. Of two values that differ at one instant the reading holds the larger: believing the other puts
 * it in that one's place, leaving it out keeps the one that is there.
 */
async function decide(trx: Trx, key: Key, { kind, value }: NewRuling): Promise<Pick<RulingRow, "kind" | "value">> {
  const { meter, at, path } = key;
  const asked = { kind, value: kind === "edit" ? (value ?? null) : null };
  if (kind === "edit" && !Number.isFinite(asked.value))
    throw new EnergyError("invalid-query", "an edit needs the value that takes the place");
  if (path === WHOLE || kind === "swap") return asked;
  if (!isSaid(path)) {
    if (kind === "discard") return asked;
    const why = `no energy is made of "${path}": it can only be left out`;
    throw new EnergyError("invalid-query", why);
  }
  if (kind === "edit") return asked;

  const found = await trx
    .selectFrom("quarantine")
    .select(["value", "reason"])
    .where("meter", "=", meter)
    .where("at", "=", at)
    .where("path", "=", path)
    .execute();
  const [first, ...others] = found;
  if (!first || found.some(({ reason }) => reason !== "differs")) return asked;
  if (kind === "accept") {
    if (others.length === 0) return { kind: "edit", value: Number(first.value) };
    throw new EnergyError("invalid-query", "several values differ here: edit to the right one");
  }
  const winner = await winnerOf(trx, key, path);
  return winner === null ? asked : { kind: "edit", value: winner };
}

/** The value that the reading holds. */
async function winnerOf(db: Kysely<Schema>, { meter, at }: Omit<Key, "path">, path: Said): Promise<number | null> {
  return (await readingAt(db, meter, at))?.[path] ?? null;
}

/** Makes what follows from a ruling: energy is recomputed, and a reading that was set aside comes among the others. */
async function enact(trx: Trx, { meter, at, path, kind, value }: Omit<RulingRow, "id">): Promise<void> {
  if (path !== WHOLE || kind === "swap") await markDirty(trx, meter, at, at);
  else if (kind !== "discard") await putBack(trx, meter, at, value ?? at);
}

/** Ends a ruling, and what followed from it. */
async function end(trx: Trx, ruling: RulingRow, undoneAt: number, undoneBy: string): Promise<void> {
  const { id, meter, at, path, kind, value } = ruling;
  await trx.updateTable("ruling").set({ undoneAt, undoneBy }).where("id", "=", id).execute();
  if (path !== WHOLE || kind === "swap") await markDirty(trx, meter, at, at);
  else if (kind !== "discard") await takeOut(trx, meter, at, value ?? at);
}

function rulingsOn(trx: Trx, { meter, at, path }: Key): Promise<RulingRow[]> {
  return trx
    .selectFrom("ruling")
    .selectAll()
    .where("meter", "=", meter)
    .where("at", "=", at)
    .where("path", "=", path)
    .execute();
}

/** Later than all that was ruled on the value: a ruling that took another's place is known by its instant. */
function after(rulings: readonly RulingRow[]): number {
  return Math.max(Date.now(), ...rulings.map(({ madeAt, undoneAt }) => Math.max(madeAt, undoneAt ?? 0) + 1));
}

function ruled(db: Kysely<Schema> | Trx) {
  return db.selectFrom("ruling as r").innerJoin("meter", "meter.id", "r.meter").selectAll("r").select("key");
}

function toRecord({ key, ...row }: RulingRow & { readonly key: string }): RulingRecord {
  const { id, at, path, kind, value, by, madeAt, undoneAt, undoneBy } = row;
  return {
    id,
    meter: key,
    at,
    path,
    kind: kind as RulingKind,
    ...(value !== null && { value }),
    by,
    madeAt,
    ...(undoneAt !== null && { undoneAt }),
    ...(undoneBy !== null && { undoneBy }),
  };
}

const isSaid = (path: string): path is Said => (SAID as readonly string[]).includes(path);
