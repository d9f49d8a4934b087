import { homePowerW } from "../energy/balance";
import { isLive, type Reading, type Role } from "../energy/reading";
import type { Advice, Alert } from "../storage/energy-store";
import type { DeviceState } from "../automation/devices";

/** What the site tells whoever listens: the live stream, the site-wide rules, the dashboard. */
export type LiveEvent =
  | { readonly kind: "reading"; readonly reading: Reading }
  | { readonly kind: "alert"; readonly alert: Alert }
  | { readonly kind: "advice"; readonly advice: readonly Advice[] }
  | { readonly kind: "device"; readonly device: DeviceState };

export interface NumberedEvent {
  /** Rises for ever, across restarts too. */
  readonly id: number;
  readonly event: LiveEvent;
  /** Another instance told of it, and does what follows from it. */
  readonly isTold?: true;
}

export interface Live {
  publish(event: LiveEvent): void;
  subscribe(listener: (numbered: NumberedEvent) => void): () => void;
  /** Everything after `id`, oldest first, or nothing when that is too long ago to know. */
  since(id: number): readonly NumberedEvent[] | undefined;
  readonly lastId: number;
  /** The last reading of each meter that carried a power and was not a retained one. */
  latest(): ReadonlyMap<string, Reading>;
  /** What is known of a meter is another's now, or nobody's. */
  moved(meter: string, to?: string): void;
  /**
   * What the house uses, from the readings that are still believed at `now`; see `homePowerW`.
   * Absent when a meter that it needs is stale.
   */
  sitePowerW(now: number): number | undefined;
}

/** What is known of a meter when its power is judged. */
export interface MeterFacts {
  role(meter: string): Role;
  gapLimitMs(meter: string): number;
  /** Whether it is a part of the site's sums; see `countedMeters`. */
  counts(meter: string): boolean;
}

/** A client that was away for fewer events than this misses nothing. */
const REMEMBERED = 10_000;

/** `tell` passes on what is published here; what others tell of is heard, and told no further. */
export function makeLive(
  meters: MeterFacts,
  now: () => number,
  tell: (event: LiveEvent) => void = () => undefined,
): Live & { hear(event: LiveEvent): void } {
  const listeners = new Set<(numbered: NumberedEvent) => void>();
  const newest = new Map<string, Reading>();
  const ring: NumberedEvent[] = [];
  // Ids go on from the clock, so that they rise across restarts with nothing stored.
  let lastId = now() * 1000;

  const show = (event: LiveEvent, isTold?: true): void => {
    lastId += 1;
    if (event.kind === "reading") noteNewest(newest, event.reading);
    const numbered = { id: lastId, event, ...(isTold && { isTold }) };
    ring.push(numbered);
    if (ring.length >= 2 * REMEMBERED) ring.splice(0, ring.length - REMEMBERED);
    for (const listener of listeners) listener(numbered);
  };

  return {
    hear: (event) => show(event, true),
    publish: (event) => {
      show(event);
      tell(event);
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    since: (id) => {
      if (id === lastId) return [];
      const first = ring[0];
      if (!first || id < first.id - 1 || id > lastId) return undefined;
      return ring.slice(id - first.id + 1);
    },
    get lastId() {
      return lastId;
    },
    latest: () => newest,
    moved: (meter, to) => {
      const reading = newest.get(meter);
      newest.delete(meter);
      if (reading && to !== undefined) noteNewest(newest, { ...reading, meter: to });
    },
    sitePowerW: (at) => {
      const powers = [...newest.values()]
        .filter(({ meter }) => meters.counts(meter))
        .map((reading) => ({
          role: meters.role(reading.meter),
          ...(at - reading.at <= meters.gapLimitMs(reading.meter) && { powerW: reading.powerW ?? 0 }),
        }));
      return homePowerW(powers);
    },
  };
}

/** Late readings are shown to listeners, but the newest stays the newest. */
function noteNewest(newest: Map<string, Reading>, reading: Reading): void {
  if (reading.powerW === undefined || !isLive(reading)) return;
  const before = newest.get(reading.meter);
  if (!before || before.at <= reading.at) newest.set(reading.meter, reading);
}
