import { quarterOf } from "./quarter";
import { countedSince, isBatch, isSmallFall, judge, reaches, type Limits, type Point } from "./register-limits";

/** What is known of one register of one meter at an instant; JSON, and all that the future needs of the past. */
export interface RegisterState {
  /** The last that is believed; a value that fell a little is believed to be the one before. */
  readonly base: Point;
  /** What contradicts `base` and may yet prove right. */
  readonly open?: Candidate;
  /** Where the register was before the last fall or jump that was taken for a new beginning. */
  readonly before?: Course;
}

/** A fall or a jump that has not lasted long enough. */
interface Candidate {
  /** The first, and of each quarter after it the first and the last. */
  readonly points: readonly [Point, ...Point[]];
  readonly count: number;
  /** How often `base` was contradicted, by this and by what came before it, and since when. */
  readonly tries: number;
  readonly since: number;
  /** A person said that the first one is not to be counted. */
  readonly discarded?: true;
}

interface Course extends Point {
  /** What the register counts from since: `base.value - offset` was counted. */
  readonly offset: number;
}

/** What a person decided on the value said at `at`; `swap`: from there on the register is another meter's. */
export interface Ruling {
  readonly at: number;
  /** A register, `powerW`, or `*` for a swap of all registers. */
  readonly path: string;
  readonly kind: "accept" | "discard" | "edit" | "swap";
  /** Of an edit: what stands in the value's place. */
  readonly value?: number;
}

export interface RegisterRules extends Limits {
  readonly path: string;
  /** Sorted. */
  readonly swaps: readonly number[];
  readonly rulings: ReadonlyMap<number, Ruling>;
}

/** Energy (or volume) of `[from, to)`; `inferred` where the register began anew in between. */
export interface Counted {
  readonly from: number;
  readonly to: number;
  readonly amount: number;
  readonly inferred?: true;
}

/** A value that is not believed, or was believed by inference alone. */
export interface Finding {
  readonly at: number;
  readonly path: string;
  /** As it was said. */
  readonly value: number;
  readonly reason: "dip" | "spike" | "jump" | "pending" | "reset" | "rollover" | "swap";
  /** What accepting it would count, or what was counted on inference. */
  readonly energyWh?: number;
  /** Told for a person to know; what is not noted waits for one. */
  readonly noted: boolean;
}

