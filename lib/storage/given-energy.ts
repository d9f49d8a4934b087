import type { Transaction } from "kysely";
import type { Given } from "../energy/given";
import type { MeterSpan } from "./rollup-rows";
import type { IntervalTable, Schema } from "./schema";

type Trx = Transaction<Schema>;

/** No file's interval is longer. */
export const LONGEST_INTERVAL_MS = 32 * 86_400_000;

/** What was given of a meter's time, corrections in the order in which they were made. */
export async function givenIn(trx: Trx, { meter, from, to }: MeterSpan): Promise<Given[]> {
  const intervals = await trx
    .selectFrom("interval")
    .selectAll()
    .where("meter", "=", meter)
    .where("start", ">", from - LONGEST_INTERVAL_MS)
    .where("start", "<", to)
    .where("end", ">", from)
    .execute();
  const corrections = await trx
    .selectFrom("correction")
    .selectAll()
    .where("meter", "=", meter)
    .where("kind", "=", "set")
    .where("undoneAt", "is", null)
    .where("start", "<", to)
    .where("end", ">", from)
    .orderBy("id")
    .execute();
  return [
    ...intervals.map((row) => ({ ...toSpan(row), corrects: false })),
    ...corrections.map((row) => ({ ...toSpan(row), corrects: true })),
  ];
}

/** Where what a meter said does not count. */
export function discardedSpans(trx: Trx, meter: number): Promise<{ start: number; end: number }[]> {
  return trx
    .selectFrom("correction")
    .select(["start", "end"])
    .where("meter", "=", meter)
    .where("kind", "=", "discard")
    .where("undoneAt", "is", null)
    .execute();
}

export function toSpan({ start, end, importWh, exportWh, volumeM3 }: Omit<IntervalTable, "meter">) {
  return {
    from: start,
    to: end,
    ...(importWh !== null && { importWh }),
    ...(exportWh !== null && { exportWh }),
    ...(volumeM3 !== null && { volumeM3 }),
  };
}
