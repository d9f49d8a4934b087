import type { Transaction } from "kysely";
import { nextOf, startOf } from "../energy/calendar";
import { withGiven } from "../energy/given";
import { QUARTER_MS, quarterOf, REGISTERS, toQuarters, type Registers, type Sample } from "../energy/quarters";
import { givenIn } from "./given-energy";
import { claimDirty, type ClaimOptions } from "./claim";
import { fillSilent } from "./fill-silent";
import type { Around } from "./hot-readings";
import { horizonsOf, NO_HORIZON, type Horizon } from "./horizon";
import { recomputeMonths } from "./month-rows";
import { openSamples, type MeterSamples, type RollupSettings, type Said } from "./meter-samples";
import {
  markFollowing,
  parseRegisters,
  recomputeDays,
  registersAt,
  replaceFindings,
  replaceQuarters,
  toRegistersText,
  type MeterSpan,
  type Recomputed,
} from "./rollup-rows";
import type { Schema } from "./schema";

type Trx = Transaction<Schema>;

/** What one turn takes on, so that appends and queries get between. */
const QUARTERS_A_TURN = 500;
/** Dirty quarters this close are recomputed in one sweep. */
const SWEEP_GAP_MS = 4 * QUARTER_MS;
const LONGEST_SWEEP_MS = 96 * QUARTER_MS;
/** How many times more is heard of a register until it is certain what became of it. */
const MORE = 16;

/**
 * Recomputes quarters, days and months from the stored readings wherever a reading came, and answers whether any are still dirty.
 * One transaction: what is claimed is done or still dirty. What other instances recompute is waited for, or skipped. What is
 * beyond a meter's horizon stays as it is.
 */
export async function recomputeDirty(
  trx: Trx,
  site: RollupSettings,
  meters?: readonly number[],
  options: ClaimOptions = {},
): Promise<boolean> {
  const claimed = await claimDirty(trx, QUARTERS_A_TURN, meters, options);
  let { more } = claimed;
  const horizons = await horizonsOf(trx, [...new Set(claimed.dirty.map(({ meter }) => meter))]);
  const recomputed: MeterSpan[] = [];
  for (const sweep of toSweeps(claimed.dirty, horizons)) {
    const horizon = horizons.get(sweep.meter) ?? NO_HORIZON;
    // First: a reading that another instance keeps from here on marks its quarter anew.
    await trx
      .deleteFrom("dirty")
      .where("meter", "=", sweep.meter)
      .where("start", ">=", sweep.from)
      .where("start", "<", sweep.to)
      .execute();
    const { span, isFollowed } = await (sweep.from < horizon.from
      ? fillSilent(trx, sweep, site, horizon)
      : recompute(trx, sweep, site, horizon));
    recomputed.push(span);
    more = isFollowed || more;
  }
  await recomputeMonths(trx, recomputed, site.zone);
  return more;
}

/** None is of both sides of a meter's horizon. */
function toSweeps(
  dirty: readonly { meter: number; start: number }[],
  horizons: ReadonlyMap<number, Horizon>,
): MeterSpan[] {
  const sweeps: { meter: number; from: number; to: number }[] = [];
  for (const { meter, start } of dirty) {
    const last = sweeps.at(-1);
    const near = last?.meter === meter && start - last.to <= SWEEP_GAP_MS && start - last.from < LONGEST_SWEEP_MS;
    const { from } = horizons.get(meter) ?? NO_HORIZON;
    if (last && near && last.from < from === start < from) last.to = start + QUARTER_MS;
    else sweeps.push({ meter, from: start, to: start + QUARTER_MS });
  }
  return sweeps;
}

/**
 * Recomputes all that the readings of a span have a say in, which is the time from what was believed before it to what is said
 * next; answers that time, and whether quarters after it have to follow, since more is known at its end than was. `around` is all
 * that is stored of the sweep and of a quarter on either side of it, where that is known.
 */
