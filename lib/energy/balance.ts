import type { Role } from "./reading";
import type { Interval } from "./tree";

/** What a site did in a span, as its meters' roles make it up. */
export interface SiteEnergy {
  /** What was used inside the site, whoever produced it. */
  readonly usedWh: number;
  /** Bought and sold at the grid meter; without one all that is used counts as bought. */
  readonly importWh: number;
  readonly exportWh: number;
  readonly solarWh: number;
  /** What batteries gave, less what they took. */
  readonly batteryWh: number;
  /** The share of what the sun gave that was used or kept inside the site, 0 to 1; absent without sun. */
  readonly selfConsumption?: number;
  /** The share of what was used that was not bought, 0 to 1; absent where nothing was used. */
  readonly selfSufficiency?: number;
  /** The measured share of the time of the meters that this is made of, 0 to 1. */
  readonly coverage: number;
}

/** `siteEnergy` of each interval, oldest first. */
export function siteEnergyByInterval(
  intervals: readonly Interval[],
  roles: ReadonlyMap<string, Role>,
): (SiteEnergy & { readonly from: number; readonly to: number })[] {
  return [...Map.groupBy(intervals, ({ from }) => from)]
    .sort(([a], [b]) => a - b)
    .map(([from, rows]) => ({ from, to: Math.max(...rows.map(({ to }) => to)), ...siteEnergy(rows, roles) }));
}

/**
 * used = bought − sold + produced + discharged − charged, from the meters at the site's edge. Without a grid meter it is the
 * sum of what its loads and chargers took. A solar or battery meter exports what it gives to the site.
 * `roles` are those of the meters that count, silent ones too; see `countedMeters`. While the meters at the grid are silent,
 * what was bought is not known: nothing else is taken for it, and their time is missing.
 */
export function siteEnergy(intervals: readonly Interval[], roles: ReadonlyMap<string, Role>): SiteEnergy {
  const of = (...wanted: readonly Role[]): Interval[] =>
    intervals.filter(({ meter }) => wanted.some((role) => role === roles.get(meter)));
  const sum = (rows: readonly Interval[], wh: (row: Interval) => number): number =>
    rows.reduce((total, row) => total + wh(row), 0);

  const [grid, solar, battery, loads] = [of("grid"), of("solar"), of("battery"), of("load", "ev")];
  const solarWh = Math.max(
    0,
    sum(solar, (row) => row.exportWh - row.importWh),
  );
  const batteryWh = sum(battery, (row) => row.exportWh - row.importWh);
  const edge = [...roles.values()].includes("grid");
  const importWh = edge ? sum(grid, (row) => row.importWh) : sum(loads, (row) => row.importWh);
  const exportWh = sum(grid, (row) => row.exportWh);
  // Meters that do not tick together can make a moment look as if the house gave energy.
  const usedWh = edge ? Math.max(0, importWh - exportWh + solarWh + batteryWh) : importWh;

  const counted = edge ? [...grid, ...solar, ...battery] : loads;
  const silentMs = edge && grid.length === 0 ? Math.max(0, ...counted.map((row) => row.to - row.from)) : 0;
  const spanMs = silentMs + sum(counted, (row) => row.to - row.from);
  return {
    usedWh,
    importWh,
    exportWh,
    solarWh,
    batteryWh,
    ...(grid.length > 0 && solarWh > 0 && { selfConsumption: share(solarWh - exportWh, solarWh) }),
    ...(grid.length > 0 && usedWh > 0 && { selfSufficiency: share(usedWh - importWh, usedWh) }),
    coverage: spanMs > 0 ? Math.min(1, sum(counted, (row) => row.measuredMs) / spanMs) : 0,
  };
}

function share(part: number, whole: number): number {
  return Math.min(1, Math.max(0, part / whole));
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
