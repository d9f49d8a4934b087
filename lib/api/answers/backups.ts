import { basename } from "node:path";
import type { Backup, BackupPart } from "../../storage/backup-store";
import type { ApiSite } from "../api-site";
import { Refused } from "../refused";
import type { BackupDoc, BackupPartDoc, BackupsDoc } from "../types";
import { toInstant } from "../wire";

export function listBackups({ backups, settings }: ApiSite): BackupsDoc {
  const { possible, daily, keep } = backups;
  const twoDigits = (number: number): string => String(number).padStart(2, "0");
  return {
    ...{ possible, making: backups.isMaking(), keep },
    ...(daily && { dailyAt: `${twoDigits(daily.hour)}:${twoDigits(daily.minute)}` }),
    backups: backups.list().map((file) => toBackupDoc(file, settings.zone)),
  };
}

/** Makes one now, or waits for the one that is being made. */
export async function makeBackup({ backups, settings }: ApiSite): Promise<BackupDoc> {
  return toBackupDoc(await backups.make(), settings.zone);
}

/** Keeps a piece of a backup that is sent; refuses at once what could not be restored here. */
export async function receiveBackupPart(site: ApiSite, part: BackupPart, mostBytes: number): Promise<BackupPartDoc> {
  const { backups, settings } = site;
  if (!backups.possible) throw new Refused("invalid-query", "backupServer", { field: "body" });
  if (part.size > mostBytes) {
    const values = { megabytes: Math.floor(mostBytes / 1e6), folder: backups.folder };
    throw new Refused("too-large", "backupTooLarge", { field: "body", values });
  }
  const { received, whole } = await backups.receivePart(part);
  if (!whole) return { received };
  const { zone } = whole;
  return {
    received,
    backup: { ...toBackupDoc(whole, settings.zone), ...(zone !== undefined && { timeZone: zone }) },
  };
}

/** Makes a backup's content that of the site, which must be empty; what nodes keep in mind follows when flows are deployed. */
export async function restoreBackup(site: ApiSite, name: string): Promise<void> {
  await site.backups.restore(basename(findBackup(site, name).file));
}

/** By its name among those that are listed; refuses `not-found` any other. */
export function findBackup({ backups }: ApiSite, name: string): Backup {
  const found = backups.list().find(({ file }) => basename(file) === name);
  if (!found) throw new Refused("not-found", "noBackup", { field: "name" });
  return found;
}

const toBackupDoc = ({ file, at, bytes, kind }: Backup, zone: string): BackupDoc => ({
  name: basename(file),
  madeAt: toInstant(at, zone),
  bytes,
  kind,
});
