import type { EnergyRules, RegisterName, Sample } from "./quarters";
import { quarterOf } from "./quarter";
import {
  isPlain,
  nextRegister,
  pendingFindings,
  type Finding,
  type RegisterRules,
  type RegisterState,
  type Step,
} from "./register";
import { reaches } from "./register-limits";

/** What is known of a register from a quarter's end on; absent where its last value says it all. */
export interface Mark {
  readonly start: number;
  readonly state: KnownState;
}

/** `null`: what was said is not to be believed, and nothing is known. */
export type KnownState = RegisterState | null | undefined;

export interface RegisterRun {
  readonly findings: readonly Finding[];
  /** At `until`. */
  readonly state: KnownState;
  /** The quarters at whose end, or at whose beginning, more is known than the last value says. */
  readonly marks: readonly Mark[];
  /** Whether what is said later decides on what was before `until`. */
  readonly unsettled: boolean;
}

/** A cubic metre of gas, about; for other media it only tells what cannot be. */
const WH_PER_M3 = 10_000;

/** Reads one register through all samples that say it; `count` hears what it counted, in time order. */
export function runRegister(
  samples: readonly Sample[],
  name: RegisterName,
  rules: RegisterRules,
  before: KnownState,
  until: number,
  count: (from: number, to: number, amount: number, inferred: boolean) => void,
): RegisterRun {
  const findings: Finding[] = [];
  const marks: Mark[] = [];
  let state: Step["state"] = before ?? undefined;
  let last: Sample | undefined;
  let atUntil: KnownState = before;
  let marked = before !== undefined;
  let beyond = false;
  const said = { at: 0, value: 0 };
  let own: { readonly base: { at: number; value: number } } | undefined;

  const known = (): KnownState => {
    const said = last && saidOf(last, name);
    if (last === undefined || said === undefined) return before;
    const plain = state && !state.open && !state.before && state.base.at === last.at && state.base.value === said;
    return plain ? undefined : (state ?? null);
  };
  const mark = (start: number): void => {
    const now = known();
    if (now !== undefined || marked) marks.push({ start, state: now });
    marked = now !== undefined;
  };

  for (const sample of samples) {
    const value = saidOf(sample, name);
    if (value === undefined) continue;
    if (last && quarterOf(last.at) !== quarterOf(sample.at)) mark(quarterOf(last.at));
    if (!beyond && sample.at >= until) {
      beyond = true;
      atUntil = known();
    }
    last = sample;
    said.at = sample.at;
    said.value = value;
    // As most are, and as `nextRegister` would have it.
    if (state && value >= state.base.value && isPlain(state, rules) && reaches(state.base, said, rules)) {
      count(state.base.at, sample.at, value - state.base.value, false);
      own ??= { base: { at: 0, value: 0 } };
      own.base.at = sample.at;
      own.base.value = value;
      state = own;
      continue;
    }
    // Whatever follows may keep it.
    own = undefined;
    const step = nextRegister(state, { at: sample.at, value }, rules);
    for (const { from, to, amount, inferred = false } of step.counted) count(from, to, amount, inferred);
    for (const finding of step.findings) findings.push(finding);
    state = step.state;
  }
  if (last) mark(quarterOf(last.at));
  if (!beyond) atUntil = known();
  if (state) findings.push(...pendingFindings(state, rules));
  return {
    findings,
    marks,
    state: atUntil,
    unsettled: beyond && state !== undefined && state.base.at < until,
  };
}

/** By names that are known beforehand: much sooner found than by one that is not. */
function saidOf(sample: Sample, name: RegisterName): number | undefined {
  if (name === "importWh") return sample.importWh;
  return name === "exportWh" ? sample.exportWh : sample.volumeM3;
}

/** What one register of a meter is read by. */
export function registerRules(name: RegisterName, rules: EnergyRules): RegisterRules {
  const { maxPowerW, rolloverWh, rulings = [] } = rules;
  const own = rulings.filter(({ path, kind }) => path === name || (path === "*" && kind === "swap"));
  return {
    path: name,
    whPerUnit: name === "volumeM3" ? WH_PER_M3 : 1,
    maxPowerW,
    ...(rolloverWh !== undefined && name !== "volumeM3" && { rollover: rolloverWh }),
    swaps: own.filter(({ kind }) => kind === "swap").map(({ at }) => at),
    rulings: new Map(own.filter(({ kind }) => kind !== "swap").map((ruling) => [ruling.at, ruling])),
  };
}
