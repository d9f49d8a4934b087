import fc from "fast-check";
import type { Sample } from "../../../lib/energy/quarters";
import type { Ruling } from "../../../lib/energy/register";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const START = Date.UTC(2025, 2, 29, 20);

const FAULTS = ["drop", "month off", "reset in a gap", "swap", "spike", "jump", "rollover"] as const;
type Kind = (typeof FAULTS)[number];

/** What a meter went through, from readings every second to readings every day. */
export interface Life {
  readonly stepMs: number;
  readonly steps: number;
  /** True mean power of each step, over and over. */
  readonly powersW: readonly number[];
  /** How far below the truth each reading shows, 0 to 1 of 0.1 kWh, over and over. */
  readonly jitter: readonly number[];
  readonly startWh: number;
  /** Where its register ends, when it gets there. */
  readonly widthWh: number;
  /** What goes wrong, evenly spread over its life. */
  readonly faults: readonly Kind[];
}

export interface Told {
  readonly samples: readonly Sample[];
  /** The swaps that a serial number gave away. */
  readonly rulings: readonly Ruling[];
  /** What the readings let one know of the truth. */
  readonly knownWh: number;
  /** What must be said of it, in time order. */
  readonly flagged: readonly { readonly reason: string; readonly at: number }[];
}

export const life: fc.Arbitrary<Life> = fc.record({
  stepMs: fc.constantFrom(SECOND, 10 * SECOND, MINUTE, 15 * MINUTE, HOUR, DAY),
  steps: fc.integer({ min: 200, max: 400 }),
  powersW: fc.array(fc.integer({ min: 50, max: 3_000 }), { minLength: 1, maxLength: 30 }),
  jitter: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 31 }),
  // Far from where any counter ends, unless that is what is tried.
  startWh: fc.double({ min: 2e7, max: 3e7, noNaN: true }),
  widthWh: fc.constantFrom(2 ** 32, 1e8),
  faults: fc
    .uniqueArray(fc.constantFrom(...FAULTS), { maxLength: 3 })
    // Where a new register ends nobody can tell.
    .filter((kinds) => !kinds.includes("rollover") || !kinds.some((kind) => /swap|reset|jump/.test(kind))),
});

/** What a meter says of its life. */
export function tell({ stepMs, steps, powersW, jitter, startWh, widthWh, faults }: Life): Told {
  // Short steps need many of them for a fault to begin and end.
  const count = Math.max(steps, (20 * MINUTE) / stepMs);
  const placeOf = (index: number): number => Math.floor(((index + 1) / (faults.length + 1)) * count);
  const faultAt = new Map(faults.map((kind, index) => [placeOf(index), kind]));
  const useWh = (index: number, ms: number): number => ((powersW[index % powersW.length] ?? 0) * ms) / HOUR;

  const samples: Sample[] = [];
  const rulings: Ruling[] = [];
  const flagged: { reason: string; at: number }[] = [];
  let at = START;
  let shownWh = faults.includes("rollover") ? widthWh - usedUntil(faults, placeOf, stepMs, useWh) : startWh;
  let knownWh = 0;
  let dropEnds = -Infinity;

  for (let index = 0; index < count; index += 1) {
    const fault = faultAt.get(index);
    const beforeWh = shownWh;
    const offMs = fault === "month off" ? 30 * DAY : fault === "reset in a gap" ? 2 * HOUR : 0;
    at += offMs + stepMs;
    let usedWh = index === 0 ? 0 : useWh(index, stepMs + (fault === "month off" ? offMs : 0));
    if (fault === "swap") {
      rulings.push({ at, path: "*", kind: "swap" });
      shownWh = startWh + 5e6;
      usedWh = 0;
    }
    if (fault === "jump") {
      shownWh += 5e8;
      usedWh = 0;
    }
    // It began anew right after the last reading: nothing is lost.
    if (fault === "reset in a gap") shownWh = 0;
    shownWh += usedWh;
    knownWh += usedWh;
    if (faults.includes("rollover") && shownWh >= widthWh) {
      shownWh -= widthWh;
      flagged.push({ reason: "rollover", at });
    }
    if (fault === "drop") dropEnds = at + MINUTE;

    const next = faultAt.get(index + 1);
    const exact = index === 0 || index === count - 1 || shownWh < 1_000 || [fault, next].some((kind) => isNew(kind));
    const wobbleWh = exact ? 0 : 100 * (jitter[index % jitter.length] ?? 0);
    if (at < dropEnds) samples.push({ at, importWh: 0 });
    else if (fault === "spike") samples.push({ at, importWh: shownWh + 5e8 });
    else samples.push({ at, importWh: shownWh - wobbleWh });
    const reason = { drop: "dip", "reset in a gap": "reset", swap: "swap", spike: "spike", jump: "jump" }[
      fault as string
    ];
    // A fall of 0.1 kWh and less is nothing to tell.
    if (reason && (fault !== "drop" || beforeWh > 100)) flagged.push({ reason, at });
  }
  return { samples, rulings, knownWh, flagged };
}

/** What the register shows has nothing to do with what it showed before. */
function isNew(kind: Kind | undefined): boolean {
  return kind === "swap" || kind === "jump" || kind === "reset in a gap";
}

/** Up to the middle of the step in which the register ends. */
function usedUntil(
  faults: readonly Kind[],
  placeOf: (index: number) => number,
  stepMs: number,
  useWh: (index: number, ms: number) => number,
): number {
  const place = placeOf(faults.indexOf("rollover"));
  const off = faults.includes("month off") ? placeOf(faults.indexOf("month off")) : Infinity;
  let sum = useWh(place, stepMs) / 2;
  for (let index = 1; index < place; index += 1) sum += useWh(index, stepMs + (index === off ? 30 * DAY : 0));
  return sum;
}
