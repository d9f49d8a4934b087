import { EnergyError } from "../errors";
import type { BackupStore, StorageNews } from "./backup-store";
import type { Batch, EnergyStore } from "./energy-store";
import { makeGrouping } from "./grouping";
import { fromIntervalTable, type IntervalTable } from "./interval-table";
import type { Method } from "./kept-engine";
import type { Query, ReaderSettings } from "./reader";
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
  "demandEmpty",
  "takeIn",
] as const satisfies readonly Exclude<Method, Query | "appendAll" | "close">[];

/** How long a query may take. */
const QUERY_LIMIT_MS = 30_000;

interface WorkerStoreOptions {
  readonly onNews?: (news: StorageNews) => void;
  /** A query that takes longer is ended. */
  readonly queryLimitMs?: number;
}

/**
 * A store whose engine works in a thread of its own, so that no query and no lock ever stalls the flows. Appends that
 * arrive while one is under way are made durable together by the next. What is asked of a file's history is answered by a
 * second thread, which reads while the first one writes.
 */
export function openWorkerStore(
  settings: WorkerSettings,
  { onNews, queryLimitMs = QUERY_LIMIT_MS }: WorkerStoreOptions = {},
): EnergyStore & BackupStore {
  const { file, zone, server } = settings;
  const isFile = server === undefined && file !== ":memory:";
  let isClosed = false;
  /** Resolves when there is a database for the reader to open. */
  let ready: Promise<unknown> | undefined;

  const writer = openThread(settings, (method, [news]) => {
    if (method === "tell") return onNews?.(news as StorageNews);
    // The file is about to be another one.
    ready = undefined;
    return reader.rest();
  });
  const reader = openThread({ reads: file, zone } satisfies ReaderSettings, (_settle, args, stop) =>
    writer.call("settle", args, stop),
  );

  const read = async (method: Query, query: unknown, stop: AbortSignal): Promise<unknown> => {
    if (!isFile) return writer.call(method, [query], stop);
    try {
      await (ready ??= writer.call("settle", [[]]));
      return await reader.call(method, [query], stop);
    } catch (error) {
      if (stop.aborted || isClosed) throw error;
      // What stands in the way of reading, damage above all, is mended or told by who may write.
      ready = undefined;
      return writer.call(method, [query], stop);
    }
  };
  const ask = (method: Query) => (query: unknown, stop?: AbortSignal) =>
    inTime((limited) => read(method, query, limited), queryLimitMs, stop);

  let isWarm = false;
  const write = (method: Method, args: readonly unknown[]): Promise<unknown> => {
    // Both threads start at once, since whoever opens a site asks something soon.
    if (isFile && !isWarm && !isClosed) reader.warm();
    isWarm = true;
    return writer.call(method, args);
  };
  const methods = Object.fromEntries(
    METHODS.map((method) => [method, (...args: readonly unknown[]) => write(method, args)]),
  ) as unknown as Pick<EnergyStore & BackupStore, (typeof METHODS)[number]>;
  const energy = ask("energy");
  const queries = {
    readings: ask("readings"),
    powerLine: ask("powerLine"),
    energy: async (...asked: Parameters<typeof energy>) => fromIntervalTable((await energy(...asked)) as IntervalTable),
  };
  const keep = makeGrouping((batches: readonly Batch[]) => write("appendAll", [batches]) as Promise<boolean[]>);

  return {
    ...methods,
    ...(queries as Pick<EnergyStore, Query>),
    append: async (batch) => ((await keep(batch)) ? batch.readings : []),
    close: async () => {
      isClosed = true;
      await reader.rest();
      await writer.close();
    },
  };
}

/** What the work comes to, unless that takes too long or nobody waits for it any more: then its signal says so. */
async function inTime<T>(work: (stop: AbortSignal) => Promise<T>, limitMs: number, gone?: AbortSignal): Promise<T> {
  const limit = new AbortController();
  const late = (): void =>
    limit.abort(
      new EnergyError(
        "query-too-long",
        `the query took longer than ${limitMs / 1000} s: ask for a shorter span or for fewer meters`,
      ),
    );
  const timer = setTimeout(late, limitMs);
  try {
    return await work(gone ? AbortSignal.any([limit.signal, gone]) : limit.signal);
  } finally {
    clearTimeout(timer);
  }
}
