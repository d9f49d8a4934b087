import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { openSchedule } from "../advice/schedule";
import { asError, EnergyError } from "../errors";
import { backupName, listBackups, rotateBackups } from "../storage/backup-files";
import type {
  Backup,
  BackupKind,
  BackupPart,
  Backups,
  BackupStore,
  SentBackup,
  TimeOfDay,
} from "../storage/backup-store";
import { openImportFolder } from "./import-folder";
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
const [MINUTE_MS, DAY_MS] = [60_000, 86_400_000];
const KEPT = 7;

export function openBackups({ store, settings, now, onProblem, schedule = openSchedule }: BackupsParts): Backups {
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
  const parts = openImportFolder(file, join("backups", "parts"));
  /** By the uploads that brought them: an answer may be lost on its way, and what is here is not sent again. */
  const sent = new Map<string, SentBackup>();
  /** Names go by the minute. */
  const freeName = (): string => {
    for (let at = now(); ; at += MINUTE_MS) {
      const name = join(folder, backupName(file, at, zone, "sent"));
      if (!existsSync(name)) return name;
    }
  };
  const takePart = async (part: BackupPart): Promise<{ received: number; whole?: SentBackup }> => {
    const here = sent.get(part.upload);
    if (here && existsSync(here.file)) return { received: part.size, whole: here };
    if (part.at === 0) {
      await parts.sweep(now() - DAY_MS, () => false);
      await store.demandEmpty();
    }
    const { received, whole } = await parts.receivePart(part);
    if (!whole) return { received };
    const taken = await store.takeIn(whole.file, freeName()).catch(async (error: unknown) => {
      await parts.remove(whole.file);
      throw error;
    });
    const backup = { ...taken, kind: "sent" } as const;
    sent.set(part.upload, backup);
    rotateBackups(folder, file, keep, "sent");
    return { received, whole: backup };
  };
  /** One piece or restore after the other: who asks again while a file is checked waits for that. */
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = turn.then(work);
    turn = done.catch(() => undefined);
    return done;
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
    receivePart: (part) => inTurn(() => takePart(part)),
    restore: async (name) => {
      const found = list().find((one) => one.file === join(folder, name));
      if (!found) throw new EnergyError("invalid-query", `there is no backup "${name}"`, { field: "name" });
      await inTurn(() => store.restore(found.file));
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
