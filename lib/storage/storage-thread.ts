import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { EnergyError, type ErrorCode } from "../errors";
import type { StorageNews } from "./backup-store";
import { THREAD_OPTIONS } from "./sqlite-binary";

/** Where the worker's compiled file lies, relative to this one; set by the build and by the tests. */
declare const STORAGE_WORKER: string;

export interface Call {
  readonly id: number;
  readonly method: string;
  readonly args: readonly unknown[];
}

export interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: { readonly code: ErrorCode; readonly message: string };
}

/** What the thread tells without being asked. */
export interface News {
  readonly news: StorageNews;
}

export interface Pending {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

export interface StorageThread {
  /** Rejects with what the thread's end rejects with, and `storage-failed` when the thread stops. */
  call(method: string, ...args: readonly unknown[]): Promise<unknown>;
  /** Takes no more calls once it is quiet, and ends what was opened. */
  close(): Promise<void>;
}

/** How long a thread that is closed still takes calls: longer than a commit waits for another process's lock. */
const LAST_CALLS_MS = 6_000;

/** A thread for what must not hold up the flows: started when first called, and again when it stopped. */
export function openThread(settings: object, onNews: (news: StorageNews) => void = () => undefined): StorageThread {
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

  const call: StorageThread["call"] = (method, ...args) =>
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

  return {
    call,
    close: async () => {
      await untilQuiet();
      const closing = worker && !closed ? call("close") : undefined;
      closed = true;
      await closing;
    },
  };
}
