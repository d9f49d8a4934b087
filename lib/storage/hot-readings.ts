import type { Kysely } from "kysely";
import { dialectOf } from "./dialect";
import type { ReadingTable, Schema } from "./schema";

type Db = Kysely<Schema>;

const MINUTE_MS = 60_000;
export const READING_COLUMNS = [
  "at",
  "meter",
  "powerW",
  "importWh",
  "exportWh",
  "volumeM3",
  "more",
  "imported",
] as const;
/** What one look lists of the minutes: a day. */
const MINUTES_A_LOOK = 1_440;
/** Shorter spans are looked at without asking first whether there is anything. */
const SHORT_MINUTES = 60;

/**
 * Hot readings lie by minute, then by meter: what comes is added near the end of the table, and what one meter said of a
 * quarter is found without reading the others.
 */
export const minuteOf = (at: number): number => Math.floor(at / MINUTE_MS);
export const startOfMinute = (minute: number): number => minute * MINUTE_MS;

/** The minutes in `[from, to)` in which anything is hot, a look at a time. */
async function* looks(db: Db, from: number, to: number): AsyncGenerator<{ first: number; count: number }> {
  let first = minuteOf(from);
  const end = minuteOf(to - 1) + 1;
  while (first < end) {
    if (end - first > SHORT_MINUTES) {
      const next = await nextMinute(db, first);
      if (next === null || next >= end) return;
      first = next;
    }
    const count = Math.min(end - first, MINUTES_A_LOOK);
    yield { first, count };
    first += count;
  }
}

async function nextMinute(db: Db, from: number): Promise<number | null> {
  const { minute } = await db
    .selectFrom("reading")
    .select(({ fn }) => fn.min<number | null>("minute").as("minute"))
    .where("minute", ">=", from)
    .executeTakeFirstOrThrow();
  return minute;
}

/** What one meter said in `[from, to)`, in time order; `lock`: nobody else changes it until this transaction is over. */
export async function hotOf(
  db: Db,
  meter: number,
  from: number,
  to: number,
  lock: "lock" | "free" = "free",
): Promise<ReadingTable[]> {
  const isLocked = lock === "lock" && dialectOf(db) !== "sqlite";
  const found: ReadingTable[] = [];
  for await (const { first, count } of looks(db, from, to)) {
    const minutes = Array.from({ length: count }, (_, index) => first + index);
    const rows = await db
      .selectFrom("reading")
      .select(READING_COLUMNS)
      .where("minute", "in", minutes)
      .where("meter", "=", meter)
      .where("at", ">=", from)
      .where("at", "<", to)
      .orderBy("at")
      .$if(isLocked, (select) => select.forUpdate())
      .execute();
    for (const row of rows) found.push(row);
  }
  return found;
}

/** What these meters said in `[from, to)`, or all of them, in time order. */
export async function hotBetween(
  db: Db,
  meters: readonly number[] | undefined,
  from: number,
  to: number,
): Promise<ReadingTable[]> {
  const [only, ...others] = meters ?? [];
  if (only !== undefined && others.length === 0) return hotOf(db, only, from, to);
  let select = db
    .selectFrom("reading")
    .select(READING_COLUMNS)
    .where("minute", ">=", minuteOf(from))
    .where("minute", "<=", minuteOf(to - 1))
    .where("at", ">=", from)
    .where("at", "<", to)
    .orderBy("at");
  if (meters) select = select.where("meter", "in", meters);
  return select.execute();
}

/** The nearest end of a minute at or before `edge`, or start of one at or after it, in which any meter's reading is hot. */
export async function hotEdge(db: Db, side: "before" | "after", edge: number): Promise<number | undefined> {
  if (side === "after") {
    const next = await nextMinute(db, minuteOf(edge));
    return next === null ? undefined : Math.max(edge, startOfMinute(next));
  }
  const { minute } = await db
    .selectFrom("reading")
    .select(({ fn }) => fn.max<number | null>("minute").as("minute"))
    .where("minute", "<=", minuteOf(edge - 1))
    .executeTakeFirstOrThrow();
  return minute === null ? undefined : Math.min(edge, startOfMinute(minute + 1));
}
