import { sql, type Kysely, type Transaction } from "kysely";
import { unitsIn } from "../energy/calendar";
import { QUARTER_MS, quarterOf, toQuarters, type Quarter, type Sample } from "../energy/quarters";
import { SAID, SUMMED, type QuarterTable, type Schema } from "./schema";

type Db = Kysely<Schema> | Transaction<Schema>;
type Said = (typeof SAID)[number];

/** What one turn takes on, so that appends and queries get between. */
const QUARTERS_A_TURN = 500;
/** Dirty quarters this close are recomputed in one sweep. */
const SWEEP_GAP_MS = 4 * QUARTER_MS;
const LONGEST_SWEEP_MS = 96 * QUARTER_MS;

interface Sweep {
  readonly meter: number;
  readonly from: number;
  to: number;
}

/**
 * Recomputes quarters and days from the stored readings wherever a reading came, and answers whether any are still dirty.
 * One transaction: what is claimed is done or still dirty.
 */
export async function recomputeDirty(
  trx: Transaction<Schema>,
  zone: string,
  meters?: readonly number[],
): Promise<boolean> {
  let query = trx.selectFrom("dirty").select(["meter", "start"]).orderBy("meter").orderBy("start");
  if (meters) query = query.where("meter", "in", meters);
  const dirty = await query.limit(QUARTERS_A_TURN).execute();

  for (const sweep of toSweeps(dirty)) {
    await recompute(trx, sweep, zone);
    await trx
      .deleteFrom("dirty")
      .where("meter", "=", sweep.meter)
      .where("start", ">=", sweep.from)
      .where("start", "<", sweep.to)
      .execute();
  }
  return dirty.length === QUARTERS_A_TURN;
}

/** Days of another zone than the site's are worth nothing: all are summed anew from the quarters. */
export async function rebuildDays(trx: Transaction<Schema>, zone: string): Promise<void> {
  const other = await trx.selectFrom("day").select("zone").where("zone", "!=", zone).limit(1).executeTakeFirst();
  if (!other) return;
  await trx.deleteFrom("day").execute();
  const spans = await trx
    .selectFrom("quarter")
    .select(({ fn }) => ["meter", fn.min<number>("start").as("from"), fn.max<number>("start").as("to")])
    .groupBy("meter")
    .execute();
  for (const { meter, from, to } of spans) await recomputeDays(trx, meter, from, to + QUARTER_MS, zone);
}

function toSweeps(dirty: readonly { meter: number; start: number }[]): Sweep[] {
  const sweeps: Sweep[] = [];
  for (const { meter, start } of dirty) {
    const last = sweeps.at(-1);
    const near = last?.meter === meter && start - last.to <= SWEEP_GAP_MS && start - last.from < LONGEST_SWEEP_MS;
    if (last && near) last.to = start + QUARTER_MS;
    else sweeps.push({ meter, from: start, to: start + QUARTER_MS });
  }
  return sweeps;
}

