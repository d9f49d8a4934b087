import { nextOf, startOf } from "../energy/calendar";
import { MEASURES, type Measure } from "../energy/measures";
import type { Reading } from "../energy/reading";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** How long the interval is, on the site's clock. */
export const INTERVAL_MINUTES = [5, 10, 15, 30, 60, 1440] as const;
export type IntervalMinutes = (typeof INTERVAL_MINUTES)[number];

/**
 * Which time a meter's values are of: the instant they come; `registers`: just after an interval they give the registers as
 * they stood at its end; `interval`: they give that and the mean power of the interval before.
 */
export const COVERS = ["instant", "registers", "interval"] as const;
export interface Covers {
  readonly kind: (typeof COVERS)[number];
  readonly minutes: IntervalMinutes;
}

/** Registers that come later than this share of the interval are of when they come. */
const JUST_AFTER = 0.1;

const COUNTED: readonly Measure[] = ["importWh", "exportWh", "volumeM3", "tariffs"];
const MOMENTARY = MEASURES.filter((measure) => !COUNTED.includes(measure));

/** A reading as one or two of the time that its values are of. */
export function shiftedBack(reading: Reading, covers: Covers, zone: string): Reading[] {
  if (covers.kind === "instant") return [reading];
  const end = intervalStart(reading.at, covers.minutes, zone);
  if (covers.kind === "interval") {
    const start = intervalStart(end - 1, covers.minutes, zone);
    return [only(reading, MOMENTARY, start), only(reading, COUNTED, end)].filter(says);
  }
  const length = intervalEnd(end, covers.minutes, zone) - end;
  if (reading.at - end > length * JUST_AFTER) return [reading];
  return [only(reading, COUNTED, end), only(reading, MOMENTARY, reading.at)].filter(says);
}

function intervalStart(at: number, minutes: IntervalMinutes, zone: string): number {
  if (minutes === 1440) return startOf("day", at, zone);
  if (minutes === 60) return startOf("hour", at, zone);
  return Math.floor(at / (minutes * MINUTE)) * minutes * MINUTE;
}

function intervalEnd(start: number, minutes: IntervalMinutes, zone: string): number {
  if (minutes === 1440) return nextOf("day", start, zone);
  return start + Math.min(minutes * MINUTE, HOUR);
}

function only(reading: Reading, measures: readonly Measure[], at: number): Reading {
  const { meter, source, serial } = reading;
  const said = measures.filter((measure) => reading[measure] !== undefined);
  return {
    meter,
    at,
    ...Object.fromEntries(said.map((measure) => [measure, reading[measure]])),
    ...(serial !== undefined && { serial }),
    ...(source && { source }),
  };
}

function says(reading: Reading): boolean {
  return MEASURES.some((measure) => reading[measure] !== undefined);
}
