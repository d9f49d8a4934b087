import type { Line } from "../energy/decimate";
import type { Formula } from "../energy/formula";
import type { Netting } from "../energy/netting";
import type { Reading, Role } from "../energy/reading";
import type { AccessStore } from "./access-store";
import type { CorrectionStore } from "./correction-store";
import type { InstanceStore } from "./instance-store";
import type { LoadStore } from "./reading-columns";
import type { MaintenanceStore } from "./maintenance-store";

/** A QoS 1 message as the broker numbered it: tells a redelivery from a new reading that looks the same. */
export interface Delivery {
  /** The MQTT session: client id of the connection. */
  readonly session: string;
  readonly packetId: number;
  /** Of topic, payload, meter and who subscribed. */
  readonly hash: string;
  readonly dup: boolean;
}

/**
 * How many deliveries of a session are remembered: more than most brokers keep in flight to one client, and enough for one
 * that sends what is new before it sends again what was not acknowledged.
 */
export const REMEMBERED = 1_024;

export interface Batch {
  readonly readings: readonly Reading[];
  /** Only for readings that the device did not stamp: (meter, at) cannot tell their doubles. */
  readonly delivery?: Delivery;
}

export interface ReadingQuery {
  /** Meter keys; all meters when absent. */
  readonly meters?: readonly string[];
  /** Epoch ms, `[from, to)`. */
  readonly from: number;
  readonly to: number;
  /** Only readings that say a power. */
  readonly withPower?: boolean;
  readonly limit?: number;
  /** Default oldest first. */
  readonly newestFirst?: boolean;
}

/** One meter's power in `[from, to)`, in at most `points` points; minima and maxima survive. */
export interface LineQuery {
  readonly meter: string;
  readonly from: number;
  readonly to: number;
  readonly points: number;
}

export type Interval = "quarter" | "hour" | "day" | "month" | "total";

/** Energy is kept by quarters of an hour: the one that `from` lies in counts whole, and so does the last. */
export interface EnergyQuery {
  readonly meters?: readonly string[];
  readonly from: number;
  readonly to: number;
  readonly interval: Interval;
  /** IANA zone whose hours, days and months are meant. */
  readonly zone: string;
}

/** What one meter did in `[from, to)`. What is neither measured nor estimated is missing. */
export interface EnergyInterval {
  readonly meter: string;
  readonly from: number;
  readonly to: number;
  readonly importWh: number;
  readonly exportWh: number;
  readonly volumeM3: number;
  /** Power as it was held; absent where no power was said. */
  readonly meanW?: number;
  readonly minW?: number;
  readonly maxW?: number;
  readonly measuredMs: number;
  readonly estimatedMs: number;
}

export interface MeterSettings {
  readonly key: string;
  readonly role: Role;
  /** A power that says no news for this long is no longer held: the rest is missing, not zero. */
  readonly gapLimitMs: number;
  /** Silent for longer, it is shown as stale; the gap limit when absent. */
  readonly staleMs?: number;
  /** More than this is not believed, as power or as energy over time; the site kind's when absent. */
  readonly maxPowerW?: number;
  /** Where its registers begin again at 0; learnt when absent. */
  readonly rolloverWh?: number;
  /** As the device's own registers say when absent. */
  readonly netting?: Netting;
  /** The meter that this one's energy also passes. */
  readonly parent?: string;
  /** A meter that is computed from others, and has no readings of its own. */
  readonly formula?: Formula;
}

/** What a meter is that nobody described. */
export const UNDESCRIBED: Omit<MeterSettings, "key"> = { role: "load", gapLimitMs: 300_000 };

export interface Meter extends MeterSettings {
  /** Small whole number, stable for the life of the database. */
  readonly id: number;
}

export const SEVERITIES = ["info", "warning", "critical"] as const;
export type Severity = (typeof SEVERITIES)[number];

/** `text` keys and their values are rendered in the reader's language by `lib/texts`; `message` is a person's own words. */
export interface Alert {
  readonly id: string;
  readonly at: number;
  /** The rule's node id, or `api` for what was posted. */
  readonly rule: string;
  readonly severity: Severity;
  readonly meter?: string;
  readonly kind: string;
  readonly values: Readonly<Record<string, number | string>>;
  readonly message?: string;
  readonly clearedAt?: number;
}

export interface Advice {
  /** Stable for one kind and subject, so that a new run replaces the old advice. */
  readonly id: string;
  readonly at: number;
  readonly kind: string;
  readonly values: Readonly<Record<string, number | string>>;
  /** In the site's currency; negative never occurs. Absent where no price is known. */
  readonly savingPerYear?: number;
  /** 0 to 1. */
  readonly confidence: number;
  readonly evidence: {
    readonly from: number;
    readonly to: number;
    readonly figures: Readonly<Record<string, number>>;
  };
}

