import { netQuarters, type Netting } from "./netting";
import { doubtedPowers, eachHeld } from "./powers";
import { QUARTER_MS, quarterOf } from "./quarter";
import type { Finding, RegisterState, Ruling } from "./register";
import { registerRules, runRegister, type Mark } from "./register-run";
import { join, union, without, type JoinedSpan, type Span } from "./spans";

export { QUARTER_MS, quarterOf } from "./quarter";

export const REGISTERS = ["importWh", "exportWh", "volumeM3"] as const;
export type RegisterName = (typeof REGISTERS)[number];

/** The part of a reading that energy is made of; sorted by `at`, one meter. */
export interface Sample {
  readonly at: number;
  readonly powerW?: number;
  readonly importWh?: number;
  readonly exportWh?: number;
  readonly volumeM3?: number;
  /** Where phases count for themselves: what those that take and those that give have together, both positive. */
  readonly importW?: number;
  readonly exportW?: number;
}

/** What a meter's energy is made with. */
export interface EnergyRules {
  /** A power that says no news for this long is no longer held. */
  readonly gapLimitMs: number;
  /** More than this is not believed, as power or as energy over time. */
  readonly maxPowerW: number;
  /** Where its energy registers begin again at 0; inferred when absent. */
  readonly rolloverWh?: number;
  readonly netting?: Netting;
  /** Whose clock hours `netting: "hour"` means; UTC when absent. */
  readonly zone?: string;
  /** What was decided, one ruling a value. */
  readonly rulings?: readonly Ruling[];
}

/** What is known of each register; absent where its last value says it all, null where nothing that was said is believed. */
export type Registers = Readonly<Partial<Record<RegisterName, RegisterState | null>>>;

/** One meter's quarter of an hour `[start, start + 15 min)`. */
export interface Quarter {
  readonly start: number;
  readonly importWh: number;
  readonly exportWh: number;
  readonly volumeM3: number;
  /** How long a power was known, and its integral in W·ms: their ratio is the mean power. */
  readonly powerMs: number;
  readonly powerWms: number;
  readonly minW?: number;
  readonly maxW?: number;
  /** How much of the quarter was measured, and how much only inferred from registers far apart. */
  readonly measuredMs: number;
  readonly estimatedMs: number;
  /** At its end; absent where the last values say it all. */
  readonly registers?: Registers;
}

export interface RolledUp {
  /** Sorted. */
  readonly quarters: readonly Quarter[];
  /** Sorted; at most ten of one path in a quarter. */
  readonly findings: readonly Finding[];
  /** At `until`. */
  readonly registers: Registers;
  /** Of these registers more must be heard before the quarters up to `until` are certain. */
  readonly unsettled: readonly RegisterName[];
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };
type Draft = Writable<Omit<Quarter, "registers">>;
type Summed = Exclude<keyof Draft, "start" | "minW" | "maxW">;

const WMS_PER_WH = 3_600_000;
/** A meter that is out of its mind says so in a few findings. */
const MOST_FINDINGS = 10;

/**
 * The quarters that `samples` speak of, from what was known before them. Registers win: what two believed values of one
 * differ by is split over the time between them, so the quarters sum to the difference. Where no register speaks, the power is
 * held until the next one, the gap limit at most. Samples at or after `until` only tell what became of what was before it.
 * Source: DESIGN.md, "From reading to energy".
 */
export function toQuarters(
  samples: readonly Sample[],
  rules: EnergyRules,
  before: Registers = {},
  until = Infinity,
): RolledUp {
  const drafts = makeDrafts();
  const measured: JoinedSpan[] = [];
  const estimated: JoinedSpan[] = [];
  const known: Record<RegisterName, JoinedSpan[]> = { importWh: [], exportWh: [], volumeM3: [] };
  const powersWin = rules.netting === "instant";
  const powered: JoinedSpan[] = [];
  if (powersWin) eachHeld(samples, rules, (from, to) => join(powered, from, to));

  const runs = REGISTERS.map((name) => {
    const spans = known[name];
    const count = (from: number, to: number, amount: number, inferred: boolean): void => {
      join(spans, from, to);
      const exact = !inferred && (to - from <= rules.gapLimitMs || quarterOf(from) === quarterOf(to - 1));
      join(exact ? measured : estimated, from, to);
      if (!powersWin || name === "volumeM3") drafts.spread(from, to, amount, name);
      else {
        const span: Span = [from, to];
        for (const gap of without(span, powered)) drafts.spread(...gap, amount * shareOf(gap, span), name);
      }
    };
    return runRegister(samples, name, registerRules(name, rules), before[name], until, count);
  });

  const next = { importWh: 0, exportWh: 0 };
  const fill = (register: "importWh" | "exportWh", watts: number, from: number, to: number): void => {
    if (watts === 0) return;
    if (!powersWin) {
      // Powers come in time order, and mostly a register speaks for all of their time.
      const spans = known[register];
      while ((spans[next[register]]?.[1] ?? Infinity) <= from) next[register] += 1;
      const span = spans[next[register]];
      if (span && span[0] <= from && span[1] >= to) return;
    }
    for (const gap of powersWin ? [[from, to] as const] : without([from, to], known[register])) {
      drafts.spread(...gap, (watts * (gap[1] - gap[0])) / WMS_PER_WH, register);
    }
  };
  eachHeld(samples, rules, (from, to, powerW, importW, exportW) => {
    join(measured, from, to);
    drafts.hold(from, to, powerW);
    fill("importWh", importW, from, to);
    fill("exportWh", exportW, from, to);
  });

  const sure = union(measured);
  for (const [from, to] of sure) drafts.last(from, to, "measuredMs");
  for (const span of union(estimated)) {
    for (const [from, to] of without(span, sure)) drafts.last(from, to, "estimatedMs");
  }

  const marks = runs.map((run) => run.marks);
  for (const { start } of marks.flat()) drafts.of(start);
  const sorted = drafts.sorted();
  return {
    quarters: withRegisters(netQuarters(sorted, rules.netting, rules.zone ?? "UTC"), marks, before),
    findings: someOfEach([...doubtedPowers(samples, rules), ...runs.flatMap(({ findings }) => findings)]),
    registers: registersOf(runs.map(({ state }) => state)),
    unsettled: REGISTERS.filter((_, index) => runs[index]?.unsettled),
  };
}