export async function recompute(
  trx: Trx,
  sweep: MeterSpan,
  site: RollupSettings,
  horizon: Horizon,
  around?: Around,
): Promise<Recomputed> {
  const { meter } = sweep;
  const samples = await openSamples(trx, sweep, site, horizon, around);
  const nexts = await nextSamples(samples, samples.said, sweep.to);
  const reach = withHours(await reachOf(samples, sweep, nexts), samples, site.zone);
  const span = { ...reach, from: Math.max(reach.from, horizon.from) };

  const [startText = null, endText = null] = await registersAt(trx, meter, span.from, span.to);
  const atStart = parseRegisters(startText);
  const rolled = await rollUp(samples, span, atStart, [...nexts.keys()]);

  const given = samples.isGiven ? await givenIn(trx, span) : [];
  await replaceQuarters(trx, span, withGiven(rolled.quarters, span, given, atStart));
  const findings = rolled.findings.filter((finding) => !samples.isTakenIn(finding));
  await replaceFindings(trx, span, findings, samples.isDoubted);
  await recomputeDays(trx, span, site.zone, horizon);
  const isKnown = toRegistersText(rolled.registers) === endText;
  return { span, isFollowed: !isKnown && (await markFollowing(trx, meter, span.to, rolled.nextRegisterAt)) };
}

/** From the last that is believed of each measure before the sweep to the first that is said of each after it. */
async function reachOf(samples: MeterSamples, sweep: MeterSpan, nexts: ReadonlyMap<Said, Sample>): Promise<MeterSpan> {
  const { said, firstAt, rules, saysPower } = samples;
  const known = parseRegisters(samples.registers);
  let first = sweep.from;
  for (const measure of said) {
    const state = measure === "powerW" ? undefined : known[measure];
    // A power is the first to say how long the one before it was held, however long ago that was.
    const oldest = measure !== "powerW" || saysPower ? firstAt : Math.max(firstAt, sweep.from - rules.gapLimitMs);
    const [before] =
      state === undefined ? await samples.nearest(measure, "before", sweep.from, { oldest }) : [state?.base];
    if (before) first = Math.min(first, before.at);
  }
  const last = Math.max(sweep.to - 1, ...[...nexts.values()].map(({ at }) => at));
  return { meter: sweep.meter, from: quarterOf(first), to: quarterOf(last) + QUARTER_MS };
}

/** Where import and export are set off over clock hours, no hour is recomputed in part. */
function withHours(span: MeterSpan, { rules }: MeterSamples, zone: string): MeterSpan {
  if (rules.netting !== "hour") return span;
  const lastHour = startOf("hour", span.to - QUARTER_MS, zone);
  return { ...span, from: startOf("hour", span.from, zone), to: nextOf("hour", lastHour, zone) };
}

interface Rolled extends Pick<ReturnType<typeof toQuarters>, "quarters" | "findings" | "registers"> {
  /** When a register is heard again after the span. */
  readonly nextRegisterAt: number;
}

/** `following` are the measures that are said again after the sweep. */
async function rollUp(
  samples: MeterSamples,
  { from, to }: MeterSpan,
  atStart: Registers,
  following: readonly Said[],
): Promise<Rolled> {
  const { said, firstAt, rules } = samples;
  const before: Sample[] = [];
  for (const measure of said) {
    if (measure !== "powerW" && atStart[measure] !== undefined) continue;
    const oldest = measure === "powerW" ? Math.max(firstAt, from - rules.gapLimitMs) : firstAt;
    before.push(...(await samples.nearest(measure, "before", from, { oldest })));
  }
  before.sort((a, b) => a.at - b.at);
  const inside = await samples.between(from, to);
  const nexts = await nextSamples(samples, following, to);
  const after = new Map([...nexts].map(([measure, sample]) => [measure, [sample]]));

  for (let count = MORE; ; count *= MORE) {
    const beyond = [...after.values()].flat().sort((a, b) => a.at - b.at);
    const rolled = toQuarters([...before, ...inside, ...beyond], rules, atStart, to);
    const unsettled = rolled.unsettled.filter((name) => (after.get(name)?.length ?? 0) >= count / MORE);
    if (unsettled.length === 0) {
      const nextRegisterAt = Math.min(...REGISTERS.map((name) => after.get(name)?.[0]?.at ?? Infinity));
      return { ...rolled, nextRegisterAt };
    }
    for (const name of unsettled) after.set(name, await samples.nearest(name, "after", to, { count }));
  }
}

async function nextSamples(samples: MeterSamples, measures: readonly Said[], edge: number): Promise<Map<Said, Sample>> {
  const nexts = new Map<Said, Sample>();
  for (const measure of measures) {
    const [next] = await samples.nearest(measure, "after", edge);
    if (next) nexts.set(measure, next);
  }
  return nexts;
}
