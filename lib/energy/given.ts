import { QUARTER_MS, quarterOf, REGISTERS, type Quarter, type RegisterName, type Registers } from "./quarters";

/** Energy of `[from, to)` that somebody gave as such: a file of intervals, or a person who corrects what was reckoned. */
export interface Given extends Readonly<Partial<Record<RegisterName, number>>> {
  readonly from: number;
  readonly to: number;
  /** A person's word counts for more than the meter's, a file's only where the meter said nothing. */
  readonly corrects: boolean;
}

type Energy = Partial<Record<RegisterName, number>>;

/**
 * The quarters from `from` to `to` with what was given put in, spread by time. Where several were given, the later correction
 * counts, and of a file's intervals the shorter. `atStart` is what is known of the registers before.
 */
export function withGiven(
  quarters: readonly Quarter[],
  { from, to }: { readonly from: number; readonly to: number },
  given: readonly Given[],
  atStart: Registers,
): Quarter[] {
  if (given.length === 0) return [...quarters];
  const reckoned = new Map(quarters.map((quarter) => [quarter.start, quarter]));
  const all: Quarter[] = [];
  let registers = atStart;
  for (let start = from; start < to; start += QUARTER_MS) {
    const own = reckoned.get(start);
    registers = own ? (own.registers ?? {}) : registers;
    const quarter = correctedQuarter(own, start, given);
    if (quarter) all.push(Object.keys(registers).length > 0 ? { ...quarter, registers } : quarter);
  }
  return all;
}

/** The quarters that any of these has a part in. */
export function* quartersOf(spans: readonly { readonly from: number; readonly to: number }[]): Generator<number> {
  for (const { from, to } of spans) for (let start = quarterOf(from); start < to; start += QUARTER_MS) yield start;
}

function correctedQuarter(own: Quarter | undefined, start: number, given: readonly Given[]): Quarter | undefined {
  const here = given.filter(({ from, to }) => from < start + QUARTER_MS && to > start);
  const correction = here.filter(({ corrects }) => corrects);
  const isSilent = !own || own.measuredMs + own.estimatedMs === 0;
  const filled = isSilent
    ? fromFiles(
        here.filter(({ corrects }) => !corrects),
        start,
      )
    : undefined;
  const quarter = filled ? { ...(own ?? silent(start)), ...filled.energy, measuredMs: filled.ms } : own;
  if (correction.length === 0) return quarter;
  const energy = Object.assign({}, ...correction.map((one) => shareOf(one, start))) as Energy;
  return { ...(quarter ?? silent(start)), ...energy, measuredMs: 0, estimatedMs: QUARTER_MS };
}

/** What files say of a quarter: the shortest interval that covers all of it, else the pieces that lie in it. */
function fromFiles(intervals: readonly Given[], start: number): { energy: Energy; ms: number } | undefined {
  if (intervals.length === 0) return undefined;
  const covering = intervals.filter(({ from, to }) => from <= start && to >= start + QUARTER_MS);
  const shortest = covering.sort((a, b) => a.to - a.from - (b.to - b.from))[0];
  const pieces = shortest ? [shortest] : intervals;
  const energy: Energy = {};
  let ms = 0;
  for (const piece of pieces) {
    ms += overlapMs(piece, start);
    for (const [name, value] of Object.entries(shareOf(piece, start)) as [RegisterName, number][])
      energy[name] = (energy[name] ?? 0) + value;
  }
  return { energy, ms: Math.min(ms, QUARTER_MS) };
}

function shareOf(given: Given, start: number): Energy {
  const share = overlapMs(given, start) / (given.to - given.from);
  const said = REGISTERS.filter((name) => given[name] !== undefined);
  return Object.fromEntries(said.map((name) => [name, (given[name] ?? 0) * share]));
}

const overlapMs = ({ from, to }: Given, start: number): number =>
  Math.min(to, start + QUARTER_MS) - Math.max(from, start);

function silent(start: number): Quarter {
  return { start, importWh: 0, exportWh: 0, volumeM3: 0, powerMs: 0, powerWms: 0, measuredMs: 0, estimatedMs: 0 };
}
