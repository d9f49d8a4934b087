import { isDeepStrictEqual } from "node:util";
import { sql, type Transaction } from "kysely";
import { mergeKept, toKept, type Kept } from "../energy/merge";
import { quarterOf } from "../energy/quarters";
import { MEASURES, type Measure, type Reading } from "../energy/reading";
import { EnergyError } from "../errors";
import { saidBits, toKeptRow, toRow } from "./reading-row";
import type { ReadingTable, Schema } from "./schema";

type Trx = Transaction<Schema>;

/** Puts what was set aside under the instant `stamped` among the meter's readings, as an import at the instant `at`. */
export async function putBack(trx: Trx, meter: number, stamped: number, at: number): Promise<void> {
  const kept = (await setAside(trx, meter, stamped)).at(-1);
  if (!kept) throw new EnergyError("invalid-query", "no reading was set aside at this instant");
  const before = await readingAt(trx, meter, at);
  if (!before) {
    await trx
      .insertInto("reading")
      .values({ at, meter, ...toRow(kept) })
      .execute();
  } else {
    const there = toKeptRow(before);
    // Who takes it out again must know which values are its own.
    if (said(kept).some((measure) => there.values[measure] !== undefined))
      throw new EnergyError("invalid-query", "the meter has a reading at this instant already");
    await replace(trx, before, mergeKept(there, kept));
  }
  await trx
    .updateTable("meter")
    .set({ says: sql<number>`${sql.ref("says")} | ${saidBits(kept)}` })
    .where("id", "=", meter)
    .execute();
  await trx
    .updateTable("meter")
    .set({ firstAt: at })
    .where("id", "=", meter)
    .where((eb) => eb.or([eb("firstAt", "is", null), eb("firstAt", ">", at)]))
    .execute();
  await markDirty(trx, meter, at, at);
}

/** Takes out what `putBack` put in and nothing has taken the place of. */
export async function takeOut(trx: Trx, meter: number, stamped: number, at: number): Promise<void> {
  const before = await readingAt(trx, meter, at);
  if (!before) return;
  const there = toKeptRow(before);
  const put = await setAside(trx, meter, stamped);
  const isOurs = (measure: Measure): boolean =>
    there.imported.has(measure) && put.some(({ values }) => isDeepStrictEqual(values[measure], there.values[measure]));
  const left = said(there).filter((measure) => !isOurs(measure));
  if (left.length === 0) {
    await trx.deleteFrom("reading").where("at", "=", at).where("meter", "=", meter).execute();
  } else {
    const values = Object.fromEntries(left.map((measure) => [measure, there.values[measure]]));
    await replace(trx, before, { values, imported: new Set(left.filter((measure) => there.imported.has(measure))) });
  }

  // The power before was held because of this one: nobody else would look back as far as its quarter.
  const held = await trx
    .selectFrom("reading")
    .select("at")
    .where("meter", "=", meter)
    .where("at", "<", at)
    .where("powerW", "is not", null)
    .orderBy("at", "desc")
    .limit(1)
    .executeTakeFirst();
  await markDirty(trx, meter, held?.at ?? at, at);
}

/** The quarters of both instants and those between them that are known are recomputed. */
export async function markDirty(trx: Trx, meter: number, from: number, to: number): Promise<void> {
  const [first, last] = [quarterOf(from), quarterOf(to)];
  const dirty = trx.insertInto("dirty").onConflict((conflict) => conflict.doNothing());
  await dirty.values([...new Set([first, last])].map((start) => ({ meter, start }))).execute();
  if (first === last) return;
  await dirty
    .columns(["meter", "start"])
    .expression(
      trx
        .selectFrom("quarter")
        .select(["meter", "start"])
        .where("meter", "=", meter)
        .where("start", ">", first)
        .where("start", "<", last),
    )
    .execute();
}

/** What was set aside under one instant, each by itself, and all of it as one at the end. */
async function setAside(trx: Trx, meter: number, at: number): Promise<Kept[]> {
  const rows = await trx
    .selectFrom("quarantine")
    .select("value")
    .where("meter", "=", meter)
    .where("at", "=", at)
    .where("path", "=", "*")
    .execute();
  const each = rows.map(({ value }) =>
    toKept({ ...(JSON.parse(value) as Omit<Reading, "meter" | "at">), meter: "", at, source: "imported" }),
  );
  return each.length === 0 ? [] : [...each, each.reduce(mergeKept)];
}

const readingAt = (trx: Trx, meter: number, at: number): Promise<ReadingTable | undefined> =>
  trx.selectFrom("reading").selectAll().where("at", "=", at).where("meter", "=", meter).executeTakeFirst();

async function replace(trx: Trx, { at, meter }: ReadingTable, kept: Kept): Promise<void> {
  await trx.updateTable("reading").set(toRow(kept)).where("at", "=", at).where("meter", "=", meter).execute();
}

const said = ({ values }: Kept): Measure[] => MEASURES.filter((measure) => values[measure] !== undefined);
