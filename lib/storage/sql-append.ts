import type { Transaction } from "kysely";
import { mergeKept, toKept, type Kept, type Loser } from "../energy/merge";
import { quarterOf } from "../energy/quarters";
import type { Reading } from "../energy/reading";
import { minuteOf } from "./hot-readings";
import { toKeptRow, toRow } from "./reading-row";
import type { ReadingTable, Schema } from "./schema";
import { dropKnown, keepDeliveries } from "./sql-deliveries";
import { noteMeters, openMeters } from "./sql-meters";
import { noteSerials } from "./sql-serial";
import type { SqlDatabase } from "./sql-database";

type Trx = Transaction<Schema>;

/** What two readings of one meter and instant came down to, and what lost on the way. */
interface Gathered {
  readonly at: number;
  readonly meter: number;
  kept: Kept;
  readonly losers: Loser[];
}

/** A statement takes no more than so many rows. */
const ROWS_A_STATEMENT = 500;
const LARGEST_MARK = 2 ** 48;

/**
 * Readings, dirty quarters and deliveries in one transaction, in a few statements for all of a group. Others may write the same
 * database: nothing is known but what the transaction reads, and rows are locked in one order: sessions, meters, readings, marks.
 */
export function makeSqlAppend(transact: SqlDatabase["transact"]): SqlDatabase["append"] {
  return (batches) =>
    transact(async (trx) => {
      const { isNew, heads } = await dropKnown(trx, batches);
      const fresh = batches.filter((_, index) => isNew[index]);
      const readings = fresh.flatMap((batch) => batch.readings.map(storable));
      if (readings.length > 0) await keep(trx, readings);
      await keepDeliveries(trx, fresh, heads);
      return isNew;
    });
}

/** PostgreSQL has no text with a NUL in it, and a name that somebody sends must not stop what others send. */
export const plain = (text: string): string => text.replaceAll("\0", "\uFFFD");

function storable(reading: Reading): Reading {
  const { meter, serial } = reading;
  return { ...reading, meter: plain(meter), ...(serial !== undefined && { serial: plain(serial) }) };
}

async function keep(trx: Trx, readings: readonly Reading[]): Promise<void> {
  const meters = await openMeters(trx, new Set(readings.map(({ meter }) => meter)));
  const known = (key: string) => {
    const meter = meters.get(key);
    if (!meter) throw new Error(`meter ${key} was not kept`);
    return meter;
  };
  const gathered = gather(readings, (key) => known(key).id);

  await noteMeters(trx, [...meters.values()], gathered);
  const dirty = await noteSerials(trx, readings, known);
  for (const part of parts(gathered)) await keepReadings(trx, part);
  for (const { meter, at } of gathered) dirty.push({ meter, start: quarterOf(at) });
  await markDirty(trx, dirty);
}

/** In the order of the key, so that no two transactions wait for each other. */
function gather(readings: readonly Reading[], idOf: (key: string) => number): Gathered[] {
  const byKey = new Map<string, Gathered>();
  for (const reading of readings) {
    const { at } = reading;
    const meter = idOf(reading.meter);
    const kept = toKept(reading);
    const before = byKey.get(`${at} ${meter}`);
    if (before) merge(before, kept);
    else byKey.set(`${at} ${meter}`, { at, meter, kept, losers: [] });
  }
  return [...byKey.values()].sort((a, b) => a.at - b.at || a.meter - b.meter);
}

function merge(gathered: Gathered, other: Kept): void {
  const { losers, ...kept } = mergeKept(gathered.kept, other);
  gathered.kept = kept;
  gathered.losers.push(...losers);
}

async function keepReadings(trx: Trx, gathered: readonly Gathered[]): Promise<void> {
  const { numInsertedOrUpdatedRows: inserted } = await trx
    .insertInto("reading")
    .values(gathered.map(({ at, meter, kept }) => ({ minute: minuteOf(at), meter, at, ...toRow(kept) })))
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirstOrThrow();
  if (Number(inserted) < gathered.length) await mergeStored(trx, gathered);

  const losers = gathered.flatMap(({ meter, at, losers }) =>
    losers.map(({ path, value }) => ({ meter, at, path: plain(path), value: plain(String(value)), reason: "differs" })),
  );
  for (const part of parts(losers)) {
    await trx
      .insertInto("quarantine")
      .values(part)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
}

/** What was there already, and what another instance put there meanwhile; a reading merged with itself stays as it is. */
async function mergeStored(trx: Trx, gathered: readonly Gathered[]): Promise<void> {
  const stored = await trx
    .selectFrom("reading")
    .selectAll()
    .where("minute", "in", [...new Set(gathered.map(({ at }) => minuteOf(at)))])
    .where("meter", "in", [...new Set(gathered.map(({ meter }) => meter))])
    .where("at", "in", [...new Set(gathered.map(({ at }) => at))])
    .orderBy("at")
    .orderBy("meter")
    .forUpdate()
    .execute();
  const byKey = new Map(stored.map((row) => [`${row.at} ${row.meter}`, row]));
  const sealed: Gathered[] = [];
  for (const one of gathered) {
    const row = byKey.get(`${one.at} ${one.meter}`);
    if (!row) {
      sealed.push(one);
      continue;
    }
    merge(one, toKeptRow(row));
    await replaceChanged(trx, row, one.kept);
  }
  // What stood there was sealed while we waited for it: the reading is hot beside its chunk.
  if (sealed.length > 0) await keepReadings(trx, sealed);
}

async function replaceChanged(trx: Trx, before: ReadingTable, kept: Kept): Promise<void> {
  const row = toRow(kept);
  const keys = Object.keys(row) as (keyof typeof row)[];
  if (keys.every((key) => row[key] === before[key])) return;
  await trx
    .updateTable("reading")
    .set(row)
    .where("minute", "=", minuteOf(before.at))
    .where("meter", "=", before.meter)
    .where("at", "=", before.at)
    .execute();
}

/**
 * A mark that is there already is held until this transaction is over, so that whoever recomputes the quarter sees its readings.
 * One that somebody holds may be of who recomputes without them: another is put beside it.
 */
async function markDirty(trx: Trx, marks: readonly { meter: number; start: number }[]): Promise<void> {
  const wanted = new Map(marks.map((mark) => [`${mark.meter} ${mark.start}`, mark]));
  const sorted = [...wanted.values()].sort((a, b) => a.meter - b.meter || a.start - b.start);
  for (const part of parts(sorted)) {
    const held = await trx
      .selectFrom("dirty")
      .select(["meter", "start"])
      .where("meter", "in", [...new Set(part.map(({ meter }) => meter))])
      .where("start", "in", [...new Set(part.map(({ start }) => start))])
      .forUpdate()
      .skipLocked()
      .execute();
    for (const { meter, start } of held) wanted.delete(`${meter} ${start}`);
  }
  const mark = Math.floor(Math.random() * LARGEST_MARK);
  const missing = [...wanted.values()].map(({ meter, start }) => ({ meter, start, mark }));
  for (const part of parts(missing)) await trx.insertInto("dirty").values(part).execute();
}

function* parts<Item>(items: readonly Item[]): Generator<readonly Item[]> {
  for (let index = 0; index < items.length; index += ROWS_A_STATEMENT) {
    yield items.slice(index, index + ROWS_A_STATEMENT);
  }
}
