import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { basename, extname, join } from "node:path";
import type { BackupFile } from "./backup-store";

/** How the backups of the database `file` are called: its name and the local time, `home-2026-05-01-0330.db`. */
export function backupName(file: string, at: number, zone: string): string {
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
  return `${nameOf(file)}-${day}-${part("hour")}${part("minute")}.db`;
}

/** The backups of the database `file` in a folder, newest first by their names. */
export function listBackups(folder: string, file: string): BackupFile[] {
  if (!existsSync(folder)) return [];
  const start = `${nameOf(file)}-`;
  return readdirSync(folder)
    .filter((name) => name.startsWith(start) && /^\d{4}-\d\d-\d\d-\d{4}\.db$/.test(name.slice(start.length)))
    .sort()
    .toReversed()
    .map((name) => {
      const { size, mtimeMs } = statSync(join(folder, name));
      return { file: join(folder, name), at: Math.round(mtimeMs), bytes: size };
    });
}

/** Leaves the newest `keep`. */
export function rotateBackups(folder: string, file: string, keep: number): void {
  for (const old of listBackups(folder, file).slice(keep)) rmSync(old.file, { force: true });
}

const nameOf = (file: string): string => basename(file, extname(file));
