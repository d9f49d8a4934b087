import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { openSchedule } from "../advice/schedule";
import { asError, EnergyError } from "../errors";
import { backupName, listBackups, rotateBackups } from "../storage/backup-files";
import type { Backup, BackupKind, Backups, BackupStore, TimeOfDay } from "../storage/backup-store";
import type { SiteSettings } from "./site";

/** When a site's database is copied by itself: at a time of the site's day. */
export interface BackupSettings extends TimeOfDay {
  /** How many of each kind are kept; older ones are removed. */
  readonly keep: number;
}

export interface BackupsParts {
  readonly store: BackupStore;
  readonly settings: Pick<SiteSettings, "file" | "zone" | "server" | "backup">;
  readonly now: () => number;
  readonly onProblem: (error: Error) => void;
  readonly schedule?: typeof openSchedule;
}

/** A machine that was off at night makes up for it so long after it starts. */
const CATCH_UP_MS = 600_000;
const DAY_MS = 86_400_000;
const KEPT = 7;

export function openBackups(parts: BackupsParts): Backups {
  const { store, settings, now, onProblem, schedule = openSchedule } = parts;
  const { file, zone, server, backup } = settings;
  const folder = join(dirname(file), "backups");
  const list = (): readonly Backup[] => listBackups(folder, file);
  const keep = backup?.keep ?? KEPT;
  const making = new Map<BackupKind, Promise<Backup>>();
  const makeOne = async (kind: BackupKind): Promise<Backup> => {
    const made = await store.backup(join(folder, backupName(file, now(), zone, kind)));
    rotateBackups(folder, file, keep, kind);
    return { ...made, kind };
  };
  const make = (kind: BackupKind): Promise<Backup> => {
    const made = making.get(kind) ?? makeOne(kind).finally(() => making.delete(kind));
    making.set(kind, made);
    return made;
  };
  const makeInTime = (): void => {
    if (!existsSync(file)) return;
    make("daily").catch((error: unknown) => onProblem(toProblem(error, folder)));
  };

  const possible = server === undefined && file !== ":memory:";
  const isScheduled = backup !== undefined && possible;
  const daily = isScheduled ? schedule(`${backup.minute} ${backup.hour} * * *`, zone, makeInTime) : undefined;
  const catchUp = setTimeout(() => {
    const last = list().find(({ kind }) => kind === "daily");
    if (isScheduled && now() - (last?.at ?? 0) > DAY_MS) makeInTime();
  }, CATCH_UP_MS);
  catchUp.unref();

  return {
    ...{ folder, possible, keep, list },
    make: () => make("manual"),
    ...(isScheduled && { daily: backup }),
    isMaking: () => making.size > 0,
    restore: async (name) => {
      const found = list().find((one) => one.file === join(folder, name));
      if (!found) throw new EnergyError("invalid-query", `there is no backup "${name}"`, { field: "name" });
      await store.restore(found.file);
    },
    close: () => {
      daily?.close();
      clearTimeout(catchUp);
    },
  };
}

function toProblem(cause: unknown, folder: string): EnergyError {
  const { message } = asError(cause);
  const code = cause instanceof EnergyError ? cause.code : "storage-failed";
  return new EnergyError(
    code,
    `the daily backup was not made: ${message}. See to it that ${folder} can be written to and has room`,
    { cause },
  );
}
