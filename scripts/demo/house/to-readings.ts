import type { Reading } from "../../../lib/energy/reading";
import { rounded } from "./device.ts";
import type { House } from "./house.ts";

export interface MeterNames {
  readonly grid: string;
  readonly solar: string;
  readonly heater: string;
  readonly washer: string;
  readonly fridge: string;
}

/** What the five meters of the house would have said at that moment. */
export function toReadings({ at, powersW, counters }: House, names: MeterNames): Reading[] {
  const said = (meter: string, powerW: number, importWh: number, exportWh?: number): Reading => ({
    meter,
    at,
    powerW: rounded(powerW, 1),
    importWh: rounded(importWh, 2),
    ...(exportWh !== undefined && { exportWh: rounded(exportWh, 2) }),
    source: "imported",
  });
  return [
    said(names.grid, powersW.grid, counters.gridImport, counters.gridExport),
    said(names.solar, -powersW.solar, 0, counters.solar),
    said(names.heater, powersW.heater, counters.heater),
    said(names.washer, powersW.washer, counters.washer),
    said(names.fridge, powersW.fridge, counters.fridge),
  ];
}
