import { sql, type Kysely, type Transaction } from "kysely";
import { unitsIn } from "../energy/calendar";
import { VALUES_A_STATEMENT } from "./dialect";
import type { MeterSpan } from "./rollup-rows";
import { SUMMED, type Schema } from "./schema";

type Trx = Transaction<Schema>;

/** The zone of months that are worth nothing until they and their days are made anew: see `adoptZone`. */
export const NO_ZONE = "";

/** Of these meters, or of all, those whose days and months are of no zone. */
export async function withoutZone(db: Kysely<Schema>, meters?: readonly number[]): Promise<number[]> {
  if (meters?.length === 0) return [];
  // All months of a meter are alike in this.
  let select = db
    .selectFrom("meter")
    .select("id")
    .where((eb) => {
      const months = eb.selectFrom("month").select("zone").whereRef("month.meter", "=", "meter.id");
      return eb(months.orderBy("start", "desc").limit(1), "=", NO_ZONE);
    })
    .orderBy("id");
  if (meters) select = select.where("id", "in", meters);
  return (await select.execute()).map(({ id }) => id);
}

/**
 * Sums up anew the months that any of the spans touches. A month holds what the days that begin in it hold: whoever changes days
 * calls this before the transaction is over, once for all that it changed. Months of no zone stay as they are.
 */
export async function recomputeMonths(trx: Trx, spans: readonly MeterSpan[], zone: string): Promise<void> {
  const left = new Set(await withoutZone(trx, [...new Set(spans.map(({ meter }) => meter))]));
  const months = new Map<number, { readonly from: number; readonly to: number; readonly meters: Set<number> }>();
  for (const { meter, from, to } of spans) {
    if (left.has(meter)) continue;
    for (const month of unitsIn("month", from, to, zone)) {
      const known = months.get(month.from) ?? { ...month, meters: new Set() };
      months.set(month.from, known);
      known.meters.add(meter);
    }
  }
  for (const { from, to, meters } of months.values()) {
    const all = [...meters];
    for (let index = 0; index < all.length; index += VALUES_A_STATEMENT)
      await recomputeMonth(trx, all.slice(index, index + VALUES_A_STATEMENT), from, to, zone);
  }
}

async function recomputeMonth(trx: Trx, meters: readonly number[], from: number, to: number, zone: string) {
  await trx.deleteFrom("month").where("meter", "in", meters).where("start", "=", from).execute();
  await trx
    .insertInto("month")
    .columns(["meter", "start", "end", "zone", "minW", "maxW", ...SUMMED])
    .expression(
      trx
        .selectFrom("day")
        .select(({ fn }) => [
          "meter",
          sql<number>`${from}`.as("start"),
          sql<number>`${to}`.as("end"),
          sql<string>`${zone}`.as("zone"),
          fn.min("minW").as("minW"),
          fn.max("maxW").as("maxW"),
          ...SUMMED.map((column) => fn.sum<number>(column).as(column)),
        ])
        .where("meter", "in", meters)
        .where("start", ">=", from)
        .where("start", "<", to)
        .groupBy("meter"),
    )
    .execute();
}

/** Of all days that there are of a meter, the months in this zone. */
export async function rebuildMonths(trx: Trx, zone: string, meter: number): Promise<void> {
  await trx.deleteFrom("month").where("meter", "=", meter).execute();
  const { from, to } = await trx
    .selectFrom("day")
    .select(({ fn }) => [fn.min<number | null>("start").as("from"), fn.max<number | null>("end").as("to")])
    .where("meter", "=", meter)
    .executeTakeFirstOrThrow();
  if (from !== null && to !== null) await recomputeMonths(trx, [{ meter, from, to }], zone);
}
