import { partsOf, type Formula } from "./formula";
import type { Role } from "./reading";

/** Where a meter stands among the others. */
export interface Placed {
  readonly key: string;
  readonly role: Role;
  /** The meter that this one's energy also passes. */
  readonly parent?: string;
  readonly formula?: Formula;
}

/** What one meter did in `[from, to)`. */
export interface Interval {
  readonly meter: string;
  readonly from: number;
  readonly to: number;
  readonly importWh: number;
  readonly exportWh: number;
  readonly measuredMs: number;
}

/** What passed a meter and none of those behind it. */
export interface Untracked {
  readonly meter: string;
  readonly from: number;
  readonly to: number;
  /** Never less than nothing: meters do not tick together. */
  readonly untrackedWh: number;
  /** The measured share of the time of the meter, of those behind it or of the one that was measured least, 0 to 1. */
  readonly coverage: number;
}

/**
 * The meters that sums over a site are made of, so that no energy is counted twice: not those behind another of their kind,
 * and not those that are computed from meters of their kind.
 */
export function countedMeters(meters: readonly Placed[]): ReadonlySet<string> {
  const known = new Map(meters.map((meter) => [meter.key, meter]));
  const counts = (meter: Placed): boolean => {
    if (!meter.formula) return true;
    const parts = partsOf(meter.formula, (key) => known.get(key)?.formula);
    const kinds = parts?.map((part) => known.get(part.meter)).filter((part) => part !== undefined);
    return kinds !== undefined && !kinds.some((part) => isAlike(part, meter));
  };
  const own = meters.filter(counts);
  const ownKeys = new Set(own.map(({ key }) => key));

  const isBehind = (meter: Placed): boolean =>
    above(meter, known).some((parent) => ownKeys.has(parent.key) && isAlike(parent, meter));
  return new Set(own.filter((meter) => !isBehind(meter)).map(({ key }) => key));
}

/** What passed each meter that has others behind it, and none of them, by interval. Meters that are computed from those behind it add nothing. */
export function untracked(intervals: readonly Interval[], meters: readonly Placed[]): Untracked[] {
  const formulas = new Map(meters.map(({ key, formula }) => [key, formula]));
  const known = new Map(meters.map((meter) => [meter.key, meter]));
  const children = Map.groupBy(
    meters.filter((meter) => above(meter, known).length > 0),
    ({ parent = "" }) => parent,
  );
  const rows = Map.groupBy(intervals, ({ meter }) => meter);

  const result: Untracked[] = [];
  for (const [parent, all] of children) {
    const keys = new Set(all.map(({ key }) => key));
    const isMadeOfThem = ({ formula }: Placed): boolean =>
      formula !== undefined &&
      (partsOf(formula, (key) => formulas.get(key)) ?? []).some(({ meter }) => keys.has(meter));
    const behind = all
      .filter((child) => !isMadeOfThem(child))
      .map(({ key }) => new Map(rows.get(key)?.map((row) => [row.from, row])));

    for (const row of rows.get(parent) ?? []) {
      const theirs = behind.map((child) => child.get(row.from));
      const trackedWh = theirs.reduce((sum, child) => sum + (child ? netWh(child) : 0), 0);
      const measuredMs = Math.min(row.measuredMs, ...theirs.map((child) => child?.measuredMs ?? 0));
      result.push({
        meter: parent,
        from: row.from,
        to: row.to,
        untrackedWh: Math.max(0, netWh(row) - trackedWh),
        coverage: row.to > row.from ? Math.min(1, measuredMs / (row.to - row.from)) : 0,
      });
    }
  }
  return result;
}

/** The meters that this one's energy also passes, nearest first; none where they go round in a circle back to it. */
function above(meter: Placed, known: ReadonlyMap<string, Placed>): readonly Placed[] {
  const passed = new Set<Placed>();
  let parent = known.get(meter.parent ?? "");
  while (parent && !passed.has(parent)) {
    if (parent.key === meter.key) return [];
    passed.add(parent);
    parent = known.get(parent.parent ?? "");
  }
  return [...passed];
}

const netWh = ({ importWh, exportWh }: Interval): number => importWh - exportWh;

/** Of one kind: what chargers take is taken as by any load. */
function isAlike(a: Placed, b: Placed): boolean {
  return kindOf(a) === kindOf(b);
}

function kindOf({ role }: Placed): Role {
  return role === "ev" ? "load" : role;
}
