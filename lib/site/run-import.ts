import { setTimeout } from "node:timers/promises";
import { EnergyError } from "../errors";
import type { ImportRow } from "../exchange/import-row";
import type { ImportTally } from "../exchange/import-state";
import type { ImportMapping } from "../exchange/mapping";
import type { EnergyStore } from "../storage/energy-store";
import { makeImportBatch, type ImportBatch } from "./import-batch";
import { importRows } from "./import-rows";
import { makeNewMeters } from "./new-meters";
import type { Meters } from "./site";

export interface ImportTask {
  readonly file: string;
  readonly mapping: ImportMapping;
  readonly store: Pick<EnergyStore, "append" | "load" | "putIntervals" | "putMeter">;
  readonly meters: Meters;
  /** Where it goes on: the last line that is stored whole, and what became of the rows up to it. */
  readonly from: ImportProgress;
  readonly signal: AbortSignal;
  /** How long a database that cannot take anything is waited for. */
  readonly patienceMs: number;
  onBytes(bytes: number): void;
  /** Hears of every line that is stored whole, with all before it. */
  onStored(progress: ImportProgress): Promise<void>;
}

export interface ImportProgress {
  readonly line: number;
  readonly tally: ImportTally;
}

export const NOTHING_DONE: ImportProgress = { line: 0, tally: { rows: 0, readings: 0, intervals: 0, errors: [] } };

/**
 * Rows that are stored at once: few at first, so that a person soon sees some, then more each time. The more of them, the more of one
 * meter come to be packed together; they are kept in memory meanwhile.
 */
const [FEW_ROWS, MOST_ROWS] = [2_000, 262_144];
const GROWTH = 4;
const MOST_INTERVALS = 2_000;
const [FIRST_WAIT_MS, LONGEST_WAIT_MS] = [100, 5_000];

/**
 * Stores the rows of a file. The same rows again change nothing, so that it may start anew from any line before the last one stored.
 * While one batch is stored the next is read. Rejects with the signal's reason, with `invalid-query` where the file or its mapping
 * is to blame, and with `storage-*` once patience is over.
 */
export async function runImport(task: ImportTask): Promise<ImportProgress> {
  const { file, mapping, meters, from, signal, onBytes } = task;
  await untilStored(task, () => meters.ready());
  let progress = from;
  let storing = Promise.resolve();
  let batch = makeImportBatch(mapping, meters);
  let most = FEW_ROWS;
  /** Of the last line, which may go on. */
  let open: ImportRow[] = [];
  let line = from.line;

  const keep = async (full: ImportBatch, upTo: number): Promise<void> => {
    await keepBatch(task, full);
    progress = { line: upTo, tally: full.tally(progress.tally) };
    await task.onStored(progress);
  };
  const keepNext = async (): Promise<void> => {
    await storing;
    storing = keep(batch, line);
    // Whoever awaits it next hears of it.
    storing.catch(() => undefined);
    batch = makeImportBatch(mapping, meters);
    most = Math.min(GROWTH * most, MOST_ROWS);
  };
  const addOpen = (): void => {
    for (const row of open) batch.add(row);
    line = open.at(-1)?.line ?? line;
    open = [];
  };

  try {
    for await (const rows of importRows(file, mapping, { after: from.line, signal, onBytes })) {
      const last = rows.at(-1)?.line;
      if (open[0]?.line !== last) addOpen();
      for (const row of rows) {
        if (row.line === last) open.push(row);
        else batch.add(row);
      }
      line = rows.findLast((row) => row.line !== last)?.line ?? line;
      if (batch.rows >= most || batch.intervals.length >= MOST_INTERVALS) await keepNext();
    }
    addOpen();
    if (batch.rows > 0) await keepNext();
  } finally {
    await storing;
  }
  return progress;
}

async function keepBatch(task: ImportTask, batch: ImportBatch): Promise<void> {
  const { store, meters } = task;
  const { intervals, serials } = batch;
  const columns = batch.columns();
  const named = new Set([...columns, ...serials, ...intervals].map(({ meter }) => meter));
  await makeNewMeters(named, columns, meters, (settings) => untilStored(task, () => store.putMeter(settings)));
  if (columns.length > 0) await untilStored(task, () => store.load(columns));
  if (serials.length > 0) await untilStored(task, () => store.append({ readings: serials }));
  if (intervals.length > 0) await untilStored(task, () => store.putIntervals(intervals));
}

/** Tries again while the database is busy or away. */
export async function untilStored<T>(
  { signal, patienceMs }: Pick<ImportTask, "signal" | "patienceMs">,
  work: () => Promise<T>,
): Promise<T> {
  const end = performance.now() + patienceMs;
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS)) {
    try {
      return await work();
    } catch (error) {
      const mayPass = error instanceof EnergyError && /^storage-(busy|failed)$/.test(error.code);
      if (!mayPass || performance.now() + waitMs > end) throw error;
      await setTimeout(waitMs, undefined, { signal });
    }
  }
}
