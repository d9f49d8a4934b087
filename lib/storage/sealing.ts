import { sql, type Transaction } from "kysely";
import type { Loser } from "../energy/merge";
import { claimMeter } from "./claim";
import { encodeChunk, encodeColumns, type Chunk } from "./chunk";
import { importedBits, rowsOf, saysOf, slice, type ReadingColumns } from "./reading-columns";
import { hotOf, minuteOf, READING_COLUMNS, startOfMinute } from "./hot-readings";
import type { ReadingTable, Schema } from "./schema";
import { chunkDay, chunksBetween, DAY_MS, onlyWhole, open, toChunkRow, type ChunkRow } from "./sealed-readings";
import { chunkSays, inOneOrder } from "./stored-readings";

type Trx = Transaction<Schema>;

/** Readings in a chunk at most; fewer than half of them wait for the end of their UTC day. */
const MOST_READINGS = 4_096;
const ENOUGH_READINGS = MOST_READINGS / 2;
/** A statement takes no more than so many values. */
const KEYS_A_STATEMENT = 500;

/** Meters and UTC days with readings before `until` that are worth sealing. */
export async function dueForSealing(trx: Trx, until: number): Promise<{ meter: number; day: number }[]> {
  const due: { meter: number; day: number }[] = [];
  const { oldest, newest } = await trx
    .selectFrom("reading")
    .select(({ fn }) => [fn.min<number | null>("minute").as("oldest"), fn.max<number | null>("minute").as("newest")])
    .executeTakeFirstOrThrow();
  if (oldest === null || newest === null) return due;
  const end = Math.min(until, startOfMinute(newest + 1));
  for (let day = chunkDay(startOfMinute(oldest)); day < end; day += DAY_MS) {
    const counts = await trx
      .selectFrom("reading")
      .select(({ fn }) => ["meter", fn.countAll<number>().as("count")])
      .where("minute", ">=", minuteOf(day))
      .where("minute", "<", minuteOf(Math.min(day + DAY_MS, until)))
      .groupBy("meter")
      .execute();
    const isOver = day + DAY_MS <= until;
    for (const { meter, count } of counts) if (isOver || count >= ENOUGH_READINGS) due.push({ meter, day });
  }
  return due;
}

/**
 * Seals what is hot of a meter's UTC day before `until`, together with chunks that it falls into or that have room; nothing
 * while another instance is at the meter.
 */
export async function seal(trx: Trx, meter: number, day: number, until: number): Promise<void> {
  if (!(await claimMeter(trx, meter))) return;
  const hot = await hotOf(trx, meter, day, Math.min(day + DAY_MS, until), "lock");
  const [first, last] = [hot[0], hot.at(-1)];
  if (!first || !last) return;
  const chunks = concerned(await chunksBetween(trx, [meter], day, day + DAY_MS), first.at, last.at);
  const losers: Loss[] = [];
  const rows = inOneOrder(await unpack(trx, chunks), hot, (at, loser) => losers.push({ meter, at, ...loser }));
  await setLosersAside(trx, losers);
  for (const [start, end] of pieces(rows.length)) await pack(trx, meter, rows.slice(start, end));
  await forget(trx, meter, hot);
}

/**
 * Packs readings of one UTC day, of whose time nothing is stored, together with chunks beside them that have room. They are in time
 * order.
 */
export async function packBeside(trx: Trx, meter: number, columns: ReadingColumns): Promise<void> {
  const { at } = columns;
  const [first = NaN, last = NaN] = [at[0], at.at(-1)];
  const day = chunkDay(first);
  if (await hasRoom(trx, meter, day)) {
    const chunks = concerned(await chunksBetween(trx, [meter], day, day + DAY_MS), first, last);
    const rows = inOneOrder(await unpack(trx, chunks), rowsOf(columns, meter));
    for (const [start, end] of pieces(rows.length)) await pack(trx, meter, rows.slice(start, end));
    return;
  }
  for (const [start, end] of pieces(at.length)) {
    const piece = slice(columns, start, end);
    const span = { meter, start: at[start] ?? NaN, end: at[end - 1] ?? NaN, count: end - start, says: saysOf(piece) };
    await keep(trx, span, encodeColumns({ ...piece, imported: importedBits(piece) }));
  }
}

/** Whether a chunk of the day has room; asked without reading what is in them. */
async function hasRoom(trx: Trx, meter: number, day: number): Promise<boolean> {
  const chunk = trx
    .selectFrom("chunk")
    .select("start")
    .where("meter", "=", meter)
    .where("start", ">=", day)
    .where("start", "<", day + DAY_MS)
    .where("count", "<", ENOUGH_READINGS)
    .limit(1);
  return (await chunk.executeTakeFirst()) !== undefined;
}

