import type { EnergyInterval } from "../storage/energy-store";

/** What the imported energy of `intervals` costs at one price for all hours, in the price's currency, not rounded. */
export function costOf(intervals: readonly Pick<EnergyInterval, "importWh">[], pricePerKwh: number): number {
  return intervals.reduce((sum, { importWh }) => sum + (importWh / 1000) * pricePerKwh, 0);
}
