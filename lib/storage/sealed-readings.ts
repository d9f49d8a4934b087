import Database from "better-sqlite3";
import { sql, type Kysely, type Selectable, type SqlBool } from "kysely";
import zlib from "node:zlib";
import { crcOf, openChunk, type Chunk, type OpenChunk } from "./chunk";
import type { ChunkTable, Schema } from "./schema";

type Db = Kysely<Schema>;
export type ChunkRow = Selectable<ChunkTable>;

export const DAY_MS = 86_400_000;

/** No chunk is of two UTC days: none that begins before this one holds anything of `at`. */
export const chunkDay = (at: number): number => Math.floor(at / DAY_MS) * DAY_MS;

/** That a chunk says any of the measures that are bits of `says`. */
const saysAny = (says: number) => sql<SqlBool>`${sql.ref("says")} & ${sql.lit(says)} != 0`;

/** The chunks with something of `[from, to)` in them, by meter and time: those that say any of the measures, where some are named. */
export async function chunksBetween(
  db: Db,
  meters: readonly number[] | undefined,
  from: number,
  to: number,
  says?: number,
): Promise<ChunkRow[]> {
  let select = db
    .selectFrom("chunk")
    .selectAll()
    .where("start", ">=", chunkDay(from))
    .where("start", "<", to)
    .where("end", ">=", from)
    .orderBy("meter")
    .orderBy("start");
  if (meters) select = select.where("meter", "in", meters);
  if (says !== undefined) select = select.where(saysAny(says));
  const chunks = await select.execute();
  // An index that is damaged leads elsewhere.
  if (chunks.some(({ meter, start }) => start >= to || (meters && !meters.includes(meter))))
    throw new Database.SqliteError("the index of chunks leads elsewhere", "SQLITE_CORRUPT_INDEX");
  return chunks;
}

/** The same of one meter, without what is in them: enough to tell whether they are others by now. */
export async function chunkKeys(
  db: Db,
  meter: number,
  from: number,
  to: number,
): Promise<Pick<ChunkRow, "start" | "end" | "crc">[]> {
  return db
    .selectFrom("chunk")
    .select(["start", "end", "crc"])
    .where("meter", "=", meter)
    .where("start", ">=", chunkDay(from))
    .where("start", "<", to)
    .where("end", ">=", from)
    .orderBy("start")
    .execute();
}

/** The nearest instant at or before `edge`, or at or after it, that lies in a chunk of these meters, or of any. */
export async function sealedEdge(
  db: Db,
  side: "before" | "after",
  meters: readonly number[] | undefined,
  edge: number,
  says?: number,
): Promise<number | undefined> {
  let chunks = db.selectFrom("chunk").select(["start", "end"]).limit(1);
  if (meters) chunks = chunks.where("meter", "in", meters);
  if (says !== undefined) chunks = chunks.where(saysAny(says));
  if (side === "before") {
    const last = await chunks.where("start", "<", edge).orderBy("start", "desc").executeTakeFirst();
    return last && Math.min(edge, last.end + 1);
  }
  const within = await chunks
    .where("start", ">=", chunkDay(edge))
    .where("end", ">=", edge)
    .orderBy("start")
    .executeTakeFirst();
  return within && Math.max(edge, within.start);
}

type Key = Pick<ChunkRow, "meter" | "start" | "end" | "count" | "says">;

/** A chunk as it is kept: its check sum holds for what is known of it as well. */
export function toChunkRow(key: Key, chunk: Chunk): ChunkRow {
  const { meter, start, end, count, says } = key;
  return { meter, start, end, count, says, ...chunk, crc: (chunk.crc ^ crcOfKey(key)) >>> 0 };
}

/** What changes when a whole chunk becomes another meter's. */
export function ofMeter(row: ChunkRow, meter: number): Pick<ChunkRow, "meter" | "crc"> {
  const crc = (row.crc ^ crcOfKey(row) ^ crcOfKey({ ...row, meter })) >>> 0;
  return { meter, crc };
}

export function isWhole(row: ChunkRow): boolean {
  return (row.crc ^ crcOfKey(row)) >>> 0 === crcOf(row.codec, row.body);
}

function crcOfKey({ meter, start, end, count, says }: Key): number {
  return zlib.crc32([meter, start, end, count, says].join(" "));
}

/** A chunk that is whole. Throws `storage-damaged` where this Vatio or this Node.js cannot read it. */
export function open(row: ChunkRow): OpenChunk {
  return openChunk({ codec: row.codec, crc: (row.crc ^ crcOfKey(row)) >>> 0, body: row.body });
}

/** The chunks that are whole. Damaged ones are moved to where no query looks, so that they cost only what was in them. */
export async function onlyWhole(db: Db, chunks: readonly ChunkRow[]): Promise<ChunkRow[]> {
  const damaged = chunks.filter((chunk) => !isWhole(chunk));
  if (damaged.length === 0) return [...chunks];
  if (db.isTransaction) await moveDamaged(db, damaged);
  else await db.transaction().execute((trx) => moveDamaged(trx, damaged));
  return chunks.filter((chunk) => !damaged.includes(chunk));
}

async function moveDamaged(db: Db, chunks: readonly ChunkRow[]): Promise<void> {
  for (const chunk of chunks) {
    const moved = await db
      .deleteFrom("chunk")
      .where("meter", "=", chunk.meter)
      .where("start", "=", chunk.start)
      .executeTakeFirst();
    if (moved.numDeletedRows > 0n) await keepDamaged(db, chunk);
  }
}

export async function keepDamaged(db: Db, chunk: ChunkRow): Promise<void> {
  await db
    .insertInto("damaged")
    .values({ ...chunk, foundAt: Date.now() })
    .execute();
}
