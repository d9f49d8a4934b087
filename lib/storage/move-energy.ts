import type { Transaction } from "kysely";
import type { Sample } from "../energy/quarters";
import { rebuildMeter } from "./adopt-site";
import { dropHorizon, horizonOf, putHorizon, type Horizon } from "./horizon";
import type { RollupSettings } from "./meter-samples";
import { rebuildMonths, recomputeMonths, withoutZone } from "./month-rows";
import { markAnew } from "./reckon-anew";
import { recomputeDirty } from "./rollup";
import { recomputeDays } from "./rollup-rows";
import { SAID, SUMMED, type Schema } from "./schema";

type Trx = Transaction<Schema>;

/**
 * The energy of one meter that is not reckoned any more becomes another's as it is, where both have some as their sum. To be
 * called before their readings are put together.
 */
export async function moveEnergy(trx: Trx, old: number, meter: number, site: RollupSettings): Promise<void> {
  for (const one of [old, meter]) await markAnew(trx, one);
  const [theirs, own] = [await horizonOf(trx, old), await horizonOf(trx, meter)];
  const from = Math.max(theirs.from, own.from);
  if (from === -Infinity) return;
  while (await recomputeDirty(trx, site, [old, meter]));
  for (const left of await withoutZone(trx, [old, meter])) await rebuildMeter(trx, left, site.zone);
  const horizon: Horizon = {
    from,
    quartersFrom: Math.max(theirs.quartersFrom, own.quartersFrom),
    last: newestOf([...theirs.last, ...own.last]),
  };
  await putHorizon(trx, meter, horizon);
  await dropHorizon(trx, old);

  const { first } = await trx
    .selectFrom("quarter")
    .select(({ fn }) => fn.min<number | null>("start").as("first"))
    .where("meter", "=", old)
    .executeTakeFirstOrThrow();
  await moveRows(trx, "quarter", old, meter, from);
  if (horizon.quartersFrom > -Infinity) await moveRows(trx, "day", old, meter, horizon.quartersFrom);
  if (first !== null && first < from) {
    const span = { meter, from: Math.max(first, horizon.quartersFrom), to: from };
    await recomputeDays(trx, span, site.zone, horizon);
  }
  await rebuildMonths(trx, site.zone, meter);
}

function newestOf(samples: readonly Sample[]): Sample[] {
  const sorted = [...samples].sort((a, b) => a.at - b.at);
  const newest = SAID.map((measure) => sorted.findLast((sample) => sample[measure] !== undefined));
  return newest.filter((sample) => sample !== undefined).sort((a, b) => a.at - b.at);
}

async function moveRows(trx: Trx, table: "quarter" | "day", old: number, meter: number, until: number): Promise<void> {
  const rowsOf = (id: number) =>
    trx
      .selectFrom(table)
      .select(["start", "minW", "maxW", ...SUMMED])
      .where("meter", "=", id)
      .where("start", "<", until);
  const theirs = await rowsOf(old)
    .where("start", "in", trx.selectFrom(table).select("start").where("meter", "=", meter).where("start", "<", until))
    .execute();
  for (const { start, minW, maxW, ...sums } of theirs) {
    const own = await rowsOf(meter).where("start", "=", start).executeTakeFirstOrThrow();
    const both = {
      ...Object.fromEntries(SUMMED.map((column) => [column, own[column] + sums[column]])),
      minW: own.minW === null || minW === null ? (own.minW ?? minW) : Math.min(own.minW, minW),
      maxW: own.maxW === null || maxW === null ? (own.maxW ?? maxW) : Math.max(own.maxW, maxW),
    };
    await trx.updateTable(table).set(both).where("meter", "=", meter).where("start", "=", start).execute();
    await trx.deleteFrom(table).where("meter", "=", old).where("start", "=", start).execute();
  }
  await trx.updateTable(table).set({ meter }).where("meter", "=", old).where("start", "<", until).execute();
}

/** Forgets the energy of `[from, to)` of what is not reckoned any more. */
export async function forgetEnergy(
  trx: Trx,
  meter: number,
  range: { readonly from: number; readonly to: number },
  site: RollupSettings,
): Promise<void> {
  const horizon = await horizonOf(trx, meter);
  const oldest = await trx
    .selectFrom("day")
    .select(({ fn }) => fn.min<number | null>("start").as("start"))
    .where("meter", "=", meter)
    .executeTakeFirstOrThrow();
  const [from, to] = [Math.max(range.from, oldest.start ?? Infinity), Math.min(range.to, horizon.from)];
  if (from >= to) return;
  await trx
    .deleteFrom("quarter")
    .where("meter", "=", meter)
    .where("start", ">=", from)
    .where("start", "<", to)
    .execute();
  if (from < horizon.quartersFrom)
    await trx
      .deleteFrom("day")
      .where("meter", "=", meter)
      .where("start", ">=", from)
      .where("end", "<=", Math.min(to, horizon.quartersFrom))
      .execute();
  const first = Math.max(from, horizon.quartersFrom);
  if (first < to) await recomputeDays(trx, { meter, from: first, to }, site.zone, horizon);
  await recomputeMonths(trx, [{ meter, from, to }], site.zone);
}
