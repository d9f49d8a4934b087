import { startOf } from "./calendar";
import type { Quarter, Sample } from "./quarters";
import type { Electrical } from "./reading";

/**
 * How import and export of several phases become one pair of figures: as the device's own registers say; each phase for itself;
 * summed at each instant; or set off against each other over a quarter or a clock hour, as the country's meter does it.
 */
export const NETTINGS = ["device", "phase", "instant", "quarter", "hour"] as const;
export type Netting = (typeof NETTINGS)[number];

type Phase = NonNullable<NonNullable<Electrical["phases"]>["L1"]>;

/** Whether energy is made of what the phases say by themselves. */
export function readsPhases(netting: Netting | undefined): boolean {
  return netting === "phase" || netting === "instant";
}

/** A sample as `phase` or `instant` wants it, from what was said in all and by phase. */
export function phaseSample(said: Sample, phases: Electrical["phases"], netting: Netting): Sample {
  const each = Object.values(phases ?? {});
  if (each.length === 0) return said;
  const powerW = said.powerW ?? sumOf(each, ({ powerW: one }) => one);
  const total = { ...said, ...(powerW !== undefined && { powerW }) };
  if (netting === "instant") return total;

  const importWh = sumOf(each, (phase) => phase.importWh);
  const exportWh = sumOf(each, (phase) => phase.exportWh);
  const importW = sumOf(each, ({ powerW: one }) => one && Math.max(0, one));
  const exportW = sumOf(each, ({ powerW: one }) => one && Math.max(0, -one));
  return {
    ...total,
    ...(importWh !== undefined && { importWh }),
    ...(exportWh !== undefined && { exportWh }),
    ...(importW !== undefined && exportW !== undefined && { importW, exportW }),
  };
}

/** Quarters in which, over each quarter or each clock hour of `zone`, import and export are set off against each other. */
export function netQuarters(quarters: readonly Quarter[], netting: Netting | undefined, zone: string): Quarter[] {
  if (netting === "quarter") return quarters.flatMap((quarter) => setOff([quarter]));
  if (netting !== "hour") return [...quarters];
  return [...Map.groupBy(quarters, ({ start }) => startOf("hour", start, zone)).values()].flatMap(setOff);
}

/** What is left of the larger of the two keeps its share of each quarter. */
function setOff(quarters: readonly Quarter[]): Quarter[] {
  const importWh = quarters.reduce((sum, quarter) => sum + quarter.importWh, 0);
  const exportWh = quarters.reduce((sum, quarter) => sum + quarter.exportWh, 0);
  const left = (own: number, other: number): number => (own > other ? 1 - other / own : 0);
  const [ofImport, ofExport] = [left(importWh, exportWh), left(exportWh, importWh)];
  return quarters.map((quarter) => ({
    ...quarter,
    importWh: quarter.importWh * ofImport,
    exportWh: quarter.exportWh * ofExport,
  }));
}

/** Absent unless every phase says it. */
function sumOf(phases: readonly Phase[], of: (phase: Phase) => number | undefined): number | undefined {
  let sum = 0;
  for (const phase of phases) {
    const one = of(phase);
    if (one === undefined) return undefined;
    sum += one;
  }
  return sum;
}
