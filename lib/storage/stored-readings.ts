import type { Kysely } from "kysely";
import { mergeKept, type Loser } from "../energy/merge";
import type { Breath } from "./breath";
import { hotBetween, hotEdge } from "./hot-readings";
import { toKeptRow, toRow } from "./reading-row";
import { SAYS_MORE, SAID, type ReadingTable, type Schema } from "./schema";
import { chunksBetween, onlyWhole, open, sealedEdge } from "./sealed-readings";

type Db = Kysely<Schema>;

/** What a look for the nearest reading takes on at first, and at most. */
const FIRST_LOOK_MS = 16 * 60_000;
const LONGEST_LOOK_MS = 86_400_000;
/** What a look for all that was said in order begins with: a site may have many meters. */
const SHORT_LOOK_MS = 60_000;
/** A look that finds more is long enough. */
const MANY = 2_000;

/**
 * What these meters said in `[from, to)`, or all of them, hot and sealed as one: by meter, each in time order. `says` leaves out
 * chunks that say none of its measures.
 */
export async function readingsBetween(
  db: Db,
  meters: readonly number[] | undefined,
  from: number,
  to: number,
  says?: number,
): Promise<Map<number, ReadingTable[]>> {
  const found = new Map<number, ReadingTable[]>();
  if (from >= to) return found;
  const rowsOf = (meter: number): ReadingTable[] => {
    const rows = found.get(meter) ?? [];
    found.set(meter, rows);
    return rows;
  };
  // Hot ones first: what is sealed meanwhile is read twice, and merged with itself.
  const hot = await hotBetween(db, meters, from, to);
  for (const chunk of await onlyWhole(db, await chunksBetween(db, meters, from, to, says))) {
    const rows = rowsOf(chunk.meter);
    for (const row of open(chunk).rows(from, to)) rows.push({ meter: chunk.meter, ...row });
  }
  const sealed = new Map([...found].map(([meter, rows]) => [meter, rows.length]));
  for (const row of hot) rowsOf(row.meter).push(row);
  // What is hot mostly comes after what is sealed; where it does not, both are put in one order.
  for (const [meter, rows] of found) {
    const count = sealed.get(meter) ?? 0;
    const [last, next] = [rows[count - 1], rows[count]];
    if (last && next && next.at <= last.at) found.set(meter, inOneOrder(rows.slice(0, count), rows.slice(count)));
  }
  return found;
}

/** What one meter said in `[from, to)`, in time order. */
export async function readingsOf(
  db: Db,
  meter: number,
  from: number,
  to: number,
  says?: number,
): Promise<readonly ReadingTable[]> {
  return (await readingsBetween(db, [meter], from, to, says)).get(meter) ?? [];
}

export async function readingAt(db: Db, meter: number, at: number): Promise<ReadingTable | undefined> {
  return (await readingsOf(db, meter, at, at + 1))[0];
}

/**
 * What a meter said before `edge`, newest first, or from it on, oldest first. `says` names the measures that are looked for, as
 * bits of a chunk's `says`.
 */
export async function* readingsFrom(
  db: Db,
  meter: number,
  side: "before" | "after",
  edge: number,
  says: number,
  oldest = -Infinity,
): AsyncGenerator<ReadingTable> {
  let look = FIRST_LOOK_MS;
  for (let next: number | undefined = edge; next !== undefined && next > oldest;) {
    const [from, to]: [number, number] =
      side === "before" ? [Math.max(oldest, next - look), next] : [next, next + look];
    const rows = await readingsOf(db, meter, from, to, says);
    yield* side === "before" ? rows.toReversed() : rows;
    look = Math.min(8 * look, LONGEST_LOOK_MS);
    next = side === "before" ? from : to;
    if (rows.length === 0) next = await edgeOf(db, side, [meter], next, says);
  }
}

/** What these meters said, or all of them, in time order or against it. */
export async function* readingsInOrder(
  db: Db,
  { from, to, newestFirst = false }: { readonly from: number; readonly to: number; readonly newestFirst?: boolean },
  meters: readonly number[] | undefined,
  breath: Breath,
): AsyncGenerator<ReadingTable> {
  const side = newestFirst ? "before" : "after";
  let look = SHORT_LOOK_MS;
  for (let next: number | undefined = newestFirst ? to : from; next !== undefined && next >= from && next <= to;) {
    const [start, end]: [number, number] = newestFirst
      ? [Math.max(from, next - look), next]
      : [next, Math.min(to, next + look)];
    const rows = [...(await readingsBetween(db, meters, start, end)).values()].flat();
    yield* rows.sort(newestFirst ? (a, b) => b.at - a.at : (a, b) => a.at - b.at);
    await breath();
    if (newestFirst ? start === from : end === to) return;
    look = rows.length > MANY ? look : Math.min(4 * look, LONGEST_LOOK_MS);
    next = newestFirst ? start : end;
    if (rows.length === 0) next = await edgeOf(db, side, meters, next);
  }
}

/** The nearest instant at which there may be a reading. */
async function edgeOf(
  db: Db,
  side: "before" | "after",
  meters: readonly number[] | undefined,
  edge: number,
  says?: number,
): Promise<number | undefined> {
  const [hot, sealed] = [await hotEdge(db, side, edge), await sealedEdge(db, side, meters, edge, says)];
  const edges = [hot, sealed].filter((at) => at !== undefined);
  if (edges.length === 0) return undefined;
  return side === "before" ? Math.max(...edges) : Math.min(...edges);
}

/** The bits of a chunk's `says`. */
export function chunkSays(rows: readonly Pick<ReadingTable, (typeof SAID)[number] | "more">[]): number {
  return SAID.reduce(
    (bits, measure, bit) => (rows.some((row) => row[measure] !== null) ? bits | (1 << bit) : bits),
    rows.some(({ more }) => more !== null) ? SAYS_MORE : 0,
  );
}

/** Two runs of one meter's readings, each in time order, as one; what stands in both is merged. */
export function inOneOrder(
  a: readonly ReadingTable[],
  b: readonly ReadingTable[],
  onLoser?: (at: number, loser: Loser) => void,
): ReadingTable[] {
  const rows: ReadingTable[] = [];
  for (const row of [...a, ...b].sort((x, y) => x.at - y.at)) {
    const last = rows.at(-1);
    if (last?.at !== row.at) {
      rows.push(row);
      continue;
    }
    const merged = mergeKept(toKeptRow(last), toKeptRow(row));
    rows[rows.length - 1] = { at: row.at, meter: row.meter, ...toRow(merged) };
    for (const loser of merged.losers) onLoser?.(row.at, loser);
  }
  return rows;
}
