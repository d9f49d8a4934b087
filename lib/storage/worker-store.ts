import type { BackupStore, StorageNews } from "./backup-store";
import type { Batch, EnergyStore } from "./energy-store";
import { makeGrouping } from "./grouping";
import { fromIntervalTable, type IntervalTable } from "./interval-table";
import type { Method } from "./kept-engine";
import type { Retention } from "./retention";
import type { ServerSettings } from "./server";
import { openThread } from "./storage-thread";

export interface WorkerSettings {
  /** The SQLite file, absolute; beside a server, where its driver is looked for. */
  readonly file: string;
  readonly durability: "crash" | "power";
  /** Where the data is in place of the file. */
  readonly server?: ServerSettings;
  readonly zone: string;
  /** What no meter of the site carries where it does not say so itself; a home's when absent. */
  readonly maxPowerW?: number;
  /** Everything is kept when absent. */
  readonly retention?: Retention;
}

const METHODS = [
  "load",
  "setAside",
  "readings",
  "powerLine",
  "quarantine",
  "quarantineCounts",
  "rule",
  "undoRuling",
  "rulings",
  "putIntervals",
  "intervals",
  "correct",
  "undoCorrection",
  "corrections",
  "renameMeter",
  "mergeMeters",
  "purge",
  "verify",
  "putMeter",
  "meters",
  "lastInstants",
  "putAlert",
  "alerts",
  "putAdvice",
  "advice",
  "remember",
  "recall",
  "putToken",
  "tokens",
  "removeToken",
  "putSession",
  "sessions",
  "removeSession",
  "join",
  "beat",
  "release",
  "leave",
  "handOver",
  "handedOver",
  "handled",
  "backup",
  "restore",
] as const satisfies readonly Exclude<Method, "appendAll" | "energy" | "close">[];

/**
 * A store whose engine works in a thread of its own, so that no query and no lock ever stalls the flows. Appends that
 * arrive while one is under way are made durable together by the next.
 */
export function openWorkerStore(
  settings: WorkerSettings,
  onNews?: (news: StorageNews) => void,
): EnergyStore & BackupStore {
  const thread = openThread(settings, onNews);
  const methods = Object.fromEntries(
    METHODS.map((method) => [method, (...args: readonly unknown[]) => thread.call(method, ...args)]),
  ) as unknown as Pick<EnergyStore & BackupStore, (typeof METHODS)[number]>;
  const keep = makeGrouping((batches: readonly Batch[]) => thread.call("appendAll", batches) as Promise<boolean[]>);

  return {
    ...methods,
    energy: async (query) => fromIntervalTable((await thread.call("energy", query)) as IntervalTable),
    append: async (batch) => ((await keep(batch)) ? batch.readings : []),
    close: thread.close,
  };
}
