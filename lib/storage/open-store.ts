import type { BackupStore, StorageNews } from "./backup-store";
import type { EnergyStore } from "./energy-store";
import { openSpool, type SpoolState } from "./spool";
import { openWorkerStore, type WorkerSettings } from "./worker-store";

export interface StoreSettings extends WorkerSettings {
  /** How much may wait on this machine for a server that is away; 1 GB when absent. */
  readonly spoolBytes?: number;
}

/** Who hears what the store tells without being asked. */
export interface StoreListeners {
  readonly onNews?: (news: StorageNews) => void;
  readonly onSpool?: (state: SpoolState) => void;
}

const SPOOL_BYTES = 1e9;
const MIN_FREE_BYTES = 500e6;

/**
 * The store of a site. It opens the database when first used, so that a fault shows where it matters. What a server cannot take
 * waits beside the sites' files.
 */
export function openStore(
  { spoolBytes = SPOOL_BYTES, ...settings }: StoreSettings,
  { onNews, onSpool }: StoreListeners = {},
): EnergyStore & BackupStore {
  const store = openWorkerStore(settings, onNews && { onNews });
  if (!settings.server) return store;
  const file = settings.file.replace(/(\.db)?$/, ".spool");
  const limits = { file, maxBytes: spoolBytes, minFreeBytes: MIN_FREE_BYTES };
  return { ...store, ...openSpool(store, limits, { ...(onSpool && { onState: onSpool }), ...(onNews && { onNews }) }) };
}
