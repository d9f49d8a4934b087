import type { DraftElectrical, DraftPhase, DraftReading } from "./decoded";
import { put, putElectrical, putPhase, sum } from "./measures";
import type { Target } from "./named-measures";

/** One value of one device, as it came. */
export interface Part {
  readonly target: Target;
  readonly value: number;
  /** 0 for L1. */
  readonly phase?: number;
  /** One register of several. */
  readonly tariff?: string;
}

/** The last value of each part of a device that says them one by one. */
export interface Parts {
  readonly last: Map<string, { readonly value: number; readonly at: number }>;
  /** What the device gives a total of: no sum of phases is made beside it. */
  readonly totals: Set<Target>;
  /** Targets of which every phase has been heard: one came again. */
  readonly whole: Set<Target>;
}

export function makeParts(): Parts {
  return { last: new Map(), totals: new Set(), whole: new Set() };
}

/** Parts that were said longer ago are not of the same time. */
const FRESH_MS = 60_000;
const SUMMED: ReadonlySet<Target> = new Set(["powerW", "powerInW", "powerOutW", "importWh", "exportWh"]);
const OTHER_WAY: Readonly<Partial<Record<Target, Target>>> = { powerInW: "powerOutW", powerOutW: "powerInW" };

/** A device has no more; names of tariffs come from outside. */
const MOST_TARIFFS = 8;

/**
 * The reading that one value makes with what is known: a phase or tariff gives the total, too, where the device says none and
 * all its phases or tariffs are fresh; the two directions of power become one with its sign.
 */
export function assemble(parts: Parts, part: Part, at: number): DraftReading {
  const { target, value, phase, tariff } = part;
  const draft: DraftReading = {};
  if (phase === undefined && tariff === undefined) {
    parts.totals.add(target);
    parts.last.set(target, { value, at });
    putTotal(draft, parts, target, value, at);
    return draft;
  }
  const names = phase === undefined ? tariffsOf(parts, target) : [0, 1, 2].map(String);
  const name = phase === undefined ? `t${tariff}` : String(phase);
  const key = `${target} ${name}`;
  if (phase === undefined && !parts.last.has(key) && names.length >= MOST_TARIFFS) return draft;
  if (parts.last.has(key)) parts.whole.add(target);
  parts.last.set(key, { value, at });
  if (phase !== undefined) putPhase(draft, phase, phasePart(target, value));
  else if (tariff !== undefined) draft.tariffs = [{ name: tariff, [target]: value }];
  if (!SUMMED.has(target) || parts.totals.has(target) || !parts.whole.has(target)) return draft;

  const known = names.map((one) => parts.last.get(`${target} ${one}`)).filter((one) => one !== undefined);
  const total = known.every((one) => isFresh(one, at)) ? sum(known.map((one) => one.value)) : undefined;
  if (total === undefined) return draft;
  parts.last.set(target, { value: total, at });
  putTotal(draft, parts, target, total, at);
  return draft;
}

/** The tariffs that were heard of a register, by their keys. */
function tariffsOf({ last }: Parts, target: Target): string[] {
  const start = `${target} t`;
  return [...last.keys()].filter((key) => key.startsWith(start)).map((key) => key.slice(target.length + 1));
}

function putTotal(draft: DraftReading, parts: Parts, target: Target, value: number, at: number): void {
  const other = OTHER_WAY[target];
  if (other) {
    const opposite = parts.last.get(other);
    const fresh = opposite && isFresh(opposite, at) ? opposite.value : undefined;
    // Only one way at a time: what flows one way says that nothing flows the other way.
    if (fresh === undefined && opposite && value === 0) return;
    const net = sum([value, fresh === undefined ? undefined : -fresh]) ?? 0;
    put(draft, "powerW", target === "powerInW" || net === 0 ? net : -net);
    return;
  }
  if (isOwn(target)) put(draft, target, value);
  else putElectrical(draft, { [target]: value });
}

function isOwn(
  target: Target,
): target is "powerW" | "importWh" | "exportWh" | "volumeM3" | "temperatureC" | "socPercent" {
  return OWN.has(target);
}
const OWN: ReadonlySet<Target> = new Set(["powerW", "importWh", "exportWh", "volumeM3", "temperatureC", "socPercent"]);
const OF_A_PHASE: ReadonlySet<Target> = new Set([
  ...(["powerW", "importWh", "exportWh", "voltageV", "currentA", "powerFactor", "apparentVa", "reactiveVar"] as const),
]);

function phasePart(target: Target, value: number): DraftPhase {
  if (target === "powerInW") return { powerW: value };
  if (target === "powerOutW") return { powerW: value === 0 ? 0 : -value };
  return OF_A_PHASE.has(target) ? { [target]: value } : {};
}

function isFresh(part: { readonly at: number }, at: number): boolean {
  return Math.abs(at - part.at) <= FRESH_MS;
}
