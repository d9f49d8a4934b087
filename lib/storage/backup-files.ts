import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { basename, extname, join } from "node:path";
import type { Backup, BackupKind } from "./backup-store";

/** What the name of a backup says of it, before `.db`. */
const ENDS = { daily: "", manual: "-manual", sent: "-sent" } as const satisfies Record<BackupKind, string>;
const NAME = /^(\d{4}-\d\d-\d\d-\d{4})(?:-(manual|sent))?\.db$/;

/** How the backups of the database `file` are called: its name and the local time, `home-2026-05-01-0330.db`, or `…-manual.db`. */
export function backupName(file: string, at: number, zone: string, kind: BackupKind): string {
  const parts = new Intl.DateTimeFormat("en-CA", {
    timeZone: zone,
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  }).formatToParts(at);
  const part = (type: Intl.DateTimeFormatPartTypes): string => parts.find((one) => one.type === type)?.value ?? "";
  const day = [part("year"), part("month"), part("day")].join("-");
  return `${nameOf(file)}-${day}-${part("hour")}${part("minute")}${ENDS[kind]}.db`;
}

/** The backups of the database `file` in a folder, newest first by their names. */
export function listBackups(folder: string, file: string): Backup[] {
  if (!existsSync(folder)) return [];
  const start = `${nameOf(file)}-`;
  return readdirSync(folder)
    .flatMap((name) => {
      const [, stamp, kind = "daily"] = (name.startsWith(start) && NAME.exec(name.slice(start.length))) || [];
      return stamp === undefined ? [] : [{ name, stamp, kind: kind as BackupKind }];
    })
    .sort((a, b) => (a.stamp < b.stamp ? 1 : a.stamp > b.stamp ? -1 : a.name.localeCompare(b.name)))
    .map(({ name, kind }) => {
      const { size, mtimeMs } = statSync(join(folder, name));
      return { file: join(folder, name), at: Math.round(mtimeMs), bytes: size, kind };
    });
}

/** Leaves the newest `keep` of one kind: what somebody makes by hand does not push out what is made every night. */
export function rotateBackups(folder: string, file: string, keep: number, kind: BackupKind): void {
  const alike = listBackups(folder, file).filter((one) => one.kind === kind);
  for (const old of alike.slice(keep)) rmSync(old.file, { force: true });
}

const nameOf = (file: string): string => basename(file, extname(file));
