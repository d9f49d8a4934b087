import type { DraftPhase, DraftReading } from "./decoded";
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

/** What a device that says its values one by one has said last. */
export interface Parts {
  /** By target, with the phase or tariff behind it. */
  readonly last: Map<string, { readonly value: number; readonly at: number }>;
  /** What the device gives a total of: no sum is made beside it. */
  readonly totals: Set<Target>;
  /** Targets of which every phase or tariff has been heard: one came again, or several came at once. */
  readonly whole: Set<Target>;
}

export function makeParts(): Parts {
  return { last: new Map(), totals: new Set(), whole: new Set() };
}

/** Parts that were said longer ago are not of the same time. */
const FRESH_MS = 60_000;
/** A register stands still where nothing flows. */
const FRESH_REGISTER_MS = 3_600_000;
/** A device has no more; names of tariffs come from outside. */
const MOST_TARIFFS = 8;
const SUMMED: ReadonlySet<Target> = new Set(["powerW", "powerInW", "powerOutW", "importWh", "exportWh"]);

/**
 * The reading that these values make with what is known of their device: phases or tariffs give the total, too, where the
 * device says none and all of them are fresh; the two directions of power become one with its sign.
 */
export function assembleAll(parts: Parts, said: readonly Part[], at: number): DraftReading {
  const draft: DraftReading = {};
  const heard = said.filter((part) => remember(parts, part, at));
  for (const { target, value, phase, tariff } of heard) {
    if (phase !== undefined) putPhase(draft, phase, phasePart(target, value));
    else if (tariff !== undefined) putTariff(draft, tariff, target, value);
  }
  for (const target of new Set(heard.map((part) => part.target))) {
    if (heard.filter((part) => part.target === target && keyOf(part) !== target).length > 1) parts.whole.add(target);
    const total = totalOf(parts, target, heard, at);
    if (total === undefined) continue;
    if (target === "powerInW" || target === "powerOutW") {
      parts.last.set(target, { value: total, at });
      put(draft, "powerW", netPower(parts, at));
    } else if (isOwn(target)) put(draft, target, total);
    else putElectrical(draft, { [target]: total });
  }
  return draft;
}

/** As `assembleAll`, for one value. */
export function assemble(parts: Parts, part: Part, at: number): DraftReading {
  return assembleAll(parts, [part], at);
}

function keyOf({ target, phase, tariff }: Part): string {
  return phase !== undefined ? `${target} ${phase}` : tariff !== undefined ? `${target} t${tariff}` : target;
}

/** Keeps a value; false where it is one name too many. */
function remember(parts: Parts, part: Part, at: number): boolean {
  const { target, value } = part;
  const key = keyOf(part);
  const before = parts.last.get(key);
  if (key === target) parts.totals.add(target);
  else if (before) parts.whole.add(target);
  else {
    const others = partsOf(parts, target).length;
    if (others >= MOST_TARIFFS) return false;
    // No connection has more than three phases.
    if (part.phase !== undefined && others === 2) parts.whole.add(target);
  }
  parts.last.set(key, { value, at });
  return true;
}

/** What is known of the phases and tariffs of a target. */
function partsOf({ last }: Parts, target: Target): { readonly value: number; readonly at: number }[] {
  const start = `${target} `;
  const known: { readonly value: number; readonly at: number }[] = [];
  for (const [key, one] of last) if (key.startsWith(start)) known.push(one);
  return known;
}

function totalOf(parts: Parts, target: Target, heard: readonly Part[], at: number): number | undefined {
  if (parts.totals.has(target)) return heard.find((part) => keyOf(part) === target)?.value;
  if (!SUMMED.has(target) || !parts.whole.has(target)) return undefined;
  const known = partsOf(parts, target);
  const freshMs = target === "importWh" || target === "exportWh" ? FRESH_REGISTER_MS : FRESH_MS;
  return known.every((one) => isFresh(one, at, freshMs)) ? sum(known.map(({ value }) => value)) : undefined;
}

/** Import less export, where what was not said for a while does not count beside what flows now. */
function netPower({ last }: Parts, at: number): number | undefined {
  const [inward, outward] = [last.get("powerInW"), last.get("powerOutW")];
  const freshIn = inward && isFresh(inward, at) ? inward.value : undefined;
  const freshOut = outward && isFresh(outward, at) ? outward.value : undefined;
  // Nothing flows one way: that says nothing of the other, of which we only know something old.
  if (freshOut === undefined && outward && freshIn === 0) return undefined;
  if (freshIn === undefined && inward && freshOut === 0) return undefined;
  return sum([freshIn ?? 0, -(freshOut ?? 0)]);
}

type Own = "powerW" | "importWh" | "exportWh" | "volumeM3" | "temperatureC" | "socPercent";
const OWN: ReadonlySet<Target> = new Set<Own>([
  ...(["powerW", "importWh", "exportWh", "volumeM3", "temperatureC", "socPercent"] as const),
]);

function isOwn(target: Target): target is Own {
  return OWN.has(target);
}

const OF_A_PHASE: ReadonlySet<Target> = new Set<Target>([
  ...(["powerW", "importWh", "exportWh", "voltageV", "currentA", "powerFactor", "apparentVa", "reactiveVar"] as const),
]);

function phasePart(target: Target, value: number): DraftPhase {
  if (target === "powerInW") return { powerW: value };
  if (target === "powerOutW") return { powerW: value === 0 ? 0 : -value };
  return OF_A_PHASE.has(target) ? { [target]: value } : {};
}

function putTariff(draft: DraftReading, name: string, target: Target, value: number): void {
  if (target !== "importWh" && target !== "exportWh") return;
  const others = (draft.tariffs ?? []).filter((one) => one.name !== name);
  const own = draft.tariffs?.find((one) => one.name === name);
  draft.tariffs = [...others, { ...own, name, [target]: value }];
}

function isFresh(part: { readonly at: number }, at: number, freshMs = FRESH_MS): boolean {
  return Math.abs(at - part.at) <= freshMs;
}
