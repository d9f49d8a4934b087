import { UNDESCRIBED, type MeterSettings, type MeterStore } from "../storage/energy-store";
import type { Reading } from "../energy/reading";
import type { Meters } from "./site";

/** A power that comes every hour is held for as long as it takes: as many steps as a report waits before it calls it a hole. */
const HELD_STEPS = 2.5;

/** Makes the meters that an import names and nobody described. */
export async function makeNewMeters(
  keys: Iterable<string>,
  readings: readonly Reading[],
  meters: Meters,
  put: MeterStore["putMeter"],
): Promise<void> {
  const known = new Set(meters.keys());
  for (const key of keys) {
    if (known.has(key)) continue;
    const settings: MeterSettings = { key, ...UNDESCRIBED, gapLimitMs: gapLimitMs(key, readings) };
    await put(settings);
    meters.describe(settings);
  }
}

function gapLimitMs(key: string, readings: readonly Reading[]): number {
  const instants = readings.filter(({ meter, powerW }) => meter === key && powerW !== undefined).map(({ at }) => at);
  instants.sort((a, b) => a - b);
  const steps = instants.slice(1).map((at, index) => at - (instants[index] ?? at));
  steps.sort((a, b) => a - b);
  const usual = steps[Math.floor(steps.length / 2)] ?? 0;
  return Math.max(UNDESCRIBED.gapLimitMs, HELD_STEPS * usual);
}
