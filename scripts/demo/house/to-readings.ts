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
  const said = (meter: string, powerW: number, registers: Pick<Reading, "importWh" | "exportWh">): Reading => {
    return { meter, at, powerW: rounded(powerW, 1), ...registers, source: "imported" };
  };
  const wh = (count: number): number => rounded(count, 2);
  return [
    said(names.grid, powersW.grid, { importWh: wh(counters.gridImport), exportWh: wh(counters.gridExport) }),
    said(names.solar, -powersW.solar, { exportWh: wh(counters.solar) }),
    said(names.heater, powersW.heater, { importWh: wh(counters.heater) }),
    said(names.washer, powersW.washer, { importWh: wh(counters.washer) }),
    said(names.fridge, powersW.fridge, { importWh: wh(counters.fridge) }),
  ];
}
