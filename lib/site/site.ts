import type { Reading, Role } from "../energy/reading";
import type { Advice, Alert, Batch, EnergyStore, MeterSettings } from "../storage/energy-store";
import type { Deliveries } from "./deliveries";
import type { Devices } from "./devices";
import type { Live } from "./live";

export type SiteKind = "home" | "office" | "plant";
export type Language = "en-US" | "es-ES";

/** One home, office or plant, as its `energy-site` node sets it. */
export interface SiteSettings {
  readonly id: string;
  readonly name: string;
  readonly kind: SiteKind;
  /** IANA zone. */
  readonly zone: string;
  /** ISO 4217. */
  readonly currency: string;
  readonly language: Language;
  readonly pricePerKwh?: number;
  readonly contractedW?: number;
  /** The SQLite file, absolute. */
  readonly file: string;
  /** `crash`: killing the process loses nothing acknowledged. `power`: nor does pulling the plug. */
  readonly durability: "crash" | "power";
  readonly channels: readonly ChannelSettings[];
}

export interface EmailSettings {
  readonly kind: "email";
  readonly id: string;
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
  readonly user?: string;
  readonly password?: string;
  readonly from: string;
  readonly to: string;
}

/** `{{title}}`, `{{message}}`, `{{severity}}`, `{{meter}}`, `{{site}}`, `{{to}}`, `{{user}}`, `{{secret}}` are filled in, escaped for the content type. */
export interface WebhookSettings {
  readonly kind: "webhook";
  readonly id: string;
  readonly url: string;
  readonly method: "POST" | "PUT" | "GET";
  readonly headers: Readonly<Record<string, string>>;
  readonly contentType: string;
  readonly body: string;
  /** Whom the service shall tell: a phone number, a chat. */
  readonly to?: string;
  readonly user?: string;
  readonly secret?: string;
}

export type ChannelSettings = EmailSettings | WebhookSettings;

/** What an `energy-site` owns while it runs; the nodes borrow it. */
export interface Site {
  readonly settings: SiteSettings;
  readonly store: EnergyStore;
  readonly deliveries: Deliveries;
  readonly live: Live;
  readonly devices: Devices;
  readonly meters: Meters;
  readonly alerts: Alerts;
  readonly adviser: Adviser;
  /**
   * Keeps readings, shows those that were new and sets aside those whose instant cannot be; resolves to what was set aside.
   * Retained readings are never kept: nobody knows of when they are. Rejects `invalid-reading` where there is no room for a meter.
   */
  keep(batch: Batch): Promise<readonly Reading[]>;
  /** Epoch ms. */
  now(): number;
  close(): Promise<void>;
}

/** What is known of each meter: what its `meter-in` said of it. */
export interface Meters {
  /** Whether this meter is known, or may be: a site has room for 10,000 names. */
  admits(meter: string): boolean;
  /** Kept in memory at once and in the store soon after; a meter that nobody described is a `load`. */
  describe(settings: MeterSettings): void;
  role(meter: string): Role;
  gapLimitMs(meter: string): number;
  keys(): readonly string[];
  /** The instant of a reading that its device did not stamp: arrival, but after this meter's last, so that a burst keeps every reading. */
  stamp(meter: string, arrival: number): number;
  /** Resolves when what was stored before a restart is known; rejects while the store cannot say. */
  ready(): Promise<void>;
}

/** `id` and `at` may be given by whoever must pass the alert on before it is stored. */
export type NewAlert = Omit<Alert, "id" | "at"> & Partial<Pick<Alert, "id" | "at">>;

export interface Alerts {
  /** Stores, shows and sends it; resolves to the stored alert. A channel that fails is reported by the site, not here. */
  raise(alert: NewAlert, channels?: readonly string[]): Promise<Alert>;
  /** Marks the rule's open alert for this meter (of this kind, if named) as over; told only to the channels named here. */
  clear(
    rule: string,
    meter?: string,
    how?: { kind?: string; channels?: readonly string[] },
  ): Promise<Alert | undefined>;
}

export interface Adviser {
  publish(adviser: string, advice: readonly Advice[]): Promise<void>;
}
