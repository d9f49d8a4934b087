import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { EnergyError, type ErrorCode } from "../errors";
import type { BackupStore, StorageNews } from "./backup-store";
import type { Batch, EnergyStore } from "./energy-store";
import type { Retention } from "./retention";
import type { ServerSettings } from "./server";
import type { Method } from "./kept-engine";
import { THREAD_OPTIONS } from "./sqlite-binary";

/** Where the worker's compiled file lies, relative to this one; set by the build and by the tests. */
declare const STORAGE_WORKER: string;

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

export interface Call {
  readonly id: number;
  readonly method: Method;
  readonly args: readonly unknown[];
}

export interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: { readonly code: ErrorCode; readonly message: string };
}

export interface News {
  readonly news: StorageNews;
}

interface Pending {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

const METHODS = [
  "setAside",
  "readings",
  "powerLine",
  "energy",
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
  "backup",
  "restore",
] as const satisfies readonly Exclude<Method, "appendAll" | "close">[];

/** How long a store that is closed still takes calls: longer than a commit waits for another process's lock. */
const LAST_CALLS_MS = 6_000;

/**
 * A store whose engine works in a thread of its own, so that no query and no lock ever stalls the flows. Appends that
 * arrive while one is under way are made durable together by the next.
 */
export function openWorkerStore(
  settings: WorkerSettings,
  onNews: (news: StorageNews) => void = () => undefined,
): EnergyStore & BackupStore {
  const pending = new Map<number, Pending>();
  let worker: Worker | undefined;
  let closed = false;
  let nextId = 1;

  const start = (): Worker => {
    const started = new Worker(join(__dirname, STORAGE_WORKER), { workerData: settings, ...THREAD_OPTIONS });
    started.on("message", (message: Answer | News) => {
      if ("news" in message) return onNews(message.news);
      const { id, value, error } = message;
      const call = pending.get(id);
      pending.delete(id);
      if (error) call?.reject(new EnergyError(error.code, error.message));
      else call?.resolve(value);
    });
    const stopped = (cause: unknown): void => {
      if (worker !== started) return;
      worker = undefined;
      for (const call of pending.values()) {
        call.reject(new EnergyError("storage-failed", "the storage thread stopped: it starts anew", { cause }));
      }
      pending.clear();
    };
    started.on("error", stopped);
    started.on("exit", stopped);
    return started;
  };

  const call = (method: Method, ...args: readonly unknown[]): Promise<unknown> =>
    new Promise((resolve, reject) => {
      if (closed) throw new EnergyError("storage-failed", "the site was stopped: its database is closed");
      worker ??= start();
      const id = nextId++;
      pending.set(id, { resolve, reject });
      worker.postMessage({ id, method, args } satisfies Call);
    });

  /** Whatever stops beside the store may have a last word to keep, and an answer may lead to another call. */
  const untilQuiet = async (): Promise<void> => {
    const end = performance.now() + LAST_CALLS_MS;
    do await new Promise((resolve) => setTimeout(resolve, 5));
    while (pending.size > 0 && performance.now() < end);
  };

  const methods = Object.fromEntries(
    METHODS.map((method) => [method, (...args: readonly unknown[]) => call(method, ...args)]),
  ) as unknown as Pick<EnergyStore & BackupStore, (typeof METHODS)[number]>;

  return {
    ...methods,
    append: makeGrouping((batches) => call("appendAll", batches) as Promise<boolean[]>),
    close: async () => {
      await untilQuiet();
      const closing = worker && !closed ? call("close") : undefined;
      closed = true;
      await closing;
    },
  };
}

/** One append at a time; those that wait share the next transaction, and its fate. */
function makeGrouping(appendAll: (batches: readonly Batch[]) => Promise<boolean[]>): EnergyStore["append"] {
  let waiting: { batch: Batch; pending: Pending }[] = [];
  let busy = false;

  const flush = async (): Promise<void> => {
    busy = true;
    while (waiting.length > 0) {
      const group = waiting;
      waiting = [];
      try {
        const kept = await appendAll(group.map(({ batch }) => batch));
        group.forEach(({ batch, pending }, index) => pending.resolve(kept[index] ? batch.readings : []));
      } catch (error) {
        for (const { pending } of group) pending.reject(error as Error);
      }
    }
    busy = false;
  };

  return (batch) =>
    new Promise((resolve, reject) => {
      waiting.push({ batch, pending: { resolve, reject } });
      if (!busy) void flush();
    });
}
