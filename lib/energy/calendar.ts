import { DateTime } from "luxon";
import { QUARTER_MS, quarterOf } from "./quarter";

export type CalendarUnit = "hour" | "day" | "month";

/** The first instant of the unit that `at` lies in, on the wall clock of `zone`. */
export function startOf(unit: CalendarUnit, at: number, zone: string): number {
  if (unit === "hour") return startOfHour(at, zone);
  const start = DateTime.fromMillis(at, { zone }).startOf(unit);
  // Where clocks go back to midnight there are two of them, and the day begins with the first.
  const before = start.minus(1);
  return (before[unit] === start[unit] ? before.startOf(unit) : start).toMillis();
}

/** The first instant of the next one: a day has 23, 24 or 25 hours, at Lord Howe 23.5 or 24.5. */
export function nextOf(unit: CalendarUnit, start: number, zone: string): number {
  if (unit === "hour") {
    const hour = wallHour(start, zone);
    let at = quarterOf(start) + QUARTER_MS;
    while (wallHour(at, zone) === hour) at += QUARTER_MS;
    return at;
  }
  return startOf(
    unit,
    DateTime.fromMillis(start, { zone })
      .plus({ [unit]: 1 })
      .toMillis(),
    zone,
  );
}

interface Unit {
  readonly from: number;
  readonly to: number;
}

/** The last unit that was reckoned of each kind and zone: what is asked for next mostly lies in it. */
const lastUnits = new Map<string, Unit>();

/** `[from, to)` of the units that touch the range, oldest first. */
export function* unitsIn(unit: CalendarUnit, from: number, to: number, zone: string): Generator<Unit> {
  const last = lastUnits.get(`${unit} ${zone}`);
  let known = last && from >= last.from && from < last.to ? last : undefined;
  for (let start = known?.from ?? startOf(unit, from, zone); start < to;) {
    known = known?.from === start ? known : { from: start, to: nextOf(unit, start, zone) };
    lastUnits.set(`${unit} ${zone}`, known);
    yield known;
    start = known.to;
  }
}

export function isZone(zone: string): boolean {
  return DateTime.now().setZone(zone).isValid;
}

function startOfHour(at: number, zone: string): number {
  const hour = wallHour(at, zone);
  let start = quarterOf(at);
  while (wallHour(start - QUARTER_MS, zone) === hour) start -= QUARTER_MS;
  return start;
}

/** Hour and offset: when clocks go back, the same hour comes twice and is two. */
function wallHour(at: number, zone: string): string {
  return DateTime.fromMillis(at, { zone }).toFormat("HH ZZ");
}
