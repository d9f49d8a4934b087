import { rolledOverWh } from "./rollover";

/** What a register said. */
export interface Point {
  readonly at: number;
  /** In the register's unit, Wh or m³. */
  readonly value: number;
}

/** What a register's meter can do; volumes are weighed by what they count as. */
export interface Limits {
  /** Wh of one unit of the register. */
  readonly whPerUnit: number;
  readonly maxPowerW: number;
  /** Where the register begins again at 0, in its unit; inferred when absent. */
  readonly rollover?: number;
}

/** What a fall or a jump that is real comes down to. */
export interface Judgement {
  /** What is counted for the time up to the first value; absent where nobody knows. */
  readonly amount?: number;
  readonly inferred?: true;
  /** Absent where there is nothing to tell. */
  readonly reason?: "jump" | "reset" | "rollover";
  /** It needs no person. */
  readonly noted: boolean;
  /** What is counted, or would be if a person believed it. */
  readonly stake?: number | undefined;
}

const HOUR_MS = 3_600_000;
/**
 * Two sources that round differently make a register fall by as much as the last digit of a kWh display, 0.1 kWh. A rise by the
 * same on top of what the meter can carry is let pass: it falls back as jitter, so it is counted early and never twice.
 */
const JITTER_WH = 100;
/** What a register counts in when both of its values are multiples of it: display digits of a kWh, and of a plant's MWh. */
const GRAINS_WH = [1e6, 1e5, 1e4, 1e3] as const;
/** Registers that move once an hour are read every second, and a device forgets up to an hour when it restarts. */
const BATCH_MS = HOUR_MS;

/** Whether the register can have gone from one value to the other: up by no more than it can carry, or down by mere jitter. */
export function reaches(from: Point, to: Point, limits: Limits): boolean {
  const riseWh = (to.value - from.value) * limits.whPerUnit;
  if (riseWh >= 0 && riseWh <= capWh(limits, to.at - from.at)) return true;
  // Nothing at all is no jitter: it is where a register begins.
  if (riseWh < 0 && to.value === 0) return false;
  return Math.abs(riseWh) <= Math.max(JITTER_WH, grainWh(from.value, to.value, limits.whPerUnit));
}

/** A fall that nobody needs to hear of. */
export function isSmallFall(base: Point, low: Point, { whPerUnit }: Limits): boolean {
  return low.value <= base.value && (base.value - low.value) * whPerUnit <= JITTER_WH;
}

/** A rise that will be believed when it lasts. */
export function isBatch(base: Point, high: Point, limits: Limits): boolean {
  return (high.value - base.value) * limits.whPerUnit <= capWh(limits, Math.max(high.at - base.at, BATCH_MS));
}

/** What a register that fell has counted since it began anew: its value, unless it fell by less than half. */
export function countedSince(base: Point, low: Point): number | undefined {
  return low.value >= 0 && low.value <= base.value - low.value ? low.value : undefined;
}

/** Judges a contradiction that is real: it lasted, or a person accepts it. */
export function judge(base: Point, first: Point, limits: Limits, accepted: boolean): Judgement {
  const { whPerUnit } = limits;
  const cap = capWh(limits, first.at - base.at);
  if (first.value > base.value) {
    const rise = first.value - base.value;
    if (isBatch(base, first, limits)) return { amount: rise, noted: true };
    return { ...(accepted && { amount: rise }), reason: "jump", noted: false, stake: rise };
  }

  const widthWh = limits.rollover === undefined ? undefined : limits.rollover * whPerUnit;
  const rolledWh = rolledOverWh(base.value * whPerUnit, first.value * whPerUnit, widthWh);
  if (rolledWh !== undefined && rolledWh <= cap) {
    const amount = rolledWh / whPerUnit;
    return { amount, inferred: true, reason: "rollover", noted: true, stake: amount };
  }
  const stake = countedSince(base, first);
  const plausible = stake !== undefined && stake * whPerUnit <= cap;
  if (stake !== undefined && (plausible || accepted)) {
    return { amount: stake, inferred: true, reason: "reset", noted: plausible, stake };
  }
  // A device that restarts goes on from what it last saved.
  const forgot = stake === undefined && (base.value - first.value) * whPerUnit <= capWh(limits, BATCH_MS);
  return { reason: "reset", noted: forgot, stake };
}

/** What can have passed in a time. */
function capWh({ maxPowerW }: Limits, ms: number): number {
  return (maxPowerW * ms) / HOUR_MS + JITTER_WH;
}

/** The last digit of a register that shows few; 0 where it shows more than whole kWh. From 0 nobody can tell. */
function grainWh(a: number, b: number, whPerUnit: number): number {
  if (a === 0 || b === 0) return 0;
  return GRAINS_WH.find((grain) => isMultiple((a * whPerUnit) / grain) && isMultiple((b * whPerUnit) / grain)) ?? 0;
}

const isMultiple = (times: number): boolean => Math.abs(times - Math.round(times)) < 1e-9;
