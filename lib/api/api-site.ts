import type { Alerts } from "../alerts/alerts";
import type { Devices } from "../automation/devices";
import type { Role } from "../energy/reading";
import type { SiteFacts } from "../energy/site-facts";
import type { Imports } from "../exchange/import-state";
import type { Backups } from "../storage/backup-store";
import type { EnergyStore } from "../storage/energy-store";
import type { Live } from "./live";

/** What the API needs of a site. */
export interface ApiSite {
  readonly settings: SiteFacts;
  readonly store: EnergyStore;
  readonly live: Live;
  readonly devices: Devices;
  readonly alerts: Alerts;
  readonly imports: Imports;
  readonly backups: Backups;
  readonly meters: { role(meter: string): Role };
  /** The store knows a meter by another key now, or as another meter, or no more. */
  moved(meter: string, to?: string): void;
  /** Epoch ms. */
  now(): number;
}
