import { sql, type Kysely, type Selectable, type SqlBool } from "kysely";
import { openChunk, type OpenChunk } from "./chunk";
import type { ChunkTable, Schema } from "./schema";

type Db = Kysely<Schema>;
export type ChunkRow = Selectable<ChunkTable>;

const DAY_MS = 86_400_000;

/** No chunk is of two UTC days: none that begins before this one holds anything of `at`. */
export const chunkDay = (at: number): number => Math.floor(at / DAY_MS) * DAY_MS;

/** That a chunk says any of the measures that are bits of `says`. */
const saysAny = (says: number) => sql<SqlBool>`${sql.ref("says")} & ${sql.lit(says)} != 0`;

/** The chunks with something of `[from, to)` in them, by meter and time: those that say any of the measures, where some are named. */
export function chunksBetween(
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
  return select.execute();
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

export function open({ codec, crc, body }: Pick<ChunkRow, "codec" | "crc" | "body">): OpenChunk {
  return openChunk({ codec, crc, body });
}
