import type { Selectable, Transaction } from "kysely";
import { asError, EnergyError } from "../errors";
import { horizonsOf, NO_HORIZON } from "./horizon";
import type { Verified } from "./maintenance-store";
import type { RollupSettings } from "./meter-samples";
import { recomputeDirty } from "./rollup";
import { markKnown } from "./rollup-rows";
import type { Schema } from "./schema";
import type { SqlDatabase } from "./sql-database";

type Trx = Transaction<Schema>;
type QuarterRow = Selectable<Schema["quarter"]>;

const MONTH_MS = 31 * 86_400_000;
const MOST_EXAMPLES = 100;
/** Sums of floating-point numbers that were added in another order. */
const TOLERANCE = 1e-6;

/** Reckons what each meter's readings say anew, a month at a time, and compares; what is beyond its horizon nobody can know. */
export async function verifyAll(
  { db, transact }: SqlDatabase,
  site: RollupSettings,
  repair: boolean,
): Promise<Verified> {
  const meters = await db.selectFrom("meter").select(["id", "key"]).execute();
  let [quarters, wrong] = [0, 0];
  const examples: { meter: string; start: number }[] = [];
  const horizons = await horizonsOf(db);
  for (const { id, key } of meters) {
    const horizon = horizons.get(id) ?? NO_HORIZON;
    const { first, last } = await db
      .selectFrom("quarter")
      .select(({ fn }) => [fn.min<number | null>("start").as("first"), fn.max<number | null>("start").as("last")])
      .where("meter", "=", id)
      .executeTakeFirstOrThrow();
    if (first === null || last === null) continue;
    for (let from = Math.max(first, horizon.from); from <= last; from += MONTH_MS) {
      const checked = await attempt(transact, repair, (trx) => verifyMonth(trx, id, from, from + MONTH_MS, site));
      quarters += checked.quarters;
      wrong += checked.wrong.length;
      for (const start of checked.wrong) if (examples.length < MOST_EXAMPLES) examples.push({ meter: key, start });
    }
  }
  const { damaged } = await db
    .selectFrom("damaged")
    .select(({ fn }) => fn.countAll().as("damaged"))
    .executeTakeFirstOrThrow();
  return { meters: meters.length, quarters, wrong, damaged: Number(damaged), examples };
}

async function verifyMonth(trx: Trx, meter: number, from: number, to: number, site: RollupSettings) {
  const rows = (): Promise<QuarterRow[]> =>
    trx
      .selectFrom("quarter")
      .selectAll()
      .where("meter", "=", meter)
      .where("start", ">=", from)
      .where("start", "<", to)
      .orderBy("start")
      .execute();
  // What is dirty is not wrong: it is not yet reckoned.
  while (await recomputeDirty(trx, site, [meter]));
  const before = new Map((await rows()).map((row) => [row.start, row]));
  await markKnown(trx, meter, { from, to });
  while (await recomputeDirty(trx, site, [meter]));
  const after = new Map((await rows()).map((row) => [row.start, row]));
  const starts = [...new Set([...before.keys(), ...after.keys()])].sort((a, b) => a - b);
  return { quarters: starts.length, wrong: starts.filter((start) => !isAlike(before.get(start), after.get(start))) };
}

function isAlike(a: QuarterRow | undefined, b: QuarterRow | undefined): boolean {
  if (!a || !b) return a === b;
  return (Object.keys(a) as (keyof QuarterRow)[]).every((column) => {
    const [x, y] = [a[column], b[column]];
    return typeof x === "number" && typeof y === "number"
      ? Math.abs(x - y) <= TOLERANCE * Math.max(1, Math.abs(x))
      : x === y;
  });
}

/** What the work answers, with its effect or without. */
export async function attempt<T>(
  transact: SqlDatabase["transact"],
  keep: boolean,
  work: (trx: Trx) => Promise<T>,
): Promise<T> {
  let done: { readonly value: T } | undefined;
  try {
    return await transact(async (trx) => {
      const value = await work(trx);
      if (keep) return value;
      done = { value };
      throw new EnergyError("invalid-query", "only tried");
    });
  } catch (error) {
    if (done) return done.value;
    throw asError(error);
  }
}
