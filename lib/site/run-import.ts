import { setTimeout } from "node:timers/promises";
import type { Reading } from "../energy/reading";
import { EnergyError } from "../errors";
import type { ImportErrorKey, ImportRow } from "../exchange/import-row";
import type { ImportTally } from "../exchange/import-state";
import type { ImportMapping } from "../exchange/mapping";
import type { IntervalEnergy } from "../storage/correction-store";
import type { EnergyStore } from "../storage/energy-store";
import { LONGEST_INTERVAL_MS } from "../storage/given-energy";
import { importRows } from "./import-rows";
import { makeNewMeters } from "./new-meters";
import type { Meters } from "./site";

export interface ImportTask {
  readonly file: string;
  readonly mapping: ImportMapping;
  readonly store: Pick<EnergyStore, "append" | "putIntervals" | "putMeter">;
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

/** Rows that are stored at once. */
const BATCH = 2_000;
const FIRST_LINES = 5;
const [FIRST_WAIT_MS, LONGEST_WAIT_MS] = [100, 5_000];
const [FIRST_YEAR, LAST_YEAR] = [Date.parse("0001-01-01"), Date.parse("9999-01-01")];

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
  let pending: ImportRow[] = [];

  const keep = async (rows: readonly ImportRow[]): Promise<void> => {
    progress = { line: rows.at(-1)?.line ?? progress.line, tally: await keepRows(task, rows, progress.tally) };
    await task.onStored(progress);
  };
  const keepNext = async (rows: readonly ImportRow[]): Promise<void> => {
    await storing;
    storing = keep(rows);
    // Whoever awaits it next hears of it.
    storing.catch(() => undefined);
  };

  try {
    for await (const rows of importRows(file, mapping, { after: from.line, signal, onBytes })) {
      for (const row of rows) pending.push(row);
      if (pending.length < BATCH) continue;
      // The last line may go on in the next batch.
      const last = pending.at(-1)?.line;
      const whole = pending.findLastIndex(({ line }) => line !== last) + 1;
      if (whole === 0) continue;
      await keepNext(pending.slice(0, whole));
      pending = pending.slice(whole);
    }
    if (pending.length > 0) await keepNext(pending);
  } finally {
    await storing;
  }
  return progress;
}

async function keepRows(task: ImportTask, rows: readonly ImportRow[], before: ImportTally): Promise<ImportTally> {
  const readings: Reading[] = [];
  const intervals: IntervalEnergy[] = [];
  const errors = new Map(before.errors.map(({ key, count, lines }) => [key, { count, lines: [...lines] }]));
  const refuse = (line: number, key: ImportErrorKey): void => {
    const told = errors.get(key) ?? { count: 0, lines: [] };
    errors.set(key, told);
    told.count += 1;
    if (told.lines.length < FIRST_LINES && told.lines.at(-1) !== line) told.lines.push(line);
  };

  for (const row of rows) {
    if ("error" in row) {
      refuse(row.line, row.error.key);
      continue;
    }
    const meter = row.meter ?? task.mapping.meter;
    if (meter === undefined)
      throw new EnergyError("invalid-query", "the file does not say whose rows they are: name the meter", {
        field: "meter",
      });
    if (!isNameable(meter, task.meters)) refuse(row.line, "bad-value");
    else if ("from" in row) {
      const { line, ...interval } = row;
      if (isInterval(interval)) intervals.push({ ...interval, meter });
      else refuse(line, "bad-value");
    } else if (isReading(row)) readings.push({ ...row.values, meter, at: Math.round(row.at), source: "imported" });
    else refuse(row.line, "bad-value");
  }

  const named = new Set([...readings, ...intervals].map(({ meter }) => meter));
  const { store, meters } = task;
  await makeNewMeters(named, readings, meters, (settings) => untilStored(task, () => store.putMeter(settings)));
  if (readings.length > 0) await untilStored(task, () => store.append({ readings }));
  if (intervals.length > 0) await untilStored(task, () => store.putIntervals(intervals));
  return {
    rows: before.rows + rows.length,
    readings: before.readings + readings.length,
    intervals: before.intervals + intervals.length,
    errors: [...errors].map(([key, told]) => ({ key, ...told })),
  };
}

/** A meter that is computed from others has nothing of its own. */
const isNameable = (meter: string, meters: Meters): boolean =>
  meter !== "" && meter.length <= 200 && meters.admits(meter) && !meters.formula(meter);

const isInstant = (at: number): boolean => at >= FIRST_YEAR && at <= LAST_YEAR;

const isReading = ({ at, values }: { readonly at: number; readonly values: object }): boolean =>
  isInstant(at) && Object.keys(values).length > 0;

function isInterval({ from, to, importWh, exportWh, volumeM3 }: Omit<IntervalEnergy, "meter">): boolean {
  const says = importWh !== undefined || exportWh !== undefined || volumeM3 !== undefined;
  return says && isInstant(from) && isInstant(to) && from < to && to - from <= LONGEST_INTERVAL_MS;
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
