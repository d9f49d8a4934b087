import { isLive, type Reading } from "../energy/reading";

/** How far a reading's instant may lie from now and still say what is: further ahead is quarantined, further back is history. */
export const FRESH_MS = 5 * 60_000;

/** Whether a reading says what is the case now: rules never work on retained, imported, old or future ones. */
export function isFresh(reading: Pick<Reading, "at" | "source">, now: number): boolean {
  return isLive(reading) && Math.abs(now - reading.at) <= FRESH_MS;
}
