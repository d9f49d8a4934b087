import { isDeepStrictEqual } from "node:util";
import { AHEAD_MS } from "../energy/credible";
import { countedMeters } from "../energy/tree";
import { asError } from "../errors";
import { UNDESCRIBED, type MeterSettings, type MeterStore } from "../storage/energy-store";
import { ALONE, type Place } from "../storage/leases";
import type { Meters } from "./site";

/** A burst may run this far ahead of the clock: 1 ms a reading. */
const LOOK_BACK_MS = 2 * 3_600_000;
/** Names come from outside, and each costs memory and a row for ever. */
const MOST_METERS = 10_000;
const SETTINGS = [
  "role",
  "gapLimitMs",
  "staleMs",
  "maxPowerW",
  "rolloverWh",
  "netting",
  "parent",
  "formula",
] as const satisfies readonly (keyof MeterSettings)[];

/**
 * `onProblem` hears of a description that could not be stored; it is stored again with the next. `place`: where this instance
 * stands among those that hear the same meters.
 */
export function makeMeters(
  store: MeterStore,
  now: () => number,
  onProblem: (error: Error) => void,
  place: () => Place = ALONE.place,
): Meters {
  const settings = new Map<string, MeterSettings>();
  const names = new Set<string>();
  const described = new Set<string>();
  /** Descriptions that the store does not have yet. */
  const unsaved = new Map<string, "under way" | "failed">();
  const lastAt = new Map<string, number>();
  let ready: Promise<void> | undefined;
  /** Asked for each reading, and new only when a meter is. */
  let counted: ReadonlySet<string> | undefined;

  const load = async (): Promise<void> => {
    for (const meter of await store.meters()) {
      names.add(meter.key);
      if (!described.has(meter.key)) settings.set(meter.key, meter);
      counted = undefined;
    }
    for (const { meter, at } of await store.lastInstants(now() - LOOK_BACK_MS)) {
      // An import may be of any time: live readings do not come after one of next year.
      if (at <= now() + AHEAD_MS) lastAt.set(meter, Math.max(at, lastAt.get(meter) ?? 0));
    }
  };

  const moved = (key: string, to?: string): void => {
    const own = settings.get(key);
    const last = lastAt.get(key);
    for (const known of [settings, names, described, unsaved, lastAt]) known.delete(key);
    counted = undefined;
    if (to === undefined) return;
    names.add(to);
    if (own && !settings.has(to)) settings.set(to, { ...own, key: to });
    if (last !== undefined) lastAt.set(to, Math.max(last, lastAt.get(to) ?? 0));
    for (const [other, meter] of settings) settings.set(other, renamed(meter, key, to));
  };

  return {
    admits: (key) => names.has(key) || (names.size < MOST_METERS && Boolean(names.add(key))),
    describe: (meter) => {
      names.add(meter.key);
      const before = settings.get(meter.key);
      const same = before !== undefined && SETTINGS.every((setting) => isSame(before[setting], meter[setting]));
      described.add(meter.key);
      if (same && unsaved.get(meter.key) !== "failed") return;
      settings.set(meter.key, meter);
      counted = undefined;
      unsaved.set(meter.key, "under way");
      store.putMeter(meter).then(
        () => {
          if (settings.get(meter.key) === meter) unsaved.delete(meter.key);
        },
        (error: unknown) => {
          unsaved.set(meter.key, "failed");
          onProblem(asError(error));
        },
      );
    },
    role: (key) => settings.get(key)?.role ?? UNDESCRIBED.role,
    gapLimitMs: (key) => settings.get(key)?.gapLimitMs ?? UNDESCRIBED.gapLimitMs,
    counts: (key) => {
      counted ??= countedMeters([...settings.values()]);
      // What nobody described is a load behind no other.
      return counted.has(key) || !settings.has(key);
    },
    formula: (key) => settings.get(key)?.formula,
    keys: () => [...settings.keys()],
    moved,
    review: async () => {
      const stored = new Map((await store.meters()).map((meter) => [meter.key, meter]));
      // What was described while the database was away is not in it yet.
      for (const key of [...names]) if (!stored.has(key) && !unsaved.has(key)) moved(key);
      for (const [key, meter] of stored) {
        names.add(key);
        if (!unsaved.has(key)) settings.set(key, meter);
      }
      counted = undefined;
      return new Set(names);
    },
    stamp: (key, arrival) => {
      const first = Math.max(arrival, (lastAt.get(key) ?? 0) + 1);
      // Each instance has milliseconds of its own: two readings of one instant would contradict each other.
      const { rank, of } = place();
      const at = first + ((((rank - first) % of) + of) % of);
      lastAt.set(key, at);
      return at;
    },
    ready: () =>
      (ready ??= load().catch((error: unknown) => {
        ready = undefined;
        throw error;
      })),
  };
}

/** A meter whose description names `to` where it named `key`. */
function renamed(meter: MeterSettings, key: string, to: string): MeterSettings {
  const { parent, formula } = meter;
  const name = (one: string): string => (one === key ? to : one);
  return {
    ...meter,
    ...(parent !== undefined && { parent: name(parent) }),
    ...(formula && { formula: { plus: formula.plus.map(name), minus: formula.minus.map(name) } }),
  };
}

/** Asked for each reading: what is the same thing is not looked into. */
function isSame(a: unknown, b: unknown): boolean {
  return a === b || isDeepStrictEqual(a, b);
}
