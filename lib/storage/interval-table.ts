import type { EnergyInterval } from "./energy-store";

/** Intervals as numbers by columns: a list of objects takes as long to travel between threads as it takes to be read. */
export interface IntervalTable {
  readonly meters: readonly string[];
  /** `FIELDS` of the first interval, then of the next; NaN where one has none. */
  readonly numbers: Float64Array;
}

const FIELDS = [
  "from",
  "to",
  "importWh",
  "exportWh",
  "volumeM3",
  "measuredMs",
  "estimatedMs",
  "meanW",
  "minW",
  "maxW",
] as const satisfies (keyof EnergyInterval)[];
/** The number of the meter, and the fields. */
const WIDTH = 1 + FIELDS.length;

export function toIntervalTable(intervals: readonly EnergyInterval[]): IntervalTable {
  const meters = new Map<string, number>();
  const numbers = new Float64Array(intervals.length * WIDTH);
  let at = 0;
  for (const interval of intervals) {
    const known = meters.get(interval.meter) ?? meters.size;
    meters.set(interval.meter, known);
    numbers[at++] = known;
    for (const field of FIELDS) numbers[at++] = interval[field] ?? NaN;
  }
  return { meters: [...meters.keys()], numbers };
}

/** The intervals just as they were. */
export function fromIntervalTable({ meters, numbers }: IntervalTable): EnergyInterval[] {
  const intervals: EnergyInterval[] = [];
  for (let at = 0; at < numbers.length; at += WIDTH) {
    const value = (index: number): number => numbers[at + index] ?? NaN;
    const interval: { -readonly [Field in keyof EnergyInterval]: EnergyInterval[Field] } = {
      meter: meters[value(0)] ?? "",
      from: value(1),
      to: value(2),
      importWh: value(3),
      exportWh: value(4),
      volumeM3: value(5),
      measuredMs: value(6),
      estimatedMs: value(7),
    };
    if (!Number.isNaN(value(8))) interval.meanW = value(8);
    if (!Number.isNaN(value(9))) interval.minW = value(9);
    if (!Number.isNaN(value(10))) interval.maxW = value(10);
    intervals.push(interval);
  }
  return intervals;
}
