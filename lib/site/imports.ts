import { existsSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { KIND_DEFAULTS, type SiteFacts } from "../energy/site-facts";
import { asError, EnergyError } from "../errors";
import { guessImportFile } from "../exchange/guess-import";
import type { GuessedImport, Imports, ImportState } from "../exchange/import-state";
import { makeReport } from "../exchange/make-report";
import type { ImportGuess, ImportMapping } from "../exchange/mapping";
import type { EnergyStore } from "../storage/energy-store";
import { hashFile, openImportFolder, type HashedFile } from "./import-folder";
import { forgetImport, recallImports, rememberImport, type ImportRecord } from "./import-record";
import { asAskersFault, importRows } from "./import-rows";
import { NOTHING_DONE, runImport, untilStored } from "./run-import";
import type { Meters } from "./site";
import { storedRows } from "./stored-rows";

export interface ImportHost {
  readonly store: EnergyStore;
  readonly meters: Meters;
  readonly settings: Pick<SiteFacts, "zone" | "kind"> & { readonly file: string };
  now(): number;
  /** Hears of what nobody waits for. */
  onProblem(error: Error): void;
  /** How long a database that cannot take anything is waited for. */
  readonly patienceMs?: number;
}

interface Job {
  record: ImportRecord;
  bytesDone: number;
  /** While it waits for its turn or runs. */
  running?: { readonly stop: AbortController; ended: Promise<void> };
}

const PATIENCE_MS = 600_000;
const DAY_MS = 86_400_000;
const SWEEP_EVERY_MS = 3_600_000;
/** How often it is remembered how far an import is: what comes after is stored once more, to the same effect. */
const REMEMBER_EVERY_MS = 1_000;

/** Files of history on their way into a site, one after the other. */
export function makeImports(host: ImportHost): Imports {
  const { store, meters, settings, now, onProblem, patienceMs = PATIENCE_MS } = host;
  const folder = openImportFolder(settings.file);
  const jobs = new Map<string, Job>();
  /** Imports by the uploads that brought them: an answer may be lost on its way, and what is here is not sent again. */
  const arrived = new Map<string, string>();
  let turn: Promise<unknown> = Promise.resolve();
  let reportTurn: Promise<unknown> = Promise.resolve();
  let loaded: Promise<void> | undefined;
  const closing = new AbortController();

  const load = async (): Promise<void> => {
    for (const record of await recallImports(store)) {
      if (jobs.has(record.id)) continue;
      const wasCut = record.state === "running" || record.state === "queued";
      jobs.set(record.id, { record: wasCut ? { ...record, state: "stopped" } : record, bytesDone: 0 });
    }
    await sweep();
  };
  const ready = (): Promise<void> =>
    (loaded ??= load().catch((error: unknown) => {
      loaded = undefined;
      throw error;
    }));

  /** Files go a day after they were last asked for; what became of them is told as long. */
  const sweep = async (): Promise<void> => {
    const before = now() - DAY_MS;
    for (const { record, running } of [...jobs.values()])
      if (!running && record.touchedAt < before) await forget(record);
    await folder.sweep(before, (file) => [...jobs.values()].some(({ record }) => record.file === file));
  };
  const timer = setInterval(() => {
    if (loaded) sweep().catch((error: unknown) => onProblem(asError(error)));
  }, SWEEP_EVERY_MS).unref();

  const forget = async ({ id, file, isSent }: ImportRecord): Promise<void> => {
    jobs.delete(id);
    for (const [upload, brought] of arrived) if (brought === id) arrived.delete(upload);
    if (isSent) await folder.remove(file);
    await forgetImport(store, id);
  };

  const change = async (job: Job, changes: Partial<ImportRecord>): Promise<void> => {
    job.record = { ...job.record, ...changes, touchedAt: now() };
    await rememberImport(store, job.record);
  };

  const find = async (id: string): Promise<Job> => {
    await ready();
    const job = jobs.get(id);
    if (!job) throw new EnergyError("invalid-query", "there is no such import", { field: "id" });
    return job;
  };

  const add = async ({ file, hash: id, bytes }: HashedFile, name: string, isSent: boolean): Promise<GuessedImport> => {
    await ready();
    const guess = guessOf(file, name, settings.zone);
    const at = now();
    const { mapping } = guess;
    const fresh: ImportRecord = {
      ...{ id, name, file, isSent, bytes, mapping, state: "ready", addedAt: at, touchedAt: at },
      ...NOTHING_DONE,
    };
    const known = jobs.get(id);
    const job = known && known.record.state !== "done" ? known : { record: fresh, bytesDone: 0 };
    jobs.set(id, job);
    if (!job.running) await change(job, { file, name, isSent });
    return { state: toState(job), guess: { ...guess, mapping: job.record.mapping } };
  };

  const guessAnew = (job: Job): GuessedImport => {
    const { file, name, mapping } = job.record;
    demandFile(file);
    return { state: toState(job), guess: { ...guessOf(file, name, settings.zone), mapping } };
  };

  const work = async (job: Job, signal: AbortSignal): Promise<void> => {
    const { file, mapping, line, tally, isSent } = job.record;
    signal.throwIfAborted();
    await untilStored({ signal, patienceMs }, () => change(job, { state: "running" }));
    let rememberedAt = now();
    await runImport({
      ...{ file, mapping, store, meters, signal, patienceMs, from: { line, tally } },
      onBytes: (bytes) => {
        job.bytesDone = bytes;
      },
      onStored: async (progress) => {
        job.record = { ...job.record, ...progress };
        if (now() - rememberedAt < REMEMBER_EVERY_MS) return;
        rememberedAt = now();
        await untilStored({ signal, patienceMs }, () => change(job, progress));
      },
    });
    await untilStored({ signal, patienceMs }, () => change(job, { state: "done" }));
    job.bytesDone = job.record.bytes;
    if (isSent) await folder.remove(file);
  };

  const start = (job: Job): void => {
    const stop = new AbortController();
    const signal = AbortSignal.any([stop.signal, closing.signal]);
    const ended = turn.then(() =>
      work(job, signal)
        .catch(async (caught: unknown) => {
          const error = asError(caught);
          await change(job, signal.aborted ? { state: "stopped" } : { state: "failed", error: error.message });
        })
        .catch((error: unknown) => onProblem(asError(error)))
        .finally(() => delete job.running),
    );
    turn = ended;
    job.running = { stop, ended };
  };

  return {
    receive: async (name, bytes, mostBytes) => add(await folder.receive(bytes, mostBytes), name, true),
    receivePart: async ({ name, ...part }) => {
      const here = jobs.get(arrived.get(part.upload) ?? "");
      if (here && here.record.state !== "done") return { received: part.size, whole: guessAnew(here) };
      const { received, whole } = await folder.receivePart(part);
      if (!whole) return { received };
      arrived.set(part.upload, whole.hash);
      return { received, whole: await add(whole, name, true) };
    },
    unfinished: () => folder.unfinished(),
    open: async (file, name) => {
      // The database may have to be opened first, and need not wait for a large file.
      const [hashed] = await Promise.all([hashFile(file), ready()]);
      return add(hashed, name, false);
    },

    guess: async (id) => guessAnew(await find(id)),
    report: async (id, mapping, asked) => {
      const job = await find(id);
      const signal = asked ? AbortSignal.any([asked, closing.signal]) : closing.signal;
      const made = reportTurn.then(async () => {
        signal.throwIfAborted();
        const report = makeReport(storedRows(store), {
          ...(mapping.meter !== undefined && { meter: mapping.meter }),
          likelyMaxW: KIND_DEFAULTS[settings.kind].maxPowerW,
        });
        for await (const rows of importRows(job.record.file, mapping, { after: 0, signal })) await report.add(rows);
        return report.done();
      });
      reportTurn = made.catch(() => undefined);
      const report = await made;
      if (!job.running) await change(job, withMapping(job.record, mapping));
      return report;
    },

    run: async (id, told) => {
      const job = await find(id);
      const mapping = told ?? job.record.mapping;
      await look(job.record.file, mapping, closing.signal);
      if (job.running || job.record.state === "done") return toState(job);
      const { error: _, ...record } = job.record;
      job.record = { ...record, ...withMapping(record, mapping), state: "queued" };
      start(job);
      return toState(job);
    },

    stop: async (id) => {
      const job = await find(id);
      job.running?.stop.abort();
      await job.running?.ended;
      return toState(job);
    },
    finished: async (id) => {
      const job = await find(id);
      await job.running?.ended;
      return toState(job);
    },
    list: async () => {
      await ready();
      return [...jobs.values()].map(toState).sort((a, b) => b.addedAt - a.addedAt);
    },
    remove: async (id) => {
      const job = await find(id);
      job.running?.stop.abort();
      await job.running?.ended;
      await forget(job.record);
    },
    close: async () => {
      clearInterval(timer);
      closing.abort();
      await Promise.all([turn, reportTurn]);
    },
  };
}

/** Read in another way a file begins anew. */
const withMapping = (record: ImportRecord, mapping: ImportMapping): Partial<ImportRecord> =>
  isDeepStrictEqual(record.mapping, mapping) ? {} : { mapping, ...NOTHING_DONE };

/** As the file seems to be; rows that name no meter are of one that is called as the file. */
function guessOf(file: string, name: string, zone: string): ImportGuess {
  try {
    const guess = guessImportFile(file, name, { zone });
    const meter = name.replace(/\.\w+$/, "").slice(0, 200) || name;
    return { ...guess, mapping: { meter, ...guess.mapping }, sure: { meter: 0, ...guess.sure } };
  } catch (error) {
    throw asAskersFault(error);
  }
}

function demandFile(file: string): void {
  if (!existsSync(file)) throw new EnergyError("invalid-query", "the file is gone: send it again", { field: "id" });
}

/** The first rows tell whether a mapping can be read by at all. */
async function look(file: string, mapping: ImportMapping, signal: AbortSignal): Promise<void> {
  demandFile(file);
  for await (const rows of importRows(file, mapping, { after: 0, signal })) {
    if (mapping.meter === undefined && rows.some((row) => !("error" in row) && row.meter === undefined))
      throw new EnergyError("invalid-query", "the file does not say whose rows these are: name the meter", {
        field: "meter",
      });
    return;
  }
}

function toState({ record, bytesDone }: Job): ImportState {
  const { id, name, addedAt, state, bytes, error, tally } = record;
  return { id, name, addedAt, state, bytes, bytesDone, ...tally, ...(error !== undefined && { error }) };
}
