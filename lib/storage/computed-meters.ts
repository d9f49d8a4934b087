import type { Kysely } from "kysely";
import { partsOf, type Formula, type Part } from "../energy/formula";
import { computedQuarter, type ComputedQuarter } from "../energy/virtual";
import { QUARTER_MS } from "../energy/quarters";
import type { Breath } from "./breath";
import { SUMMED, type Schema } from "./schema";

type Db = Kysely<Schema>;

/** A meter that is computed from others; without parts where its formula goes round in a circle. */
export interface ComputedMeter {
  readonly key: string;
  readonly parts: readonly Part[];
}

export interface ComputedRow extends ComputedQuarter {
  readonly key: string;
  readonly start: number;
}

/** Quarters of parts that are held at a time. */
const ROWS_A_TURN = 20_000;

/** Of these meters, or of all, those that are computed. */
export async function computedMeters(db: Db, keys: readonly string[] | undefined): Promise<ComputedMeter[]> {
  const rows = await db.selectFrom("meter").select(["key", "formula"]).where("formula", "is not", null).execute();
  if (rows.length === 0) return [];
  const formulas = new Map(rows.map(({ key, formula }) => [key, JSON.parse(formula ?? "null") as Formula]));
  const asked = keys && new Set(keys);
  return [...formulas]
    .filter(([key]) => asked?.has(key) ?? true)
    .map(([key, formula]) => ({ key, parts: partsOf(formula, (other) => formulas.get(other)) ?? [] }));
}

/** What these are computed from. */
export function partKeys(meters: readonly ComputedMeter[]): string[] {
  return [...new Set(meters.flatMap(({ parts }) => parts.map(({ meter }) => meter)))];
}

/** The quarters of computed meters in `[from, to)`, or the days, in which any of their parts said something, by start. */
export async function* computedRows(
  db: Db,
  meters: readonly ComputedMeter[],
  from: number,
  to: number,
  table: "quarter" | "day",
  breath: Breath,
): AsyncGenerator<ComputedRow> {
  const keys = partKeys(meters);
  if (keys.length === 0 || from >= to) return;
  const turnMs = Math.max(1, Math.floor(ROWS_A_TURN / keys.length)) * QUARTER_MS;

  const spans = await db
    .selectFrom("meter")
    .select((eb) => {
      const own = eb.selectFrom(table).whereRef(`${table}.meter`, "=", "meter.id");
      return [
        own.select(({ fn }) => fn.min<number>("start").as("start")).as("first"),
        own.select(({ fn }) => fn.max<number>("start").as("start")).as("last"),
      ];
    })
    .where("key", "in", keys)
    .execute();
  const first = Math.min(...spans.map((span) => span.first ?? Infinity));
  const end = Math.min(to, Math.max(...spans.map((span) => span.last ?? -Infinity)) + QUARTER_MS);
  for (let start = Math.max(from, first); start < end; start += turnMs) {
    const rows = await db
      .selectFrom(table)
      .innerJoin("meter", "meter.id", `${table}.meter`)
      .select(["key", "start", ...SUMMED])
      .where("key", "in", keys)
      .where("start", ">=", start)
      .where("start", "<", Math.min(end, start + turnMs))
      .orderBy("start")
      .execute();
    for (const [at, quarters] of Map.groupBy(rows, (row) => row.start)) {
      const byKey = new Map(quarters.map((row) => [row.key, row]));
      for (const { key, parts } of meters) {
        if (!parts.some(({ meter }) => byKey.has(meter))) continue;
        yield { key, start: at, ...computedQuarter(parts, (meter) => byKey.get(meter)) };
      }
    }
    await breath();
  }
}
