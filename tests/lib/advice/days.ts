import { DateTime } from "luxon";
import type { SiteQuarter } from "../../../lib/advice/site-quarters";

export const ZONE = "Europe/Madrid";
export const FIRST_DAY = DateTime.fromISO("2026-01-05T00:00", { zone: ZONE });

/** W at an hour of a day; less than nothing is exported. */
export type PowerAt = (hour: number, day: number) => number;

/** The quarters of whole days from the 5th of January on, each fully measured unless said otherwise. */
export function daysOf(count: number, powerAt: PowerAt, coverageAt: PowerAt = () => 1): SiteQuarter[] {
  return Array.from({ length: count * 96 }, (_, index) => {
    const at = FIRST_DAY.plus({ minutes: 15 * index });
    const [hour, day] = [at.hour, Math.floor(index / 96)];
    const wh = powerAt(hour, day) / 4;
    return {
      from: at.toMillis(),
      day: at.toFormat("yyyy-MM-dd"),
      hour,
      usedWh: Math.max(0, wh),
      importWh: Math.max(0, wh),
      exportWh: Math.max(0, -wh),
      coverage: coverageAt(hour, day),
    };
  });
}
