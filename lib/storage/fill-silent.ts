import type { Transaction } from "kysely";
import { withGiven } from "../energy/given";
import { QUARTER_MS } from "../energy/quarters";
import { givenIn } from "./given-energy";
import type { Horizon } from "./horizon";
import type { RollupSettings } from "./meter-samples";
import {
  parseRegisters,
  putQuarters,
  recomputeDays,
  registersAt,
  type MeterSpan,
  type Recomputed,
} from "./rollup-rows";
import type { Schema } from "./schema";

type Trx = Transaction<Schema>;

/**
 * Beyond a meter's horizon no quarter changes, but one of which there was nothing takes what a file gave of it. Answers that
 * nothing has to follow.
 */
export async function fillSilent(
  trx: Trx,
  { meter, from, to }: MeterSpan,
  { zone }: RollupSettings,
  horizon: Horizon,
): Promise<Recomputed> {
  const span = { meter, from: Math.max(from, horizon.quartersFrom), to };
  const given = span.from < to ? await givenIn(trx, span) : [];
  const done = { span, isFollowed: false };
  if (given.length === 0) return done;
  const rows = await trx
    .selectFrom("quarter")
    .select("start")
    .where("meter", "=", meter)
    .where("start", ">=", span.from)
    .where("start", "<", to)
    .execute();
  const known = new Set(rows.map(({ start }) => start));
  for (let start = span.from; start < to; start += QUARTER_MS) {
    if (known.has(start)) continue;
    const [registers = null] = await registersAt(trx, meter, start, start);
    const quarter = { from: start, to: start + QUARTER_MS };
    await putQuarters(trx, meter, withGiven([], quarter, given, parseRegisters(registers)));
  }
  await recomputeDays(trx, span, zone, horizon);
  return done;
}
