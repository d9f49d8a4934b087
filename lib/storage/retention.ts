import type { Transaction } from "kysely";
import { nextOf, startOf } from "../energy/calendar";
import { lockMeter } from "./claim";
import { horizonOf, putHorizon, type Horizon } from "./horizon";
import { minuteOf, startOfMinute } from "./hot-readings";
import { openSamples, type RollupSettings } from "./meter-samples";
import { markAnew } from "./reckon-anew";
import { recomputeDirty } from "./rollup";
import { SAYS_ANYTHING, type Schema } from "./schema";
import { chunkDay } from "./sealed-readings";
import type { SqlDatabase } from "./sql-database";
import { readingsFrom } from "./stored-readings";

type Trx = Transaction<Schema>;

/** For how many days what is kept; for ever where nothing is said. Days are always kept. */
export interface Retention {
  readonly readingDays?: number;
  /** No fewer than of readings. */
  readonly quarterDays?: number;
  /** Of alerts that are over. */
  readonly alertDays?: number;
}

const DAY_MS = 86_400_000;
/** Quarters that are deleted at once: a month of one meter. */
const QUARTERS_SPAN_MS = 31 * DAY_MS;

/**
 * Forgets what is older than it is to be kept, whole UTC days at a time, each in a transaction of its own, until `isOver`. Before
 * the first reading of a meter goes, all energy made of it is settled, and from then on never recomputed.
 */
export function makeRetention({ db, transact }: SqlDatabase, site: RollupSettings, keep: Retention) {
  const nearest = async (meter: number, side: "before" | "after", edge: number): Promise<number | undefined> => {
    for await (const { at } of readingsFrom(db, meter, side, edge, SAYS_ANYTHING)) return at;
    return undefined;
  };
  /** The last day of a meter that fell silent stays: what it says next will be of the time since. */
  const endFor = async (meter: number, until: number): Promise<number> => {
    if ((await nearest(meter, "after", until)) !== undefined) return until;
    return Math.min(until, chunkDay((await nearest(meter, "before", until)) ?? until));
  };

  /** Settles what is before the horizon, and makes it the meter's; answers where that one is now. */
  const settleBefore = async (meter: number, from: number, quartersFrom: number): Promise<Horizon> => {
    await transact((trx) => markAnew(trx, meter));
    while (await transact((trx) => recomputeDirty(trx, site, [meter])));
    return transact(async (trx) => {
      await lockMeter(trx, meter);
      const before = await horizonOf(trx, meter);
      if (before.from >= from && before.quartersFrom >= quartersFrom) return before;
      await markAnew(trx, meter);
      while (await recomputeDirty(trx, site, [meter]));
      const horizon = {
        from: Math.max(from, before.from),
        quartersFrom: Math.max(quartersFrom, before.quartersFrom),
        last: before.from >= from ? before.last : await lastBefore(trx, meter, from, site, before),
      };
      await putHorizon(trx, meter, horizon);
      await trx.deleteFrom("quarantine").where("meter", "=", meter).where("at", "<", horizon.from).execute();
      return horizon;
    });
  };

  const forgetReadings = async (until: number, isOver: () => boolean): Promise<void> => {
    for (const meter of await metersBefore(db, until)) {
      const end = await endFor(meter, until);
      if (isOver()) return;
      if ((await nearest(meter, "before", end)) === undefined) continue;
      await settleBefore(meter, wholeHour(end, site.zone), -Infinity);
      while (!isOver() && (await transact((trx) => forgetSealedDay(trx, meter, end))));
      while (!isOver() && (await transact((trx) => forgetHotDay(trx, meter, end))));
    }
  };

  const forgetQuarters = async (until: number, isOver: () => boolean): Promise<void> => {
    const spans = await db
      .selectFrom("quarter")
      .select(({ fn }) => ["meter", fn.min<number>("start").as("first"), fn.max<number>("start").as("newest")])
      .groupBy("meter")
      .execute();
    for (const { meter, first, newest } of spans) {
      if (first >= until || isOver()) continue;
      await settleBefore(meter, until, until);
      // The newest one tells what is known of the registers.
      const end = Math.min(until, newest);
      for (let from = first; from < end && !isOver(); from += QUARTERS_SPAN_MS) {
        const to = Math.min(end, from + QUARTERS_SPAN_MS);
        await transact((trx) =>
          trx
            .deleteFrom("quarter")
            .where("meter", "=", meter)
            .where("start", ">=", from)
            .where("start", "<", to)
            .execute(),
        );
      }
    }
  };

  return async (now: number, isOver: () => boolean): Promise<void> => {
    const ago = (days: number): number => chunkDay(now - days * DAY_MS);
    const { readingDays, quarterDays, alertDays } = keep;
    if (readingDays !== undefined) await forgetReadings(ago(readingDays), isOver);
    if (quarterDays !== undefined) await forgetQuarters(startOf("day", ago(quarterDays), site.zone), isOver);
    if (alertDays === undefined || isOver()) return;
    await transact((trx) =>
      trx
        .deleteFrom("alert")
        .where("at", "<", ago(alertDays))
        .where((eb) => eb.or([eb("clearedAt", "is not", null), eb("rule", "=", "api")]))
        .execute(),
    );
  };
}