async function recompute(db: Db, { meter, from, to }: Sweep, zone: string): Promise<void> {
  const known = await db
    .selectFrom("meter")
    .select(["gapLimitMs", "says", "firstAt"])
    .where("id", "=", meter)
    .executeTakeFirstOrThrow();
  const said = SAID.filter((_, bit) => (known.says & (1 << bit)) !== 0);
  const look = { db, meter, said, gapLimitMs: known.gapLimitMs, firstAt: known.firstAt ?? from };

  // A reading speaks of the time up to its neighbours: their quarters change with it. A power is the first to say how long the
  // one before it was held, however long ago that was.
  const saysPower =
    said.includes("powerW") &&
    (await db
      .selectFrom("reading")
      .select("at")
      .where("meter", "=", meter)
      .where("at", ">=", from)
      .where("at", "<", to)
      .where("powerW", "is not", null)
      .limit(1)
      .executeTakeFirst());
  const before = await neighbours(look, "before", from, saysPower ? look.firstAt : undefined);
  const after = await neighbours(look, "after", to);
  const start = quarterOf(Math.min(from, ...before.map(({ at }) => at)));
  const end = quarterOf(Math.max(to - 1, ...after.map(({ at }) => at))) + QUARTER_MS;

  const inside = await db
    .selectFrom("reading")
    .select(["at", ...SAID])
    .where("meter", "=", meter)
    .where("at", ">=", start)
    .where("at", "<", end)
    .orderBy("at")
    .execute();
  const samples = [
    ...(await neighbours(look, "before", start)),
    ...inside.map(toSample),
    ...(await neighbours(look, "after", end)),
  ].sort((a, b) => a.at - b.at);

  const quarters = toQuarters(samples, known.gapLimitMs).filter(
    (quarter) => quarter.start >= start && quarter.start < end,
  );
  await db
    .deleteFrom("quarter")
    .where("meter", "=", meter)
    .where("start", ">=", start)
    .where("start", "<", end)
    .execute();
  for (let index = 0; index < quarters.length; index += 100) {
    const rows = quarters.slice(index, index + 100).map((quarter) => toQuarterRow(meter, quarter));
    await db.insertInto("quarter").values(rows).execute();
  }
  await recomputeDays(db, meter, start, end, zone);
}

interface Look {
  readonly db: Db;
  readonly meter: number;
  readonly said: readonly Said[];
  readonly gapLimitMs: number;
  readonly firstAt: number;
}

/**
 * The nearest reading on one side that says each measure. A power before `edge - gapLimitMs` is not held up to it, so none is
 * looked for before that unless asked to; one after it, however far, tells that the last one was held.
 */
async function neighbours(
  look: Look,
  side: "before" | "after",
  edge: number,
  oldestPower = Math.max(look.firstAt, edge - look.gapLimitMs),
): Promise<Sample[]> {
  const found = new Map<number, Sample>();
  for (const measure of look.said) {
    let query = look.db
      .selectFrom("reading")
      .select(["at", ...SAID])
      .where("meter", "=", look.meter)
      .where(measure, "is not", null);
    if (side === "before") {
      const oldest = measure === "powerW" ? oldestPower : look.firstAt;
      query = query.where("at", "<", edge).where("at", ">=", oldest).orderBy("at", "desc");
    } else {
      query = query.where("at", ">=", edge).orderBy("at");
    }
    const row = await query.limit(1).executeTakeFirst();
    if (row) found.set(row.at, toSample(row));
  }
  return [...found.values()];
}

async function recomputeDays(db: Db, meter: number, from: number, to: number, zone: string): Promise<void> {
  for (const day of unitsIn("day", from, to, zone)) {
    await db
      .deleteFrom("day")
      .where("meter", "=", meter)
      .where("start", ">=", day.from)
      .where("start", "<", day.to)
      .execute();
    await db
      .insertInto("day")
      .columns(["meter", "start", "end", "zone", "minW", "maxW", ...SUMMED])
      .expression(
        db
          .selectFrom("quarter")
          .select(({ fn }) => [
            "meter",
            sql<number>`${day.from}`.as("start"),
            sql<number>`${day.to}`.as("end"),
            sql<string>`${zone}`.as("zone"),
            fn.min("minW").as("minW"),
            fn.max("maxW").as("maxW"),
            ...SUMMED.map((column) => fn.sum<number>(column).as(column)),
          ])
          .where("meter", "=", meter)
          .where("start", ">=", day.from)
          .where("start", "<", day.to)
          .groupBy("meter"),
      )
      .execute();
  }
}

function toQuarterRow(meter: number, quarter: Quarter): QuarterTable {
  return { meter, ...quarter, minW: quarter.minW ?? null, maxW: quarter.maxW ?? null };
}

function toSample(row: { at: number } & Record<Said, number | null>): Sample {
  const sample: { -readonly [Key in keyof Sample]: Sample[Key] } = { at: row.at };
  for (const measure of SAID) {
    const value = row[measure];
    if (value !== null) sample[measure] = value;
  }
  return sample;
}
