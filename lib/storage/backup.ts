import { chmodSync, closeSync, copyFileSync, existsSync, fsyncSync, mkdirSync, openSync } from "node:fs";
import { renameSync, statfsSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Kysely } from "kysely";
import { asError, EnergyError } from "../errors";
import type { BackupFile, SentBackup } from "./backup-store";
import { checkFile } from "./check-file";
import { openForeignFile } from "./foreign-file";
import { MIGRATIONS } from "./migrations";
import type { Schema } from "./schema";
import type { SqlDatabase } from "./sql-database";
import { BESIDE, removeFile, wasDatabase } from "./set-file-aside";
import { openRaw, settleFile } from "./sqlite";

/** What else the disk must have room for, so that a backup does not stop what comes in. */
const SPARE_BYTES = 64 * 1024 * 1024;

/** More tables, views and indexes than these no database of Vatio has. */
const MOST_OBJECTS = 1_000;
const KINDS = new Set(["table", "index", "view"]);
/** What has SQLite reckon when a row is looked at. */
const RUNS = /^\s*create\s+virtual\b|\bgenerated\b|\bcheck\s*\(/i;

/** See `BackupStore`; `source` is the file of the database. */
export async function writeBackup({ copy }: SqlDatabase, source: string, file: string): Promise<BackupFile> {
  if (!copy) throw notOurs();
  if (["", ...BESIDE].some((end) => resolve(file) === resolve(source) + end))
    throw new EnergyError("invalid-query", "a backup cannot take the place of the database itself", { field: "file" });
  const part = `${file}.part`;
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    removeFile(part);
    demandRoom(source, dirname(file));
    closeSync(openSync(part, "wx", 0o600));
    await copy(part);
    settleFile(part);
    await checkFile(part);
    flush(part);
    renameSync(part, file);
    flush(dirname(file));
    const { size, mtimeMs } = statSync(file);
    return { file: resolve(file), at: Math.round(mtimeMs), bytes: size };
  } catch (error) {
    removeFile(part);
    throw error instanceof EnergyError
      ? error
      : cannot(`the backup cannot be written: ${asError(error).message}`, error);
  }
}

/** A checked copy of a backup, ready to take the database's place, in the file `copy`. Rejects `invalid-query`. */
export async function prepareRestore(file: string, copy: string): Promise<void> {
  await orRemoved(copy, async () => {
    demandDatabase(file);
    removeFile(copy);
    mkdirSync(dirname(copy), { recursive: true, mode: 0o700 });
    copyFileSync(file, copy);
    if (existsSync(`${file}-wal`)) copyFileSync(`${file}-wal`, `${copy}-wal`);
    await demandSound(copy);
  });
}

/** See `BackupStore`. */
export async function takeIn(from: string, to: string): Promise<BackupFile & Pick<SentBackup, "zone">> {
  return orRemoved(from, async () => {
    demandDatabase(from);
    const zone = await demandSound(from);
    mkdirSync(dirname(to), { recursive: true, mode: 0o700 });
    renameSync(from, to);
    flush(dirname(to));
    const { size, mtimeMs } = statSync(to);
    return { file: to, at: Math.round(mtimeMs), bytes: size, ...(zone !== undefined && { zone }) };
  });
}

/** What is wrong with a backup is told as `invalid-query`, and our copy of it goes. */
async function orRemoved<T>(copy: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    removeFile(copy);
    if (error instanceof EnergyError && error.code === "invalid-query") throw error;
    throw refused(asError(error).message, error);
  }
}

function demandDatabase(file: string): void {
  if (!existsSync(file)) throw refused("there is no such file");
  if (!wasDatabase(file)) throw refused("it is not a database");
}

/** That our copy of a backup is whole and Vatio's; it stands by itself afterwards. Answers the zone of its days, where it tells. */
async function demandSound(copy: string): Promise<string | undefined> {
  chmodSync(copy, 0o600);
  settleFile(copy);
  const zone = await demandOurSchema(copy);
  await checkFile(copy);
  forgetImports(copy);
  flush(copy);
  return zone;
}

/** Where the files lie that another site was bringing in says nothing here, and a file that somebody sent must name none of ours. */
function forgetImports(copy: string): void {
  const raw = openRaw(copy, "power");
  try {
    raw.prepare("DELETE FROM memory WHERE owner = 'import'").run();
  } finally {
    raw.close();
  }
  settleFile(copy);
}

/** Rejects `invalid-query` where anything was measured already. */
export async function demandEmpty(db: Kysely<Schema>): Promise<void> {
  const meter = await db.selectFrom("meter").select("key").where("firstAt", "is not", null).executeTakeFirst();
  const others = ["reading", "chunk", "quarter", "interval"] as const;
  let hasOthers = false;
  for (const table of others)
    hasOthers ||= (await db.selectFrom(table).select("meter").limit(1).executeTakeFirst()) !== undefined;
  if (!meter && !hasOthers) return;
  const what = meter ? `the meter "${meter.key}"` : "a meter";
  throw new EnergyError(
    "invalid-query",
    `a backup is restored into an empty site only, and this one has history of ${what}: make a new site for it`,
  );
}

export function notOurs(): EnergyError {
  return new EnergyError(
    "invalid-query",
    "this site's data is in a database server: use that database's own backup, such as pg_dump or mariadb-dump",
  );
}

async function demandOurSchema(file: string): Promise<string | undefined> {
  const db = openForeignFile(file);
  try {
    const made = db.all(`SELECT type, name, sql FROM sqlite_schema LIMIT ${MOST_OBJECTS}`);
    const tables = new Set(made.flatMap(({ type, name }) => (type === "table" ? [name] : [])));
    if (!["kysely_migration", "memory", "meter", "reading"].every((name) => tables.has(name)))
      throw refused("it is no database of Vatio");
    const known = Object.keys(await MIGRATIONS.getMigrations());
    const applied = db.all(`SELECT name FROM kysely_migration LIMIT ${MOST_OBJECTS}`).map(({ name }) => String(name));
    if (applied.some((name) => !known.includes(name)))
      throw refused("it was made by a newer Vatio: install that version first");
    // What runs by itself in a database is none of ours; SQLite takes a kind in any case.
    const runs = ({ type, sql }: (typeof made)[number]): boolean => !KINDS.has(String(type)) || RUNS.test(String(sql));
    if (made.length === MOST_OBJECTS || made.some(runs))
      throw refused("it has triggers or the like, which no database of Vatio has");
    const [month] = db.all("SELECT zone FROM month WHERE length(zone) BETWEEN 1 AND 64 ORDER BY start DESC LIMIT 1");
    return typeof month?.zone === "string" ? month.zone : undefined;
  } finally {
    db.close();
  }
}

function demandRoom(source: string, folder: string): void {
  const needed = [source, `${source}-wal`].reduce((sum, one) => sum + (existsSync(one) ? statSync(one).size : 0), 0);
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  if (free >= needed + SPARE_BYTES) return;
  const megabytes = (bytes: number): number => Math.ceil(bytes / 1024 / 1024);
  throw cannot(
    `the backup needs ${megabytes(needed)} MB and the disk has ${megabytes(free)} MB left: free some, or keep fewer backups`,
  );
}

/** Until it lies on the disk. */
function flush(file: string): void {
  const descriptor = openSync(file, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

const cannot = (message: string, cause?: unknown): EnergyError => new EnergyError("storage-failed", message, { cause });
const refused = (why: string, cause?: unknown): EnergyError =>
  new EnergyError("invalid-query", `the backup cannot be restored: ${why}`, { field: "file", cause });
