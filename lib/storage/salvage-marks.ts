import { QUARTER_MS, quarterOf } from "../energy/quarters";
import { startOfMinute } from "./hot-readings";
import { markQuarters } from "./rollup-rows";
import type { SqlDatabase } from "./sql-database";

const MONTH_MS = 31 * 86_400_000;

/** Has the energy made anew of which the readings came back and the quarter or the day did not. */
export async function markSalvaged(
  transact: SqlDatabase["transact"],
  meters: readonly number[],
  isStopped: () => boolean,
): Promise<void> {
  for (const meter of meters) {
    const span = await transact(async (trx) => {
      const edges = [
        await trx
          .selectFrom("quarter")
          .select(({ fn }) => [fn.min<number | null>("start").as("from"), fn.max<number | null>("start").as("to")])
          .where("meter", "=", meter)
          .executeTakeFirstOrThrow(),
        await trx
          .selectFrom("chunk")
          .select(({ fn }) => [fn.min<number | null>("start").as("from"), fn.max<number | null>("end").as("to")])
          .where("meter", "=", meter)
          .executeTakeFirstOrThrow(),
      ];
      const hot = await trx.selectFrom("reading").select("minute").distinct().where("meter", "=", meter).execute();
      await markQuarters(trx, meter, [...new Set(hot.map(({ minute }) => quarterOf(startOfMinute(minute))))]);
      return {
        from: Math.min(...edges.map(({ from }) => from ?? Infinity)),
        to: Math.max(...edges.map(({ to }) => to ?? -Infinity)),
      };
    });
    for (let from = quarterOf(span.from); from <= span.to && !isStopped(); from += MONTH_MS)
      await markMonth(transact, meter, from);
  }
}

async function markMonth(transact: SqlDatabase["transact"], meter: number, from: number): Promise<void> {
  const to = from + MONTH_MS;
  await transact(async (trx) => {
    const there = await trx
      .selectFrom("quarter")
      .select("start")
      .where("meter", "=", meter)
      .where("start", ">=", from)
      .where("start", "<", to)
      .execute();
    const days = await trx
      .selectFrom("day")
      .select(["start", "end"])
      .where("meter", "=", meter)
      .where("end", ">", from)
      .where("start", "<", to)
      .orderBy("start")
      .execute();
    const chunks = await trx
      .selectFrom("chunk")
      .select(["start", "end"])
      .where("meter", "=", meter)
      .where("start", "<", to)
      .where("start", ">=", from - MONTH_MS)
      .where("end", ">=", from)
      .execute();
    const known = new Set(there.map(({ start }) => start));
    const missing = new Set<number>();
    for (const { start, end } of chunks) {
      for (let quarter = Math.max(from, quarterOf(start)); quarter <= end && quarter < to; quarter += QUARTER_MS)
        if (!known.has(quarter)) missing.add(quarter);
    }
    let day = 0;
    for (const { start } of there) {
      while ((days[day]?.end ?? Infinity) <= start) day += 1;
      if ((days[day]?.start ?? Infinity) > start) missing.add(start);
    }
    await markQuarters(trx, meter, [...missing]);
  });
}
