import { sql, type Transaction } from "kysely";
import { unitsIn } from "../energy/calendar";
import type { MeterSpan } from "./rollup-rows";
import { SUMMED, type Schema } from "./schema";

type Trx = Transaction<Schema>;

/** A statement takes no more than so many values. */
const METERS_A_STATEMENT = 500;

/**
 * Sums up anew the months that any of the spans touches. A month holds what the days that begin in it hold: whoever changes days
 * calls this before the transaction is over, once for all that it changed.
 */
export async function recomputeMonths(trx: Trx, spans: readonly MeterSpan[], zone: string): Promise<void> {
  const months = new Map<number, { readonly from: number; readonly to: number; readonly meters: Set<number> }>();
  for (const { meter, from, to } of spans) {
    for (const month of unitsIn("month", from, to, zone)) {
      const known = months.get(month.from) ?? { ...month, meters: new Set() };
      months.set(month.from, known);
      known.meters.add(meter);
    }
  }
  for (const { from, to, meters } of months.values()) {
    const all = [...meters];
    for (let index = 0; index < all.length; index += METERS_A_STATEMENT)
      await recomputeMonth(trx, all.slice(index, index + METERS_A_STATEMENT), from, to, zone);
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

/** Of all days that there are, or those of one meter, the months in this zone. */
export async function rebuildMonths(trx: Trx, zone: string, meter?: number): Promise<void> {
  let months = trx.deleteFrom("month");
  let days = trx
    .selectFrom("day")
    .select(({ fn }) => ["meter", fn.min<number>("start").as("from"), fn.max<number>("end").as("to")])
    .groupBy("meter");
  if (meter !== undefined) {
    months = months.where("meter", "=", meter);
    days = days.where("meter", "=", meter);
  }
  await months.execute();
  await recomputeMonths(trx, await days.execute(), zone);
}