/** Where so many readings are cut, so that no chunk has too many. */
function pieces(count: number): [start: number, end: number][] {
  const many = Math.ceil(count / MOST_READINGS);
  const edge = (index: number): number => Math.round((index * count) / many);
  return Array.from({ length: many }, (_, piece) => [edge(piece), edge(piece + 1)]);
}

/** The chunks that `[first, last]` falls into, and those beside it that have room. */
function concerned(chunks: readonly ChunkRow[], first: number, last: number): ChunkRow[] {
  const before = chunks.filter(({ end }) => end < first).at(-1);
  const after = chunks.find(({ start }) => start > last);
  const within = chunks.filter(({ start, end }) => start <= last && end >= first);
  const roomy = (chunk: ChunkRow | undefined): ChunkRow[] => (chunk && chunk.count < ENOUGH_READINGS ? [chunk] : []);
  return [...roomy(before), ...within, ...roomy(after)];
}

/** Makes hot again what is sealed of `[from, to)`, and all that is in one chunk with it. */
export async function reopen(trx: Trx, meter: number, from: number, to: number): Promise<void> {
  await putHot(trx, await unpack(trx, await chunksBetween(trx, [meter], from, to)));
}

/** Keeps readings hot, merged with what is hot of the same instants. */
export async function putHot(trx: Trx, rows: readonly ReadingTable[]): Promise<void> {
  const losers: Loss[] = [];
  for (const row of rows) {
    const minute = minuteOf(row.at);
    const there = trx.selectFrom("reading").select(READING_COLUMNS).where("minute", "=", minute);
    const before = await there.where("meter", "=", row.meter).where("at", "=", row.at).executeTakeFirst();
    if (!before) {
      await trx
        .insertInto("reading")
        .values({ minute, ...row })
        .execute();
      continue;
    }
    const [merged] = inOneOrder([before], [row], (at, loser) => losers.push({ meter: row.meter, at, ...loser }));
    await trx
      .updateTable("reading")
      .set({ ...merged })
      .where("minute", "=", minute)
      .where("meter", "=", row.meter)
      .where("at", "=", row.at)
      .execute();
  }
  await setLosersAside(trx, losers);
}

interface Loss extends Loser {
  readonly meter: number;
  readonly at: number;
}

export async function setLosersAside(trx: Trx, losers: readonly Loss[]): Promise<void> {
  for (const { value, ...loser } of losers) {
    await trx
      .insertInto("quarantine")
      .values({ ...loser, value: String(value), reason: "differs" })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }
}

/** Takes chunks of one meter apart: what was in them, in time order. */
async function unpack(trx: Trx, chunks: readonly ChunkRow[]): Promise<ReadingTable[]> {
  const whole = await onlyWhole(trx, chunks);
  for (const { meter, start } of whole) {
    await trx.deleteFrom("chunk").where("meter", "=", meter).where("start", "=", start).execute();
  }
  return whole.flatMap((chunk) =>
    open(chunk)
      .rows()
      .map((row) => ({ meter: chunk.meter, ...row })),
  );
}

async function pack(trx: Trx, meter: number, rows: readonly ReadingTable[]): Promise<void> {
  const [first, last] = [rows[0], rows.at(-1)];
  if (!first || !last) return;
  const span = { meter, start: first.at, end: last.at, count: rows.length, says: chunkSays(rows) };
  await keep(trx, span, encodeChunk(rows));
}

async function keep(trx: Trx, span: Parameters<typeof toChunkRow>[0], chunk: Chunk): Promise<void> {
  await trx.insertInto("chunk").values(toChunkRow(span, chunk)).execute();
}

/** Deletes exactly the readings that were read. */
export async function forget(trx: Trx, meter: number, rows: readonly ReadingTable[]): Promise<void> {
  for (let index = 0; index < rows.length; index += KEYS_A_STATEMENT) {
    const keys = rows.slice(index, index + KEYS_A_STATEMENT).map(({ at }) => at);
    await trx
      .deleteFrom("reading")
      .where("minute", "in", [...new Set(keys.map(minuteOf))])
      .where("meter", "=", meter)
      // Found by minute and meter: SQLite would else look for each instant in each minute.
      .where(sql<number>`+${sql.ref("at")}`, "in", keys)
      .execute();
  }
}
