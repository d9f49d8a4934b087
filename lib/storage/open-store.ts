import type { BackupStore, StorageNews } from "./backup-store";
import type { EnergyStore } from "./energy-store";
import { openWorkerStore, type WorkerSettings } from "./worker-store";

/** The store of a site. It opens the database when first used, so that a fault shows where it matters. */
export function openStore(settings: WorkerSettings, onNews?: (news: StorageNews) => void): EnergyStore & BackupStore {
  return openWorkerStore(settings, onNews);
}
