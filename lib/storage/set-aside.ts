import { isDeepStrictEqual } from "node:util";
import { sql, type Transaction } from "kysely";
import { mergeKept, toKept, type Kept } from "../energy/merge";
import { quarterOf } from "../energy/quarters";
import { MEASURES, type Measure } from "../energy/measures";
import type { Reading } from "../energy/reading";
import { EnergyError } from "../errors";
import { minuteOf } from "./hot-readings";
import { saidBits, toKeptRow, toRow } from "./reading-row";
import { SAID, type ReadingTable, type Schema } from "./schema";
import { markKnown, markQuarters } from "./rollup-rows";
import { reopen } from "./sealing";
import { readingAt, readingsFrom } from "./stored-readings";

type Trx = Transaction<Schema>;

const SAYS_POWER = 1 << SAID.indexOf("powerW");

/** Puts what was set aside under the instant `stamped` among the meter's readings, as an import at the instant `at`. */
export async function putBack(trx: Trx, meter: number, stamped: number, at: number): Promise<void> {
  const kept = (await setAside(trx, meter, stamped)).at(-1);
  if (!kept) throw new EnergyError("invalid-query", "no reading was set aside at this instant");
  const before = await hotAt(trx, meter, at);
  if (!before) {
    await trx
      .insertInto("reading")
      .values({ minute: minuteOf(at), meter, at, ...toRow(kept) })
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
    .set({ says: sql<number>`${sql.ref("says")} | ${saidBits(toRow(kept))}` })
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
  const before = await hotAt(trx, meter, at);
  if (!before) return;
  const there = toKeptRow(before);
  const put = await setAside(trx, meter, stamped);
  const isOurs = (measure: Measure): boolean =>
    there.imported.has(measure) && put.some(({ values }) => isDeepStrictEqual(values[measure], there.values[measure]));
  const left = said(there).filter((measure) => !isOurs(measure));
  if (left.length === 0) {
    await trx
      .deleteFrom("reading")
      .where("minute", "=", minuteOf(at))
      .where("meter", "=", meter)
      .where("at", "=", at)
      .execute();
  } else {
    const values = Object.fromEntries(left.map((measure) => [measure, there.values[measure]]));
    await replace(trx, before, { values, imported: new Set(left.filter((measure) => there.imported.has(measure))) });
  }

  // The power before was held because of this one: nobody else would look back as far as its quarter.
  await markDirty(trx, meter, (await lastPowerAt(trx, meter, at)) ?? at, at);
}

/** When the last power before an instant was said. */
export async function lastPowerAt(trx: Trx, meter: number, before: number): Promise<number | undefined> {
  for await (const { at, powerW } of readingsFrom(trx, meter, "before", before, SAYS_POWER)) {
    if (powerW !== null) return at;
  }
  return undefined;
}

/** The quarters of both instants and those between them that are known are recomputed. */
export async function markDirty(trx: Trx, meter: number, from: number, to: number): Promise<void> {
  const [first, last] = [quarterOf(from), quarterOf(to)];
  await markQuarters(trx, meter, [...new Set([first, last])]);
  if (first !== last) await markKnown(trx, meter, { from: first, to: last });
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

/** A reading that is about to change is hot again, and all that is sealed with it. */
async function hotAt(trx: Trx, meter: number, at: number): Promise<ReadingTable | undefined> {
  await reopen(trx, meter, at, at + 1);
  return readingAt(trx, meter, at);
}

async function replace(trx: Trx, { at, meter }: ReadingTable, kept: Kept): Promise<void> {
  await trx
    .updateTable("reading")
    .set(toRow(kept))
    .where("minute", "=", minuteOf(at))
    .where("meter", "=", meter)
    .where("at", "=", at)
    .execute();
}

const said = ({ values }: Kept): Measure[] => MEASURES.filter((measure) => values[measure] !== undefined);
