import type { Role } from "./reading";

/** What a site did in a span, as its meters' roles make it up. */
export interface SiteEnergy {
  /** What was used inside the site, whoever produced it. */
  readonly usedWh: number;
  /** Bought and sold at the grid meter; without one all that is used counts as bought. */
  readonly importWh: number;
  readonly exportWh: number;
  readonly solarWh: number;
  /** The measured share of the time of the meters that this is made of, 0 to 1. */
  readonly coverage: number;
}

/** What one meter did in `[from, to)`, and how long of it was measured. */
interface Measured {
  readonly meter: string;
  readonly from: number;
  readonly to: number;
  readonly importWh: number;
  readonly exportWh: number;
  readonly measuredMs: number;
}

/**
 * used = bought − sold + produced + discharged − charged, from the meters at the site's edge. Without a grid meter it is the
 * sum of what its loads and chargers took. A solar or battery meter exports what it gives to the site.
 */
export function siteEnergy(intervals: readonly Measured[], roleOf: (meter: string) => Role): SiteEnergy {
  const of = (...roles: readonly Role[]): Measured[] => intervals.filter(({ meter }) => roles.includes(roleOf(meter)));
  const sum = (rows: readonly Measured[], wh: (row: Measured) => number): number =>
    rows.reduce((total, row) => total + wh(row), 0);

  const [grid, solar, battery, loads] = [of("grid"), of("solar"), of("battery"), of("load", "ev")];
  const solarWh = sum(solar, (row) => row.exportWh - row.importWh);
  const edge = grid.length > 0;
  const importWh = edge ? sum(grid, (row) => row.importWh) : sum(loads, (row) => row.importWh);
  const exportWh = sum(grid, (row) => row.exportWh);
  const usedWh = edge ? importWh - exportWh + solarWh + sum(battery, (row) => row.exportWh - row.importWh) : importWh;

  const counted = edge ? [...grid, ...solar, ...battery] : loads;
  const spanMs = sum(counted, (row) => row.to - row.from);
  return {
    // Meters that do not tick together can make a moment look as if the house gave energy.
    usedWh: Math.max(0, usedWh),
    importWh,
    exportWh,
    solarWh: Math.max(0, solarWh),
    coverage: spanMs > 0 ? Math.min(1, sum(counted, (row) => row.measuredMs) / spanMs) : 0,
  };
}

/** A meter's power while it is believed: absent once it said nothing for too long. */
export interface RolePower {
  readonly role: Role;
  readonly powerW?: number;
}

/**
 * What the house uses: what comes in at the grid less what solar and battery take, which is less than nothing while they
 * give; absent when one of them says nothing. Without a grid meter it is the sum of what loads and chargers take, which never
 * was the whole house: one that fell silent is left out.
 */
export function homePowerW(powers: readonly RolePower[]): number | undefined {
  const atEdge = powers.some(({ role }) => role === "grid");
  let sum: number | undefined;
  for (const { role, powerW } of powers) {
    const sign = (atEdge ? AT_EDGE : INSIDE)[role] ?? 0;
    if (sign === 0) continue;
    if (powerW !== undefined) sum = (sum ?? 0) + sign * powerW;
    else if (atEdge) return undefined;
  }
  return sum;
}

/** How a meter's power counts in what the house uses. */
const AT_EDGE: Partial<Record<Role, 1 | -1>> = { grid: 1, solar: -1, battery: -1 };
const INSIDE: Partial<Record<Role, 1 | -1>> = { load: 1, ev: 1 };