/** Absent state: nothing was said yet. */
export interface Step {
  readonly state: RegisterState | undefined;
  readonly counted: readonly Counted[];
  readonly findings: readonly Finding[];
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** A contradiction is believed when it was said this often for this long. */
const LASTING = [
  { count: 3, ms: 2 * MINUTE },
  { count: 2, ms: HOUR },
] as const;
/** So many contradictions that contradict each other, for so long, leave nothing of what was believed. */
const LOST = { tries: 20, ms: HOUR } as const;
/** A register that comes back to its old course within a day was away, and did not begin anew. */
const REMEMBERED_MS = 24 * HOUR;
const NONE: readonly never[] = [];

/** Whether nothing is to be looked into but where the register stands: nothing is open, remembered or ruled. */
export function isPlain(state: RegisterState, { swaps, rulings }: RegisterRules): boolean {
  return state.open === undefined && state.before === undefined && swaps.length === 0 && rulings.size === 0;
}

/** The state that follows once a register said `said`, which is later than all before it. See `register.md`. */
export function nextRegister(state: RegisterState | undefined, said: Point, rules: RegisterRules): Step {
  const ruling = rules.rulings.size > 0 ? rules.rulings.get(said.at) : undefined;
  if (ruling?.kind === "edit" && ruling.value !== undefined) return edited(state, said, ruling.value, rules);
  if (!state) {
    if (ruling?.kind === "discard") return { state, counted: NONE, findings: NONE };
    return { state: { base: said }, counted: NONE, findings: NONE };
  }

  if (ruling?.kind === "discard") return discarded(state, said, rules);
  const swap = rules.swaps.length > 0 && rules.swaps.some((at) => at > state.base.at && at <= said.at);
  if (swap) return swapped(state, said, rules);
  if (reaches(state.base, said, rules)) return believed(state, said, rules);
  if (ruling?.kind === "accept") return accepted(state, said, rules);
  return doubted(state, said, rules);
}

/** What is said of a contradiction that is still open when nothing more was said. */
export function pendingFindings({ base, open }: RegisterState, rules: RegisterRules): readonly Finding[] {
  if (!open) return NONE;
  const [first] = open.points;
  if (first.value > base.value) {
    if (isBatch(base, first, rules)) return NONE;
    return [finding(first, "pending", false, rules, first.value - base.value)];
  }
  return isSmallFall(base, first, rules) ? NONE : [finding(first, "pending", false, rules, countedSince(base, first))];
}

/** The register is where it should be: what was open is contradicted. */
function believed({ base, open, before }: RegisterState, said: Point, rules: RegisterRules): Step {
  const value = Math.max(base.value, said.value);
  const point = value === said.value ? said : { at: said.at, value };
  const remembers = before && said.at - before.at <= REMEMBERED_MS;
  return {
    state: remembers ? { base: point, before } : { base: point },
    counted: [{ from: base.at, to: said.at, amount: value - base.value }],
    findings: contradicted(base, open, said, rules),
  };
}

/** It contradicts the base: either it goes on with what is open, or it opens something new. */
function doubted(state: RegisterState, said: Point, rules: RegisterRules, discard = false): Step {
  const { base, open, before } = state;
  if (before && !discard && said.at - before.at <= REMEMBERED_MS && reaches(before, said, rules)) {
    return returned(state, before, said, rules);
  }
  const { tries = 0, since = said.at } = open ?? {};
  if (open && reaches(lastOf(open), said, rules)) {
    const points = extended(open.points, said);
    const grown = { ...open, points, count: open.count + 1, tries: tries + 1 };
    const lasts = LASTING.some(({ count, ms }) => grown.count >= count && said.at - points[0].at >= ms);
    if (lasts) return begunAnew(base, grown, rules);
    return { state: { ...state, open: grown }, counted: NONE, findings: NONE };
  }
  const findings = contradicted(base, open, said, rules);
  const candidate: Candidate = {
    points: [said],
    count: 1,
    tries: tries + 1,
    since,
    ...(discard && { discarded: true }),
  };
  if (candidate.tries >= LOST.tries && said.at - since >= LOST.ms) {
    const step = begunAnew(base, candidate, rules);
    return { ...step, findings: [...findings, ...step.findings] };
  }
  return { state: { ...state, open: candidate }, counted: NONE, findings };
}

/** A value that a person left out is as if not said; where it begins a fall or a jump, that is not counted. */
function discarded(state: RegisterState, said: Point, rules: RegisterRules): Step {
  const begins = !reaches(state.base, said, rules) && !(state.open && reaches(lastOf(state.open), said, rules));
  return begins ? doubted(state, said, rules, true) : { state, counted: NONE, findings: NONE };
}

/** A person says that the register really was there. */
function accepted({ base, open }: RegisterState, said: Point, rules: RegisterRules): Step {
  const goesOn = open && reaches(lastOf(open), said, rules);
  const points = goesOn ? extended(open.points, said) : ([said] as const);
  const step = begunAnew(base, { points }, rules, true);
  return goesOn ? step : { ...step, findings: [...contradicted(base, open, said, rules), ...step.findings] };
}

/** A person's value stands in the place of what was said. */
function edited(state: RegisterState | undefined, said: Point, value: number, rules: RegisterRules): Step {
  const point = { at: said.at, value };
  if (!state) return { state: { base: point }, counted: NONE, findings: NONE };
  const step = nextRegister(state, point, { ...rules, rulings: new Map([[said.at, { ...ACCEPT, at: said.at }]]) });
  const others = step.findings.filter(({ at }) => at !== said.at);
  const own = reaches(state.base, said, rules) ? NONE : doubt(state.base, said, rules);
  return { ...step, findings: [...others, ...own] };
}

const ACCEPT = { path: "*", kind: "accept" } as const;

/** The register is another meter's: what it did between the last of the old and the first of the new is not known. */
function swapped({ base, open }: RegisterState, said: Point, rules: RegisterRules): Step {
  // The new meter may have spoken before anybody noticed.
  const goesOn = open && reaches(lastOf(open), said, rules);
  const points = goesOn ? extended(open.points, said) : ([said] as const);
  return {
    state: { base: points.at(-1) ?? said },
    counted: between(points),
    findings: [...(goesOn ? NONE : contradicted(base, open, said, rules)), finding(points[0], "swap", true, rules)],
  };
}

/** The register came back to where it was before it seemed to begin anew: the rest of what it rose by is counted. */
function returned({ base, open }: RegisterState, before: Course, said: Point, rules: RegisterRules): Step {
  const value = Math.max(before.value, said.value);
  const amount = Math.max(0, value - before.value - (base.value - before.offset));
  return {
    state: { base: { at: said.at, value } },
    counted: [{ from: base.at, to: said.at, amount, inferred: true }],
    findings: contradicted(base, open, said, rules),
  };
}

/** A contradiction that lasted, or that a person accepts: the register counts from there on. */
function begunAnew(
  base: Point,
  { points, discarded: left }: Pick<Candidate, "points" | "discarded">,
  rules: RegisterRules,
  trusted = false,
): Step {
  const [first] = points;
  const { amount, inferred, reason, noted, stake } = judge(base, first, rules, trusted);
  const counts = amount !== undefined && !left;
  const span = { from: base.at, to: first.at, amount: amount ?? 0, ...(inferred && { inferred }) };
  const mayReturn = !trusted && (!counts || reason === "reset");
  const before = { ...base, offset: counts ? 0 : first.value };
  return {
    state: { base: points.at(-1) ?? first, ...(mayReturn && { before }) },
    counted: [...(counts ? [span] : NONE), ...between(points)],
    findings: reason === undefined ? NONE : [finding(first, reason, noted, rules, stake)],
  };
}

/** What was open and is not borne out by what came after. */
function contradicted(
  base: Point,
  open: Candidate | undefined,
  after: Point,
  rules: RegisterRules,
): readonly Finding[] {
  if (!open) return NONE;
  const [first] = open.points;
  const last = lastOf(open);
  // A rise that goes on, or goes further, was no spike.
  if (first.value > base.value && (after.value > last.value || reaches(last, after, rules))) return NONE;
  return doubt(base, first, rules);
}

function doubt(base: Point, said: Point, rules: RegisterRules): readonly Finding[] {
  if (said.value > base.value) return [finding(said, "spike", false, rules, said.value - base.value)];
  return isSmallFall(base, said, rules) ? NONE : [finding(said, "dip", false, rules, countedSince(base, said))];
}

function finding(
  { at, value }: Point,
  reason: Finding["reason"],
  noted: boolean,
  { path, whPerUnit }: RegisterRules,
  stake?: number,
): Finding {
  // A volume is no energy.
  return { at, path, value, reason, ...(stake !== undefined && whPerUnit === 1 && { energyWh: stake }), noted };
}

/** With one more point; a quarter needs no more than its first and its last. */
function extended(points: readonly [Point, ...Point[]], said: Point): readonly [Point, ...Point[]] {
  const [first, ...rest] = points;
  const value = Math.max((points.at(-1) ?? first).value, said.value);
  const quarter = quarterOf(said.at);
  const [last, butLast] = [rest.at(-1), rest.at(-2) ?? first];
  if (last && quarterOf(last.at) === quarter && quarterOf(butLast.at) === quarter) rest.pop();
  return [first, ...rest, { at: said.at, value }];
}

function between(points: readonly Point[]): Counted[] {
  return points.slice(1).map((point, index) => {
    const from = points[index] ?? point;
    return { from: from.at, to: point.at, amount: point.value - from.value };
  });
}

function lastOf({ points }: Candidate): Point {
  return points.at(-1) ?? points[0];
}
