import { UNDESCRIBED, type MeterSettings, type MeterStore } from "../storage/energy-store";
import type { ReadingColumns } from "../storage/reading-columns";
import type { Meters } from "./site";

/** A power that comes every hour is held for as long as it takes: as many steps as a report waits before it calls it a hole. */
const HELD_STEPS = 2.5;

/** Makes the meters that an import names and nobody described. */
export async function makeNewMeters(
  keys: Iterable<string>,
  readings: readonly ReadingColumns[],
  meters: Meters,
  put: MeterStore["putMeter"],
): Promise<void> {
  const known = new Set(meters.keys());
  const said = new Map(readings.map((columns) => [columns.meter, columns]));
  for (const key of keys) {
    if (known.has(key)) continue;
    const settings: MeterSettings = { key, ...UNDESCRIBED, gapLimitMs: gapLimitMs(said.get(key)) };
    await put(settings);
    meters.describe(settings);
  }
}

function gapLimitMs(columns: ReadingColumns | undefined): number {
  const powers = columns?.powerW;
  if (!powers) return UNDESCRIBED.gapLimitMs;
  const instants = columns.at.filter((_, index) => !Number.isNaN(powers[index])).sort();
  const steps = instants.slice(1).map((at, index) => at - (instants[index] ?? at));
  const usual = steps.sort()[Math.floor(steps.length / 2)] ?? 0;
  return Math.max(UNDESCRIBED.gapLimitMs, HELD_STEPS * usual);
}
