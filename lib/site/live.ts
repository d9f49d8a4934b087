import type { Reading } from "../energy/reading";
import type { Advice, Alert } from "../storage/energy-store";
import type { DeviceState } from "./devices";

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
}

export interface Live {
  publish(event: LiveEvent): void;
  subscribe(listener: (numbered: NumberedEvent) => void): () => void;
  /** Everything after `id`, oldest first, or nothing when that is too long ago to know. */
  since(id: number): readonly NumberedEvent[] | undefined;
  readonly lastId: number;
  /** The last reading of each meter that carried a power and was not a retained one. */
  latest(): ReadonlyMap<string, Reading>;
  /** The last two hours of one meter's live powers, oldest first. */
  recent(meter: string): readonly { readonly at: number; readonly powerW: number }[];
  /**
   * What the house uses: grid less solar less battery where a grid meter is known, else the sum of its loads.
   * Absent when a meter that it needs is stale.
   */
  sitePowerW(now: number): number | undefined;
}
