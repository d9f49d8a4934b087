import type { Kysely } from "kysely";
import { dialectOf } from "./dialect";
import type { ReadingTable, SAID, Schema } from "./schema";

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
const SHORT_MINUTES = 120;

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

const minutesIn = (first: number, count: number): number[] =>
  Array.from({ length: count }, (_, index) => first + index);

async function nextMinute(db: Db, from: number): Promise<number | null> {
  const { minute } = await db
    .selectFrom("reading")
    .select(({ fn }) => fn.min<number | null>("minute").as("minute"))
    .where("minute", ">=", from)
    .executeTakeFirstOrThrow();
  return minute;
}

/** What one meter said in `[from, to)`, in time order. */
export async function hotOf(db: Db, meter: number, from: number, to: number): Promise<ReadingTable[]> {
  return (await hotByMeter(db, [meter], from, to)).get(meter) ?? [];
}

/**
 * What each of these meters said in `[from, to)`, in time order, page by page of what lies together; `lock`: nobody else changes
 * it until this transaction is over.
 */
export async function hotByMeter(
  db: Db,
  meters: readonly number[],
  from: number,
  to: number,
  lock: "lock" | "free" = "free",
): Promise<Map<number, ReadingTable[]>> {
  const isLocked = lock === "lock" && dialectOf(db) !== "sqlite";
  const found = new Map<number, ReadingTable[]>(meters.map((meter) => [meter, []]));
  for await (const { first, count } of looks(db, from, to)) {
    const rows = await hotIn(db, meters, minutesIn(first, count), from, to)
      .select(READING_COLUMNS)
      .$if(isLocked, (select) => select.forUpdate())
      .execute();
    for (const row of rows) found.get(row.meter)?.push(row);
  }
  return found;
}

/** The powers that one meter said in `[from, to)`, in time order. */
export async function hotPowers(db: Db, meter: number, from: number, to: number): Promise<HotPower[]> {
  const found: HotPower[] = [];
  for await (const { first, count } of looks(db, from, to)) {
    const rows = await hotIn(db, [meter], minutesIn(first, count), from, to)
      .select(["at", "powerW"])
      .where("powerW", "is not", null)
      .$narrowType<HotPower>()
      .execute();
    for (const row of rows) found.push(row);
  }
  return found;
}

interface HotPower {
  readonly at: number;
  readonly powerW: number;
}

const hotIn = (db: Db, meters: readonly number[], minutes: readonly number[], from: number, to: number) =>
  db
    .selectFrom("reading")
    .where("minute", "in", minutes)
    .where("meter", "in", meters)
    .where("at", ">=", from)
    .where("at", "<", to)
    .orderBy("minute")
    .orderBy("meter")
    .orderBy("at");

/** What energy is made of; absent is what was not asked for. */
export type EnergyColumn = (typeof SAID)[number] | "more";
export type EnergyRow = Pick<ReadingTable, "at"> & Partial<Pick<ReadingTable, EnergyColumn>>;

/** All that is hot of `[from, to)`, in time order. */
export interface Around {
  readonly from: number;
  readonly to: number;
  readonly rows: readonly EnergyRow[];
  /** Whether the rows have what was said and nothing else. */
  readonly isPlain?: boolean;
}

/** How far beyond a span its neighbours are looked for, and how many of them at most. */
export const LOOK_AROUND_MS = 16 * MINUTE_MS;
const NEIGHBOURS = 8;

/** What is hot of `[from, to)`, in whole minutes, and the nearest few readings on either side of it, in one query. */
export async function hotAround(
  db: Db,
  meter: number,
  from: number,
  to: number,
  columns: readonly EnergyColumn[],
): Promise<Around> {
  const within = (start: number, end: number) =>
    db
      .selectFrom("reading")
      .select<"at" | EnergyColumn>(["at", ...columns])
      .where("minute", "in", minutesIn(minuteOf(start), minuteOf(end) - minuteOf(start)))
      .where("meter", "=", meter);
  const before = within(from - LOOK_AROUND_MS, from)
    .orderBy("minute", "desc")
    .orderBy("at", "desc")
    .limit(NEIGHBOURS);
  const after = within(to, to + LOOK_AROUND_MS)
    .orderBy("minute")
    .orderBy("at")
    .limit(NEIGHBOURS);
  const found: EnergyRow[] = await db
    .selectFrom(before.as("before"))
    .selectAll()
    .unionAll(within(from, to))
    .unionAll(db.selectFrom(after.as("after")).selectAll())
    .execute();
  const rows = found.sort((a, b) => a.at - b.at);
  const [earlier, later] = [rows.filter(({ at }) => at < from), rows.filter(({ at }) => at >= to)];
  // As many as that may not be all.
  return {
    from: earlier.length < NEIGHBOURS ? from - LOOK_AROUND_MS : (earlier[0]?.at ?? from),
    to: later.length < NEIGHBOURS ? to + LOOK_AROUND_MS : (later.at(-1)?.at ?? to) + 1,
    rows,
  };
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
