import { renameSync } from "node:fs";
import { asError, EnergyError } from "../errors";
import { demandEmpty, notOurs, prepareRestore, takeIn, writeBackup } from "./backup";
import type { BackupFile, BackupStore, StorageNews } from "./backup-store";
import { provesDamage } from "./damage";
import type { Engine } from "./engine";
import { openSalvage, type Salvage } from "./salvage";
import {
  isEmptied,
  MENDED_AGAIN_MS,
  noteSalvaged,
  removeFile,
  setFileAside,
  wasDatabase,
  yetToSalvage,
} from "./set-file-aside";
import type { SqlDatabase } from "./sql-database";
import { isDamage } from "./sqlite";
import type { WorkerSettings } from "./worker-store";

/** An engine's methods and a file's. */
export type Method = keyof Engine | keyof BackupStore;

export interface KeptEngine {
  call(method: Method, args: readonly unknown[]): Promise<unknown>;
}

export interface KeptListeners {
  tell(news: StorageNews): void;
  /** The file is about to be moved: resolves when nobody else in this process has it open. */
  letGo(): Promise<void>;
}

interface Opened {
  readonly engine: Engine;
  readonly database: SqlDatabase;
  /** What is being brought back into it. */
  salvaging: Promise<void>;
  isStopped: boolean;
}

/**
 * Opens the database when first asked, and again when that failed. A file that is found damaged is set aside: a new one takes
 * the call at once, and what is intact is brought back into it in the background.
 */
export function openKept(
  settings: Pick<WorkerSettings, "file" | "server" | "zone">,
  openDatabase: () => SqlDatabase,
  openEngine: (database: SqlDatabase) => Promise<Engine>,
  { tell, letGo }: KeptListeners,
): KeptEngine {
  const { file, zone } = settings;
  const isFile = settings.server === undefined && file !== ":memory:";
  const underWay = new Set<Promise<unknown>>();
  let current: Promise<Opened> | undefined;
  let mendedAt = -Infinity;
  let lastBackup: Promise<unknown> = Promise.resolve();

  const openPlain = async (): Promise<Opened> => {
    const database = openDatabase();
    const engine = await openEngine(database);
    // No more than advice hangs on it.
    if (await database.hasTimescale?.().catch(() => false)) tell({ kind: "timescaledb" });
    return { engine, database, salvaging: Promise.resolve(), isStopped: false };
  };
  const open = async (): Promise<Opened> => {
    if (isFile && isEmptied(file)) return openAnew();
    const opened = await openPlain();
    const aside = isFile ? yetToSalvage(file) : undefined;
    if (aside !== undefined) await startSalvage(opened, aside);
    return opened;
  };
  const openAnew = async (): Promise<Opened> => {
    await letGo();
    const aside = setFileAside(file, Date.now());
    tell({ kind: "damaged", file: aside });
    const opened = await openPlain();
    await startSalvage(opened, aside);
    return opened;
  };

  /** Resolves when all is known that calls need; the rest follows. */
  const startSalvage = async (opened: Opened, aside: string): Promise<void> => {
    const failed = (error: unknown): void => tell({ kind: "unsalvaged", file: aside, message: asError(error).message });
    let salvage: Salvage | undefined;
    try {
      salvage = await openSalvage(aside, opened.database, zone);
      await salvage.begin();
    } catch (error) {
      salvage?.close();
      return void failed(error);
    }
    const { finish, close } = salvage;
    opened.salvaging = finish(() => opened.isStopped)
      .then((salvaged) => {
        if (!salvaged) return;
        noteSalvaged(file, aside);
        tell({ kind: "salvaged", file: aside, ...salvaged });
      })
      .catch(failed)
      .finally(close);
  };

  const close = async (opened: Opened): Promise<void> => {
    opened.isStopped = true;
    await opened.salvaging;
    await opened.engine.close();
  };

  /** Whether the call is worth another try: on another database, since this one is damaged, or was when it was called. */
  const mend = async (broken: Promise<Opened>, error: unknown): Promise<boolean> => {
    if (current !== broken) return true;
    if (!isFile || Date.now() - mendedAt < MENDED_AGAIN_MS || !wasDatabase(file)) return false;
    const isDamaged = await provesDamage(error, file);
    if (current !== broken) return true;
    if (!isDamaged) return false;
    mendedAt = Date.now();
    current = broken
      .then(close)
      .catch(() => undefined)
      .then(openAnew);
    return true;
  };

  const withEngine = async <T>(work: (opened: Opened) => Promise<T>): Promise<T> => {
    for (let tries = 0; ; tries += 1) {
      const mine = (current ??= open());
      try {
        const opened = await mine;
        const done = work(opened);
        underWay.add(done);
        return await done.finally(() => underWay.delete(done));
      } catch (error) {
        if (tries < 2 && (await mend(mine, error))) continue;
        // One that could not be opened is opened anew by the next call.
        if (current === mine && (await isRejected(mine))) current = undefined;
        throw isFile && isDamage(error) && !wasDatabase(file) ? noDatabase(file, error) : error;
      }
    }
  };

  const backup = async (to: string): Promise<BackupFile> => {
    const before = lastBackup;
    const made = (async () => {
      await before;
      const { database } = await (current ??= open());
      return writeBackup(database, file, to);
    })();
    lastBackup = made.catch(() => undefined);
    try {
      return await made;
    } catch (error) {
      if (!(error instanceof EnergyError) || error.code !== "storage-damaged") throw error;
      await withEngine(({ database }) => database.check?.() ?? Promise.resolve());
      const message = `${error.message}. The database itself is sound: check the disk that the backup is written to`;
      throw new EnergyError("storage-failed", message, { cause: error });
    }
  };

  const demandRestorable = async (): Promise<void> => {
    if (!isFile) throw notOurs();
    await withEngine(({ database }) => demandEmpty(database.db));
  };

  const restore = async (from: string): Promise<void> => {
    const copy = `${file}.restore`;
    await demandRestorable();
    await prepareRestore(from, copy);
    let refusal: unknown;
    const before = (current ??= open());
    // Whatever is called meanwhile waits for this.
    current = (async () => {
      const opened = await before;
      await new Promise((resolve) => setImmediate(resolve));
      await Promise.allSettled(underWay);
      try {
        await demandEmpty(opened.database.db);
      } catch (error) {
        refusal = error;
        return opened;
      }
      await letGo();
      await close(opened);
      removeFile(file);
      renameSync(copy, file);
      return openPlain();
    })();
    await current.finally(() => removeFile(copy));
    if (refusal !== undefined) throw asError(refusal);
  };

  return {
    call: async (method, args) => {
      if (method === "backup") return backup(...(args as [string]));
      if (method === "restore") return restore(...(args as [string]));
      if (method === "demandEmpty") return demandRestorable();
      if (method === "takeIn") return demandRestorable().then(() => takeIn(...(args as [string, string])));
      if (method === "close") return current?.then(close);
      return withEngine(({ engine }) => {
        const work = engine[method] as (...given: readonly unknown[]) => Promise<unknown>;
        return work(...args);
      });
    },
  };
}

const noDatabase = (file: string, cause: unknown): EnergyError =>
  new EnergyError("storage-failed", `${file} is not a database: move it away, and a new one is begun`, { cause });

const isRejected = (promise: Promise<unknown>): Promise<boolean> =>
  promise.then(
    () => false,
    () => true,
  );
