import type { Part } from "./formula";

/** A quarter of a meter that others are computed from. */
export interface PartQuarter {
  readonly importWh: number;
  readonly exportWh: number;
  readonly volumeM3: number;
  readonly powerMs: number;
  readonly powerWms: number;
  readonly measuredMs: number;
  readonly estimatedMs: number;
}

export interface ComputedQuarter extends PartQuarter {
  /** The mean, since nobody knows how the parts' powers met; null unless all of them are known. */
  readonly minW: number | null;
  readonly maxW: number | null;
}

/**
 * A quarter of a meter that is computed from others. A sum adds imports to imports and exports to exports; a difference is what
 * is left of import less export, and one of the two is 0. It was measured for as long as the part that was measured least:
 * where one said nothing, the sum of what the others said stands, with no time that was measured; a difference is not known.
 */
export function computedQuarter(
  parts: readonly Part[],
  quarterOf: (meter: string) => PartQuarter | undefined,
): ComputedQuarter {
  const quarters = parts.map(({ meter, sign }) => ({ sign, quarter: quarterOf(meter) ?? SILENT }));
  const sum = (of: (quarter: PartQuarter) => number): number =>
    quarters.reduce((total, { sign, quarter }) => total + sign * of(quarter), 0);
  const least = (of: (quarter: PartQuarter) => number): number =>
    quarters.length > 0 ? Math.min(...quarters.map(({ quarter }) => of(quarter))) : 0;

  const isSum = parts.every(({ sign }) => sign === 1);
  const isKnown = isSum || least((quarter) => quarter.measuredMs + quarter.estimatedMs) > 0;
  const net = isKnown ? sum(({ importWh, exportWh }) => importWh - exportWh) : 0;
  const volumeM3 = sum((quarter) => quarter.volumeM3);
  const measuredMs = least((quarter) => quarter.measuredMs);
  const powerMs = least((quarter) => quarter.powerMs);
  const meanW = powerMs > 0 ? sum((quarter) => quarter.powerWms / quarter.powerMs) : null;
  return {
    importWh: isSum ? sum(({ importWh }) => importWh) : Math.max(0, net),
    exportWh: isSum ? sum(({ exportWh }) => exportWh) : Math.max(0, 0 - net),
    volumeM3: isKnown ? Math.max(0, volumeM3) : 0,
    powerMs,
    powerWms: (meanW ?? 0) * powerMs,
    minW: meanW,
    maxW: meanW,
    measuredMs,
    estimatedMs: Math.max(0, least((quarter) => quarter.measuredMs + quarter.estimatedMs) - measuredMs),
  };
}

const SILENT: PartQuarter = {
  importWh: 0,
  exportWh: 0,
  volumeM3: 0,
  powerMs: 0,
  powerWms: 0,
  measuredMs: 0,
  estimatedMs: 0,
};