interface Drafts {
  of(start: number): Draft;
  /** Adds `amount` to the quarters of `[from, to)` by time; differences of running shares, so that the parts sum to the whole. */
  spread(from: number, to: number, amount: number, field: Summed): void;
  /** Adds the time itself: of a span of any length to the millisecond. */
  last(from: number, to: number, field: "measuredMs" | "estimatedMs"): void;
  /** Adds a power that was held over `[from, to)`. */
  hold(from: number, to: number, powerW: number): void;
  sorted(): Draft[];
}

function makeDrafts(): Drafts {
  const drafts = new Map<number, Draft>();
  // What comes next mostly lies in the same quarter.
  let last: Draft | undefined;
  const of = (start: number): Draft => {
    if (last?.start === start) return last;
    last = drafts.get(start);
    if (!last) {
      last = { start, importWh: 0, exportWh: 0, volumeM3: 0, powerMs: 0, powerWms: 0, measuredMs: 0, estimatedMs: 0 };
      drafts.set(start, last);
    }
    return last;
  };

  const spread: Drafts["spread"] = (from, to, amount, field) => {
    const first = quarterOf(from);
    if (first < to && to <= first + QUARTER_MS) {
      of(first)[field] += amount;
      return;
    }
    let given = 0;
    for (let start = first; start < to; start += QUARTER_MS) {
      const end = Math.min(start + QUARTER_MS, to);
      const share = end === to ? amount : (amount * (end - from)) / (to - from);
      of(start)[field] += share - given;
      given = share;
    }
  };

  return {
    of,
    spread,
    last: (from, to, field) => {
      for (let start = quarterOf(from); start < to; start += QUARTER_MS)
        of(start)[field] += Math.min(start + QUARTER_MS, to) - Math.max(start, from);
    },
    hold: (from, to, powerW) => {
      const first = quarterOf(from);
      if (first < to && to <= first + QUARTER_MS) {
        const draft = of(first);
        draft.powerWms += powerW * (to - from);
        draft.powerMs += to - from;
        see(draft, powerW);
        return;
      }
      spread(from, to, powerW * (to - from), "powerWms");
      spread(from, to, to - from, "powerMs");
      for (let start = first; start < to; start += QUARTER_MS) see(of(start), powerW);
    },
    sorted: () => [...drafts.values()].sort((a, b) => a.start - b.start),
  };
}

function see(draft: Draft, powerW: number): void {
  if (draft.minW === undefined || powerW < draft.minW) draft.minW = powerW;
  if (draft.maxW === undefined || powerW > draft.maxW) draft.maxW = powerW;
}

function shareOf(part: Span, whole: Span): number {
  return (part[1] - part[0]) / (whole[1] - whole[0]);
}

/** Each quarter with what is known of the registers at its end. */
function withRegisters(
  quarters: readonly Quarter[],
  marks: readonly (readonly Mark[])[],
  before: Registers,
): readonly Quarter[] {
  const states = REGISTERS.map((name) => before[name]);
  if (states.every((state) => state === undefined) && marks.every(({ length }) => length === 0)) return quarters;
  const next = REGISTERS.map(() => 0);
  return quarters.map((quarter) => {
    marks.forEach((own, index) => {
      let mark = own[next[index] ?? 0];
      while (mark && mark.start <= quarter.start) {
        states[index] = mark.state;
        next[index] = (next[index] ?? 0) + 1;
        mark = own[next[index]];
      }
    });
    const registers = registersOf(states);
    return Object.keys(registers).length > 0 ? { ...quarter, registers } : quarter;
  });
}

function registersOf(states: readonly Mark["state"][]): Registers {
  const said = REGISTERS.map((name, index) => [name, states[index]] as const);
  return Object.fromEntries(said.filter(([, state]) => state !== undefined));
}

function someOfEach(findings: readonly Finding[]): Finding[] {
  const counts = new Map<string, number>();
  return [...findings]
    .sort((a, b) => a.at - b.at)
    .filter(({ at, path }) => {
      const key = `${quarterOf(at)} ${path}`;
      const count = (counts.get(key) ?? 0) + 1;
      counts.set(key, count);
      return count <= MOST_FINDINGS;
    });
}
