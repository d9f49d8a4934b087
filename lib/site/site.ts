import type { Alerts } from "../alerts/alerts";
import type { ChannelSettings } from "../alerts/channels/channel-settings";
import type { Live } from "../api/live";
import type { Devices } from "../automation/devices";
import type { Formula } from "../energy/formula";
import type { Reading, Role } from "../energy/reading";
import type { SiteFacts } from "../energy/site-facts";
import type { Imports } from "../exchange/import-state";
import type { Backups } from "../storage/backup-store";
import type { Advice, Batch, EnergyStore, MeterSettings } from "../storage/energy-store";
import type { Leases } from "../storage/leases";
import type { Retention } from "../storage/retention";
import type { ServerSettings } from "../storage/server";
import type { BackupSettings } from "./backups";
import type { Deliveries } from "./deliveries";
import type { Quarantine } from "./quarantine";

/** A site as its `energy-site` node sets it. */
export interface SiteSettings extends SiteFacts {
  /** The SQLite file, absolute. */
  readonly file: string;
  /** `crash`: killing the process loses nothing acknowledged. `power`: nor does pulling the plug. */
  readonly durability: "crash" | "power";
  /** Where the data is in place of the file. */
  readonly server?: ServerSettings;
  /** How much may wait on this machine for a server that is away; 1 GB when absent. */
  readonly spoolBytes?: number;
  /** Everything is kept when absent. */
  readonly retention?: Retention;
  /** When the file is copied; never when absent. Of a server's data it is the server's own backup that counts. */
  readonly backup?: BackupSettings;
  readonly channels: readonly ChannelSettings[];
}

/** What an `energy-site` owns while it runs; the nodes borrow it. */
export interface Site {
  readonly settings: SiteSettings;
  readonly store: EnergyStore;
  readonly deliveries: Deliveries;
  readonly live: Live;
  readonly devices: Devices;
  readonly meters: Meters;
  readonly quarantine: Quarantine;
  readonly backups: Backups;
  readonly alerts: Alerts;
  readonly adviser: Adviser;
  readonly imports: Imports;
  readonly leases: Leases;
  /**
   * Keeps readings, shows those that were new and sets aside those whose instant cannot be; resolves to what was set aside.
   * Retained readings are never kept: nobody knows of when they are. Rejects `invalid-reading` where there is no room for a meter.
   */
  keep(batch: Batch): Promise<readonly Reading[]>;
  /** The store knows a meter by another key now, or as another meter, or no more: what is known of it follows, in all instances. */
  moved(meter: string, to?: string): void;
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
  /** Whether it is a part of the site's sums; see `countedMeters`. */
  counts(meter: string): boolean;
  /** Of a meter that is computed from others. */
  formula(meter: string): Formula | undefined;
  keys(): readonly string[];
  /** The store knows a meter by another key now, or as another meter, or no more. */
  moved(key: string, to?: string): void;
  /** Learns anew what the store knows of meters, and forgets those that it does not know any more; answers which are left. */
  review(): Promise<ReadonlySet<string>>;
  /** The instant of a reading that its device did not stamp: arrival, but after this meter's last, so that a burst keeps every reading. */
  stamp(meter: string, arrival: number): number;
  /** Resolves when what was stored before a restart is known; rejects while the store cannot say. */
  ready(): Promise<void>;
}

export interface Adviser {
  publish(adviser: string, advice: readonly Advice[]): Promise<void>;
}
