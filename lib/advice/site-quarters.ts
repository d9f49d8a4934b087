import { DateTime } from "luxon";
import { siteEnergy, type SiteEnergy } from "../energy/balance";
import type { Role } from "../energy/reading";
import { countedMeters } from "../energy/tree";
import { nextOf } from "../energy/calendar";
import type { EnergyInterval, MeterStore, ReadingStore } from "../storage/energy-store";

/** What the site did in one quarter of an hour, and when that was on its wall clock. */
export interface SiteQuarter extends Pick<SiteEnergy, "usedWh" | "importWh" | "exportWh" | "coverage"> {
  readonly from: number;
  /** `2026-01-31`. */
  readonly day: string;
  /** 0 to 23. */
  readonly hour: number;
}

export interface HistoryParts {
  readonly store: Pick<ReadingStore & MeterStore, "energy" | "meters">;
  readonly roleOf: (meter: string) => Role;
  /** IANA zone. */
  readonly zone: string;
}

/** The meters at the site's edge decide; where none stands at the grid, what is inside does. */
const EDGE: readonly Role[] = ["grid", "solar", "battery"];
const INSIDE: readonly Role[] = ["load", "ev"];

/** The site's quarters in `[from, to)`, oldest first, without those of which nothing is known. Asks day by day: a plant has many meters. */
export async function siteQuarters(
  { store, roleOf, zone }: HistoryParts,
  from: number,
  to: number,
): Promise<SiteQuarter[]> {
  const meters = (await store.meters()).map((meter) => ({ ...meter, role: roleOf(meter.key) }));
  const counted = countedMeters(meters);
  const known = meters.map(({ key }) => key).filter((key) => counted.has(key));
  const roles = known.some((key) => roleOf(key) === "grid") ? EDGE : INSIDE;
  const keys = known.filter((key) => roles.includes(roleOf(key)));
  if (keys.length === 0) return [];
  const counting = new Map(keys.map((key) => [key, roleOf(key)]));

  const quarters: SiteQuarter[] = [];
  for (let start = from; start < to;) {
    const end = Math.min(to, nextOf("day", start, zone));
    const rows = await store.energy({ meters: keys, from: start, to: end, interval: "quarter", zone });
    for (const [at, ofQuarter] of Map.groupBy(rows, (row) => row.from)) {
      quarters.push(toSiteQuarter(at, ofQuarter, counting, zone));
    }
    start = end;
  }
  return quarters.sort((a, b) => a.from - b.from);
}

function toSiteQuarter(
  from: number,
  rows: readonly EnergyInterval[],
  roles: ReadonlyMap<string, Role>,
  zone: string,
): SiteQuarter {
  const { usedWh, importWh, exportWh, coverage } = siteEnergy(rows, roles);
  const local = DateTime.fromMillis(from, { zone });
  return { from, day: local.toFormat("yyyy-MM-dd"), hour: local.hour, usedWh, importWh, exportWh, coverage };
}