/** A clock hour is never of both sides: import and export may be set off over it. */
function wholeHour(at: number, zone: string): number {
  const start = startOf("hour", at, zone);
  return start === at ? at : nextOf("hour", start, zone);
}

async function metersBefore(db: SqlDatabase["db"], until: number): Promise<number[]> {
  const hot = await db.selectFrom("reading").select("meter").distinct().where("minute", "<", minuteOf(until)).execute();
  const sealed = await db
    .selectFrom("meter")
    .select("id as meter")
    .where(({ exists, selectFrom }) =>
      exists(selectFrom("chunk").select("start").whereRef("chunk.meter", "=", "meter.id").where("start", "<", until)),
    )
    .execute();
  return [...new Set([...hot, ...sealed].map(({ meter }) => meter))].sort((a, b) => a - b);
}

/** The last that is believed of each measure before `from`. */
async function lastBefore(
  trx: Trx,
  meter: number,
  from: number,
  site: RollupSettings,
  before: Horizon,
): Promise<Horizon["last"]> {
  const samples = await openSamples(trx, { meter, from, to: from }, site, before);
  const last = [];
  for (const measure of samples.said) last.push(...(await samples.nearest(measure, "before", from)));
  return last.sort((a, b) => a.at - b.at);
}

/** Answers whether there may be more. */
async function forgetSealedDay(trx: Trx, meter: number, until: number): Promise<boolean> {
  const oldest = await trx
    .selectFrom("chunk")
    .select("start")
    .where("meter", "=", meter)
    .where("start", "<", until)
    .orderBy("start")
    .limit(1)
    .executeTakeFirst();
  if (!oldest) return false;
  await trx
    .deleteFrom("chunk")
    .where("meter", "=", meter)
    .where("start", ">=", oldest.start)
    .where("start", "<", chunkDay(oldest.start) + DAY_MS)
    .execute();
  return true;
}

/** As `forgetSealedDay`, of what came late and was not sealed yet. */
async function forgetHotDay(trx: Trx, meter: number, until: number): Promise<boolean> {
  const oldest = await trx
    .selectFrom("reading")
    .select("minute")
    .where("minute", "<", minuteOf(until))
    .where("meter", "=", meter)
    .orderBy("minute")
    .limit(1)
    .executeTakeFirst();
  if (!oldest) return false;
  await trx
    .deleteFrom("reading")
    .where("minute", ">=", oldest.minute)
    .where("minute", "<", minuteOf(chunkDay(startOfMinute(oldest.minute)) + DAY_MS))
    .where("meter", "=", meter)
    .execute();
  return true;
}
