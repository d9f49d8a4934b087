import { sql, type Transaction } from "kysely";
import type { Loser } from "../energy/merge";
import { claimMeter } from "./claim";
import { dialectOf, VALUES_A_STATEMENT, type Dialect } from "./dialect";
import { encodeChunk, encodeColumns, type Chunk } from "./chunk";
import { importedBits, rowsOf, saysOf, slice, type ReadingColumns } from "./reading-columns";
import { hotByMeter, minuteOf, READING_COLUMNS, startOfMinute } from "./hot-readings";
import type { ReadingTable, Schema } from "./schema";
import { chunkDay, chunksBetween, DAY_MS, onlyWhole, open, toChunkRow, type ChunkRow } from "./sealed-readings";
import type { SqlDatabase } from "./sql-database";
import { chunkSays, inOneOrder } from "./stored-readings";

type Trx = Transaction<Schema>;

/** Readings in a chunk at most; fewer than half of them wait for the end of their UTC day. */
const MOST_READINGS = 4_096;
const ENOUGH_READINGS = MOST_READINGS / 2;
/** What one transaction seals, so that appends and queries get between. */
const READINGS_A_TURN = 50_000;

/** What is due: a meter's readings of a UTC day. */
interface Due {
  readonly meter: number;
  readonly day: number;
  readonly count: number;
}

/** Seals what is worth it of before `until`, some meters a turn, and answers how many meters' days that were. */
export async function sealDue(
  { db, transact }: Pick<SqlDatabase, "db" | "transact">,
  until: number,
  isClosed: () => boolean,
): Promise<number> {
  let sealed = 0;
  let restMs = 0;
  for (const turn of turnsOf(await transact((trx) => dueForSealing(trx, until)), dialectOf(db))) {
    // What comes meanwhile has as much time.
    await new Promise((resolve) => setTimeout(resolve, restMs));
    if (isClosed()) break;
    const startedAt = performance.now();
    await transact((trx) => seal(trx, turn, until));
    restMs = performance.now() - startedAt;
    sealed += turn.length;
  }
  return sealed;
}

/** Meters and UTC days with readings before `until` that are worth sealing. */
async function dueForSealing(trx: Trx, until: number): Promise<Due[]> {
  const due: Due[] = [];
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
      .orderBy("meter")
      .execute();
    const isOver = day + DAY_MS <= until;
    for (const { meter, count } of counts) if (isOver || count >= ENOUGH_READINGS) due.push({ meter, day, count });
  }
  return due;
}

/**
 * What is sealed in one transaction. In a file the readings of all meters lie together by minute: sealed one meter at a time, each
 * page of a day would be written once for every meter. On a server meters are held for as short as can be.
 */
function turnsOf(due: readonly Due[], dialect: Dialect): Due[][] {
  const turns: Due[][] = [];
  let room = 0;
  for (const one of due) {
    const last = turns.at(-1);
    if (last?.[0]?.day === one.day && one.count <= room) last.push(one);
    else {
      turns.push([one]);
      room = dialect === "sqlite" ? READINGS_A_TURN : 0;
    }
    room -= one.count;
  }
  return turns;
}

/**
 * Seals what is hot of one UTC day of these meters before `until`, together with chunks that it falls into or that have room; not
 * of those that another instance is at.
 */
async function seal(trx: Trx, due: readonly Due[], until: number): Promise<void> {
  const [day = NaN] = due.map((one) => one.day);
  const claimed: number[] = [];
  for (const { meter } of due) if (await claimMeter(trx, meter)) claimed.push(meter);
  const hot = await hotByMeter(trx, claimed, day, Math.min(day + DAY_MS, until), "lock");
  for (const [meter, readings] of hot) {
    const [first, last] = [readings[0], readings.at(-1)];
    if (!first || !last) continue;
    const chunks = concerned(await chunksBetween(trx, [meter], day, day + DAY_MS), first.at, last.at);
    const losers: Loss[] = [];
    const rows = inOneOrder(await unpack(trx, chunks), readings, (at, loser) => losers.push({ meter, at, ...loser }));
    await setLosersAside(trx, losers);
    for (const [start, end] of pieces(rows.length)) await pack(trx, meter, rows.slice(start, end));
  }
  if (dialectOf(trx) === "sqlite") await forgetTogether(trx, hot, until);
  else for (const [meter, readings] of hot) await forget(trx, meter, readings);
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
  for (let index = 0; index < rows.length; index += VALUES_A_STATEMENT) {
    const keys = rows.slice(index, index + VALUES_A_STATEMENT).map(({ at }) => at);
    await trx
      .deleteFrom("reading")
      .where("minute", "in", [...new Set(keys.map(minuteOf))])
      .where("meter", "=", meter)
      // Found by minute and meter: SQLite would else look for each instant in each minute.
      .where(sql<number>`+${sql.ref("at")}`, "in", keys)
      .execute();
  }
}

/** The same of several meters, whose readings before `until` were all read, where nobody else can have added any meanwhile. */
async function forgetTogether(
  trx: Trx,
  read: ReadonlyMap<number, readonly ReadingTable[]>,
  until: number,
): Promise<void> {
  const minutes = [...new Set([...read.values()].flatMap((rows) => rows.map(({ at }) => minuteOf(at))))];
  minutes.sort((a, b) => a - b);
  for (let index = 0; index < minutes.length; index += VALUES_A_STATEMENT)
    await trx
      .deleteFrom("reading")
      .where("minute", "in", minutes.slice(index, index + VALUES_A_STATEMENT))
      .where("meter", "in", [...read.keys()])
      .where("at", "<", until)
      .execute();
}
