import Database from "better-sqlite3";
import { statfsSync } from "node:fs";
import { dirname } from "node:path";
import zlib from "node:zlib";
import { EnergyError } from "../errors";
import type { Reading } from "../energy/reading";
import type { Batch } from "./energy-store";
import { guarded, openRaw } from "./sqlite";

export interface SpoolSettings {
  /** Absolute; SQLite. */
  readonly file: string;
  /** What waits takes no more of the disk. */
  readonly maxBytes: number;
  /** What must be left of the disk. */
  readonly minFreeBytes: number;
}

/** What waits for the database. */
export interface Spooled {
  readonly batch: Batch;
  /** Its readings are not believed, for this reason. */
  readonly aside?: string;
}

export interface Numbered {
  readonly seq: number;
  readonly spooled: Spooled;
}

/** As much as one look takes of what waits. */
const LOOK = { entries: 2_000, bytes: 2 ** 20 };

/** The checksum is of the body: SQLite does not notice that a value is another one. */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS waiting (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT NOT NULL, crc INTEGER NOT NULL, session TEXT, packetId INTEGER, hash TEXT);
  CREATE INDEX IF NOT EXISTS waiting_delivery ON waiting (session, packetId) WHERE session IS NOT NULL;
  CREATE TABLE IF NOT EXISTS instant (meter TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS known (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;`;

export type SpoolFile = ReturnType<typeof openSpoolFile>;

/** The file in which readings wait for their database: durable when `push` returns, in order. Throws `storage-*`. */
export function openSpoolFile({ file, maxBytes, minFreeBytes }: SpoolSettings) {
  const raw = openRaw(file, "power");
  try {
    return guarded(() => onFile(raw, { file, maxBytes, minFreeBytes }));
  } catch (error) {
    raw.close();
    throw error;
  }
}

function onFile(raw: Database.Database, { file, maxBytes, minFreeBytes }: SpoolSettings) {
  const number = (sql: string): number => Number(Object.values(raw.prepare<[], object>(sql).get() ?? {})[0]);
  if (number("PRAGMA auto_vacuum") === 0) raw.exec("PRAGMA auto_vacuum = INCREMENTAL; VACUUM");
  raw.exec(SCHEMA);
  demandOurs(raw);
  const insert = raw.prepare("INSERT INTO waiting (body, crc, session, packetId, hash) VALUES (?, ?, ?, ?, ?)");
  const find = raw.prepare("SELECT 1 FROM waiting WHERE session = ? AND packetId = ? AND hash = ?");
  const note = raw.prepare("INSERT INTO instant VALUES (?, ?) ON CONFLICT DO UPDATE SET at = max(at, excluded.at)");
  const select = raw.prepare<[number], { seq: number; body: string; crc: number }>(
    `SELECT seq, body, crc FROM waiting ORDER BY seq LIMIT ?`,
  );
  const isEmpty = () => number("SELECT EXISTS (SELECT 1 FROM waiting)") === 0;
  const bytes = () => (number("PRAGMA page_count") - number("PRAGMA freelist_count")) * number("PRAGMA page_size");

  const keep = ({ batch, aside }: Spooled): boolean => {
    const { delivery } = batch;
    if (delivery?.dup && find.get(delivery.session, delivery.packetId, delivery.hash)) return false;
    const { session = null, packetId = null, hash = null } = delivery ?? {};
    const body = JSON.stringify({ batch, ...(aside !== undefined && { aside }) } satisfies Spooled);
    insert.run(body, zlib.crc32(body), session, packetId, hash);
    const newest = new Map(batch.readings.map(({ meter, at }: Reading) => [meter, at]));
    if (aside === undefined) for (const [meter, at] of newest) note.run(meter, at);
    return true;
  };
  const keepAll = raw.transaction((spooled: readonly Spooled[]) => spooled.map(keep));
  const remember = (key: string, text: string): void =>
    void raw.prepare("INSERT OR REPLACE INTO known VALUES (?, ?)").run(key, text);

  return {
    isEmpty: () => guarded(isEmpty),

    /** All or nothing. Answers which were new: what the broker delivers again and still waits is not. */
    push: (spooled: readonly Spooled[]): boolean[] =>
      guarded(() => {
        const { bavail, bsize } = statfsSync(dirname(file));
        if (bytes() >= maxBytes) throw full(`${Math.round(maxBytes / 1e6)} MB wait for the database`);
        if (bavail * bsize < minFreeBytes)
          throw full(`less than ${Math.round(minFreeBytes / 1e6)} MB of the disk are free`);
        return keepAll.immediate(spooled);
      }),

    /** The oldest. */
    first: (): Numbered[] =>
      guarded(() => {
        let length = 0;
        const rows: Numbered[] = [];
        for (const { seq, body, crc } of select.all(LOOK.entries)) {
          if (!isWhole(body, crc)) throw damaged("what waits is not what was kept");
          length += body.length;
          if (rows.length > 0 && length > LOOK.bytes) break;
          rows.push({ seq, spooled: JSON.parse(body) as Spooled });
        }
        return rows;
      }),

    /** Forgets what was stored, up to and with `seq`. */
    drop: (seq: number): void =>
      guarded(() => {
        raw.prepare("DELETE FROM waiting WHERE seq <= ?").run(seq);
        if (!isEmpty()) return;
        raw.exec("DELETE FROM instant; PRAGMA incremental_vacuum");
        raw.pragma("wal_checkpoint(TRUNCATE)");
      }),

    /** The newest instant of each meter of which something waits. */
    instants: () =>
      guarded(() => raw.prepare<[], { meter: string; at: number }>("SELECT meter, at FROM instant").all()),

    /** What was found in a damaged one, before anything else is kept; it takes the room that it needs. */
    bringBack: (work: (into: SpoolTables) => void): void =>
      guarded(() => raw.transaction(() => work({ keep, remember })).immediate()),

    remember: (key: string, value: unknown): void => guarded(() => remember(key, JSON.stringify(value))),

    recall: (key: string): unknown =>
      guarded(() => {
        const row = raw.prepare<[string], { value: string }>("SELECT value FROM known WHERE key = ?").get(key);
        return row && parse(row.value);
      }),

    close: (): void => void raw.close(),
  };
}

/** Where what was brought back is put. */
export interface SpoolTables {
  keep(spooled: Spooled): boolean;
  remember(key: string, json: string): void;
}

/** Whether a body is what was kept. */
export const isWhole = (body: string, crc: number): boolean => zlib.crc32(body) === crc;

/** Tables of another name or shape than ours are ours damaged: what waits in them would never be seen. */
function demandOurs(raw: Database.Database): void {
  const memory = openRaw(":memory:", "crash");
  const tablesOf = (one: Database.Database): string =>
    JSON.stringify(one.prepare("SELECT name, sql FROM sqlite_schema ORDER BY name").all());
  memory.exec(SCHEMA);
  const ours = tablesOf(memory);
  memory.close();
  if (tablesOf(raw) !== ours) throw damaged("its tables are not those that were made");
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw damaged("what is known is not what was kept");
  }
}

const damaged = (what: string): Error => new Database.SqliteError(what, "SQLITE_CORRUPT");

export const SPOOL_FULL = "the spool is full";

function full(why: string): EnergyError {
  return new EnergyError("storage-failed", `${SPOOL_FULL}: ${why}`);
}