export interface ReadingStore extends LoadStore {
  /**
   * All or nothing, durable when it resolves. A second reading for the same meter and instant merges with the first.
   * Resolves to the readings that were kept: none of a delivery that was stored before.
   * Rejects with `storage-busy` or `storage-failed`; then nothing was kept.
   */
  append(batch: Batch): Promise<readonly Reading[]>;
  /** Keeps readings that are not believed where a person can look at them; `reason` is a word such as `future`. */
  setAside(readings: readonly Reading[], reason: string): Promise<void>;
  /** As those below: sees all that was appended before; rejects with the reason of `stop`, or `query-too-long` in time. */
  readings(query: ReadingQuery, stop?: AbortSignal): Promise<Reading[]>;
  /** The readings of up to about a day, the lowest and highest power of each quarter beyond. */
  powerLine(query: LineQuery, stop?: AbortSignal): Promise<Line>;
  /** Never waits for a background job: quarters still dirty are recomputed first. */
  energy(query: EnergyQuery, stop?: AbortSignal): Promise<EnergyInterval[]>;
}

/** A value that is not believed, or was inferred; see `Finding` in `energy/register`. */
export interface Quarantined {
  readonly meter: string;
  readonly at: number;
  /** The measure, such as `importWh` or `electrical.phases.L1.voltageV`; `*` for a whole reading whose instant cannot be. */
  readonly path: string;
  /** JSON. */
  readonly value: string;
  /** `dip`, `spike`, `jump`, `pending`, `reset`, `rollover`, `swap`, `differs`, `instant`, `beyond`. */
  readonly reason: string;
  /** What is at stake: energy not counted, or counted on inference alone. */
  readonly energyWh?: number;
  /** Of a value that differs: the one that the reading holds in its place, where energy is made of it. */
  readonly winner?: number;
  /** `noted`: believed by inference, told for a person to know. */
  readonly status: "open" | "noted" | "ruled";
  /** What was ruled, when it was. */
  readonly ruling?: RulingRecord;
}

export const RULINGS = ["accept", "discard", "edit", "swap"] as const;
export type RulingKind = (typeof RULINGS)[number];

/**
 * What a person decided on one value: believe it, leave it out, put another in its place, or know that the registers are
 * another meter's from there on (path `*`). It stands until it is undone, and stays in the record for ever.
 * Of two values that differ at one instant, `accept` and `discard` are recorded as the `edit` that they come down to.
 */
export interface NewRuling {
  readonly meter: string;
  readonly at: number;
  readonly path: string;
  readonly kind: RulingKind;
  /** For `edit`: the value in its place, in the measure's unit; the true instant, epoch ms, of a whole reading. */
  readonly value?: number;
  /** Who ruled: a token's name, `editor`, or `meter` for a serial number that changed. */
  readonly by: string;
}

export interface RulingRecord extends NewRuling {
  readonly id: number;
  readonly madeAt: number;
  readonly undoneAt?: number;
  readonly undoneBy?: string;
}

export interface QuarantineStore {
  /** Open ones first, then newest first; of all meters when none are named, of one instant when it is. */
  quarantine(query: {
    readonly meters?: readonly string[];
    readonly at?: number;
    readonly openOnly?: boolean;
    readonly limit: number;
  }): Promise<Quarantined[]>;
  /** How many open ones each meter has. */
  quarantineCounts(): Promise<{ meter: string; open: number }[]>;
  /**
   * Takes the place of the ruling before it on the same value; energy and costs follow. A whole reading that is accepted or
   * edited comes among the readings as an import. Rejects `invalid-query` where there is no such meter, no such reading, or
   * one at that instant already, and where no energy is made of the value and it is to be more than left out.
   */
  rule(ruling: NewRuling): Promise<RulingRecord>;
  /** The value is as it was before the ruling: the one that it took the place of stands again. Rejects `invalid-query` where there is none to undo. */
  undoRuling(id: number, by: string): Promise<RulingRecord>;
  /** Newest first, undone ones too. */
  rulings(query: {
    readonly id?: number;
    readonly meters?: readonly string[];
    readonly limit: number;
  }): Promise<RulingRecord[]>;
}

export interface MeterStore {
  /** Makes the meter or changes its settings. */
  putMeter(settings: MeterSettings): Promise<Meter>;
  meters(): Promise<Meter[]>;
  /** The newest instant of each meter that has one at or after `since`. */
  lastInstants(since: number): Promise<{ meter: string; at: number }[]>;
}

export interface AlertStore {
  putAlert(alert: Alert): Promise<void>;
  /** Newest first. */
  alerts(query: { limit: number; openOnly?: boolean }): Promise<Alert[]>;
}

export interface AdviceStore {
  /** Replaces everything the adviser said before. */
  putAdvice(adviser: string, advice: readonly Advice[]): Promise<void>;
  advice(): Promise<Advice[]>;
}

/** What rules and devices remember across restarts: small JSON values by owner and key. */
export interface MemoryStore {
  remember(owner: string, key: string, value: unknown): Promise<void>;
  recall(owner: string): Promise<Record<string, unknown>>;
}

/** Where a site's data lives. Every adapter passes the same contract tests. Rejects with `storage-*` errors. */
export interface EnergyStore
  extends
    ReadingStore,
    QuarantineStore,
    CorrectionStore,
    MaintenanceStore,
    MeterStore,
    AlertStore,
    AdviceStore,
    MemoryStore,
    AccessStore,
    InstanceStore {
  close(): Promise<void>;
}
