import type { Transaction } from "kysely";
import type { Loser } from "../energy/merge";
import { QUARTER_MS, quarterOf } from "../energy/quarters";
import { lockMeter } from "./claim";
import { dialectOf } from "./dialect";
import { UNDESCRIBED } from "./energy-store";
import { horizonOf } from "./horizon";
import { makeImportTails, type ImportTails } from "./import-tails";
import type { RollupSettings } from "./meter-samples";
import { recomputeMonths } from "./month-rows";
import { addEnergyRows, firstFrom, inTimeOrder, rowsOf, saysOf, slice, type ReadingColumns } from "./reading-columns";
import { toReading } from "./reading-row";
import { recompute } from "./rollup";
import { SAYS_MORE, type Schema } from "./schema";
import { packBeside, setLosersAside } from "./sealing";
import { chunkDay, DAY_MS } from "./sealed-readings";
import { plain } from "./sql-append";
import type { SqlDatabase } from "./sql-database";

type Trx = Transaction<Schema>;

/** What one transaction takes on, so that what comes live gets between. */
const MOST_READINGS = 16_384;
/** So few are not worth reckoning at once. */
const FEW_READINGS = 64;
/** What was said last may lie in the quarter before, and that quarter is reckoned anew from what was said before it. */
const BEFORE_MS = 2 * QUARTER_MS;
const READINGS_AN_APPEND = 2_000;

/** `until`: what is newer is appended. */
export type BulkLoad = (all: readonly ReadingColumns[], until: number) => Promise<void>;

/**
 * Keeps readings of an import, to the same effect as appending them. Those before `until`, of a time of which nothing of their meter is
 * stored, are packed and their energy reckoned at once; others are appended. Where it rejects, some may be kept.
 */
export function makeBulkLoad(database: SqlDatabase, site: RollupSettings): BulkLoad {
  const tails = makeImportTails();
  return async (all, until) => {
    const others: ReadingColumns[] = [];
    for (const given of all) {
      const meter = dialectOf(database.db) === "sqlite" ? given.meter : plain(given.meter);
      const losers: { readonly at: number; readonly loser: Loser }[] = [];
      const columns = inTimeOrder({ ...given, meter }, (at, loser) => losers.push({ at, loser }));
      for (let start = 0; start < columns.at.length; start += MOST_READINGS) {
        const part = slice(columns, start, start + MOST_READINGS);
        const isFew = part.at.length < FEW_READINGS;
        others.push(...(isFew ? [part] : await database.transact((trx) => packNew(trx, site, part, until, tails))));
      }
      if (losers.length > 0)
        await database.transact(async (trx) => {
          const { id } = await openMeter(trx, meter);
          await setLosersAside(
            trx,
            losers.map(({ at, loser }) => ({ meter: id, at, ...loser, path: plain(loser.path) })),
          );
        });
    }
    await append(database, others);
  };
}

async function append(database: SqlDatabase, all: readonly ReadingColumns[]): Promise<void> {
  const readings = all.flatMap((columns) => rowsOf(columns).map((row) => toReading(columns.meter, row.at, row)));
  for (let start = 0; start < readings.length; start += READINGS_AN_APPEND)
    await database.append([{ readings: readings.slice(start, start + READINGS_AN_APPEND) }]);
}

/** Packs and reckons what it can of a meter's readings, which are in time order; answers the others. */
async function packNew(
  trx: Trx,
  site: RollupSettings,
  given: ReadingColumns,
  until: number,
  tails: ImportTails,
): Promise<ReadingColumns[]> {
  const meter = await openMeter(trx, given.meter);
  await lockMeter(trx, meter.id);
  const horizon = await horizonOf(trx, meter.id);
  const [start, end] = [firstFrom(given, horizon.from), firstFrom(given, until)];
  const columns = slice(given, start, end);
  const [first, last] = [columns.at[0], columns.at.at(-1)];
  if (first === undefined || last === undefined) return [given];
  const span = { meter: meter.id, from: quarterOf(first), to: quarterOf(last) + QUARTER_MS };
  const [from, to] = [span.from - BEFORE_MS, span.to + QUARTER_MS];
  const stored = await tails.around(trx, { meter: meter.id, from, first, last, to });
  if (!stored) return [given];

  await noteMeter(trx, meter, first, saysOf(columns));
  for (let day = chunkDay(first); day <= last; day += DAY_MS) {
    const own = slice(columns, firstFrom(columns, day), firstFrom(columns, day + DAY_MS));
    if (own.at.length > 0) await packBeside(trx, meter.id, own);
  }
  const rows = [...stored.before];
  addEnergyRows(rows, columns);
  await tails.keep(trx, meter.id, quarterOf(last) - BEFORE_MS, last, rows);
  for (const row of stored.after) rows.push(row);
  const recomputed = await recompute(trx, span, site, horizon, { from, to, rows, isPlain: true });
  await recomputeMonths(trx, [recomputed.span], site.zone);
  return [slice(given, 0, start), slice(given, end, given.at.length)].filter(({ at }) => at.length > 0);
}

interface KnownMeter {
  readonly id: number;
  readonly firstAt: number | null;
  readonly says: number;
}

async function openMeter(trx: Trx, key: string): Promise<KnownMeter> {
  const find = () =>
    trx.selectFrom("meter").select(["id", "firstAt", "says"]).where("key", "=", key).executeTakeFirst();
  const known = await find();
  if (known) return known;
  const { role, gapLimitMs } = UNDESCRIBED;
  await trx
    .insertInto("meter")
    .values({ key, role, gapLimitMs })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const made = await find();
  if (!made) throw new Error(`meter ${key} was not kept`);
  return made;
}

/** Since when it speaks, and what of. Beyond what is read here, only what another instance appends meanwhile changes it. */
async function noteMeter(trx: Trx, { id }: KnownMeter, firstAt: number, says: number): Promise<void> {
  const said = says & (SAYS_MORE - 1);
  const meter = await trx
    .selectFrom("meter")
    .select(["firstAt", "says"])
    .where("id", "=", id)
    .executeTakeFirstOrThrow();
  if (meter.firstAt !== null && meter.firstAt <= firstAt && (meter.says | said) === meter.says) return;
  await trx
    .updateTable("meter")
    .set({ firstAt: Math.min(meter.firstAt ?? firstAt, firstAt), says: meter.says | said })
    .where("id", "=", id)
    .execute();
}
