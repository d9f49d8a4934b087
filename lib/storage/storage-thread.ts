import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { EnergyError } from "../errors";
import { THREAD_OPTIONS } from "./sqlite-binary";
import { makeTalk, type Serve, type Talk } from "./talk";

/** Where the worker's compiled file lies, relative to this one; set by the build and by the tests. */
declare const STORAGE_WORKER: string;

export interface StorageThread {
  /** Starts it ahead of the first call: that it stands ready takes as long as all the rest of opening. */
  warm(): void;
  /** As a talk's, and `storage-failed` when the thread stops. */
  call(method: string, args: readonly unknown[], stop?: AbortSignal): Promise<unknown>;
  /** Ends what was opened, and with it what is under way; the next call opens it again. */
  rest(): Promise<void>;
  /** Takes no more calls once it is quiet, and ends what was opened. */
  close(): Promise<void>;
}

/** How long a thread that is closed still takes calls: longer than a commit waits for another process's lock. */
const LAST_CALLS_MS = 6_000;

/** What is thrown away at once, as most of it is here, takes no more room than this. */
const YOUNG_MB = 8;

/** A thread for what must not hold up the flows: started when first called, and again when it stopped. `serve`: what it asks for. */
export function openThread(settings: object, serve: Serve): StorageThread {
  let current: Talk | undefined;
  let closed = false;

  const start = (): Talk => {
    const worker = new Worker(join(__dirname, STORAGE_WORKER), {
      workerData: settings,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
      ...THREAD_OPTIONS,
    });
    const talk = makeTalk(worker, serve);
    const stopped = (cause: unknown): void => {
      if (current === talk) current = undefined;
      talk.end(new EnergyError("storage-failed", "the storage thread stopped: it starts anew", { cause }));
    };
    worker.on("error", stopped);
    worker.on("exit", stopped);
    return talk;
  };

  const rest = async (): Promise<void> => {
    const talk = current;
    current = undefined;
    await talk?.call("close", []);
  };

  /** Whatever stops beside the store may have a last word to keep, and an answer may lead to another call. */
  const untilQuiet = async (): Promise<void> => {
    const end = performance.now() + LAST_CALLS_MS;
    do await new Promise((resolve) => setTimeout(resolve, 5));
    while (current?.isWaiting && performance.now() < end);
  };

  return {
    warm: () => {
      if (!closed) current ??= start();
    },
    call: async (method, args, stop) => {
      if (closed) throw new EnergyError("storage-failed", "the site was stopped: its database is closed");
      return (current ??= start()).call(method, args, stop);
    },
    rest,
    close: async () => {
      await untilQuiet();
      closed = true;
      await rest();
    },
  };
}
