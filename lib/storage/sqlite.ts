import Database from "better-sqlite3";
import { Kysely, sql, SqliteDialect, type SqliteDatabase } from "kysely";
import { closeSync, fchmodSync, fstatSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { asError, EnergyError } from "../errors";
import { openNodeSqlite, rollBack } from "./node-sqlite";
import type { Schema } from "./schema";
import type { SqlDatabase } from "./sql-database";
import { prepareAppend } from "./sqlite-append";
import { HAS_BINARY } from "./sqlite-binary";

/** How long a commit waits for another process's lock, and how often it looks. Reads go on meanwhile. */
const LOCK_PATIENCE_MS = 5_000;
const LOCK_POLL_MS = 25;
/** Statements that are kept prepared; lists of many lengths would make them countless. */
const MOST_STATEMENTS = 100;

type Driver = (file: string, settings: { readonly timeout: number; readonly readonly?: boolean }) => Database.Database;
const DRIVER: Driver = HAS_BINARY ? (file, settings) => new Database(file, settings) : openNodeSqlite;

interface SqliteOptions {
  readonly driver?: Driver;
  readonly patienceMs?: number;
}
/** What a backup copies at once, so that appends get between: a megabyte. */
const PAGES_A_STEP = 64;

/**
 * The SQLite database in `file`, made if need be and readable by this user alone. `power`: a commit survives a pulled plug.
 * One connection, one thread: nothing else in this process may open the file, unless by `openReadOnly`.
 */
export function openSqlite(
  file: string,
  durability: "crash" | "power",
  { driver = DRIVER, patienceMs = LOCK_PATIENCE_MS }: SqliteOptions = {},
): SqlDatabase {
  const raw = openRaw(file, durability, driver);
  /** Whether a transaction failed and could not even be rolled back: what comes next would be part of it, and see what it did. */
  let isLeftOpen = false;
  const leave = (): void => {
    if (!isLeftOpen) return;
    rollBack((sql) => raw.exec(sql));
    isLeftOpen = false;
  };
  const db = new Kysely<Schema>({ dialect: new SqliteDialect({ database: translated(remembering(raw), leave) }) });
  let append: ReturnType<typeof prepareAppend> | undefined;

  // Kysely lends its one connection to one user at a time, so nothing falls inside another's transaction.
  const alone = <T>(work: (connection: Kysely<Schema>) => Promise<T>): Promise<T> =>
    withPatience(patienceMs, () =>
      db.connection().execute(async (connection) => {
        leave();
        return work(connection).catch((error: unknown) => {
          isLeftOpen = true;
          try {
            leave();
          } catch {
            // Told by the first error, and tried again before anything else is done.
          }
          throw error;
        });
      }),
    );

  return {
    db,
    append: (batches) =>
      alone(async () => {
        append ??= prepareAppend(raw);
        return Promise.resolve(append(batches));
      }),
    transact: (work) => alone((connection) => connection.transaction().execute(work)),
    copy: (to) =>
      withPatience(patienceMs, async () => {
        if (hasBackup(raw)) await raw.backup(to, { progress: () => PAGES_A_STEP });
        else await db.connection().execute(() => Promise.resolve(raw.prepare("VACUUM INTO ?").run(to)));
      }),
    check: () =>
      withPatience(patienceMs, async () => {
        const { rows } = await sql<{ integrity_check: string }>`pragma integrity_check(1)`.execute(db);
        const [verdict = "nothing"] = rows.map(({ integrity_check }) => integrity_check);
        if (verdict !== "ok") throw new Database.SqliteError(verdict, "SQLITE_CORRUPT");
      }),
    forget: () => {
      append = undefined;
    },
    close: () => db.destroy(),
  };
}

/** The file as SQLite itself has it: private, and durable as told. */
export function openRaw(file: string, durability: "crash" | "power", driver = DRIVER): Database.Database {
  let raw: Database.Database | undefined;
  try {
    if (file !== ":memory:") {
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
      makePrivate(file);
    }
    raw = driver(file, { timeout: LOCK_POLL_MS });
    raw.pragma("page_size = 16384");
    raw.pragma("journal_mode = WAL");
    raw.pragma(`synchronous = ${durability === "power" ? "FULL" : "NORMAL"}`);
    return raw;
  } catch (cause) {
    raw?.close();
    throw toStorageError(cause);
  }
}

/** The system's own cache holds the file as well. */
const READER_CACHE_KB = 4_000;

/** A second connection to a database that is open already; it sees what the first one commits. Throws where there is none. */
export function openReadOnly(file: string): Kysely<Schema> {
  const raw = guarded(() => DRIVER(file, { timeout: LOCK_POLL_MS, readonly: true }));
  raw.pragma(`cache_size = ${-READER_CACHE_KB}`);
  return new Kysely<Schema>({
    dialect: new SqliteDialect({ database: translated(remembering(raw), () => undefined) }),
  });
}

/** What is asked often is prepared once. No statement is ever read row by row, so none is busy when it is asked again. */
function remembering(raw: Database.Database): SqliteDatabase {
  const statements = new Map<string, Database.Statement>();
  return {
    prepare: (sql) => {
      const statement = statements.get(sql) ?? raw.prepare(sql);
      statements.delete(sql);
      statements.set(sql, statement);
      const [oldest] = statements.keys();
      if (statements.size > MOST_STATEMENTS && oldest !== undefined) statements.delete(oldest);
      return statement;
    },
    close: () => raw.close(),
  };
}

/** Takes in what lies in the `-wal` of a file that nobody has open, so that it stands by itself. */
export function settleFile(file: string, hasBinary = HAS_BINARY): void {
  try {
    const raw = hasBinary ? new Database(file) : openNodeSqlite(file, { timeout: LOCK_POLL_MS });
    try {
      raw.pragma("journal_mode = DELETE");
    } finally {
      raw.close();
    }
  } catch (cause) {
    throw toStorageError(cause);
  }
}

/** Also a file that a backup brought back for all to read; SQLite gives its `-wal` and `-shm` the mode of the file. */
function makePrivate(file: string): void {
  const descriptor = openSync(file, "a", 0o600);
  try {
    const { mode, uid } = fstatSync(descriptor);
    if ((mode & 0o077) !== 0 && uid === process.getuid?.()) fchmodSync(descriptor, 0o600);
  } finally {
    closeSync(descriptor);
  }
}

/** Whether SQLite, or who knows better, found that the file is not what was written. */
export function isDamage(error: unknown): boolean {
  if (error instanceof Database.SqliteError) return /^SQLITE_(CORRUPT|NOTADB)/.test(error.code);
  return error instanceof Error && isDamage(error.cause);
}

async function withPatience<T>(patienceMs: number, work: () => Promise<T>): Promise<T> {
  const end = Date.now() + patienceMs;
  for (;;) {
    try {
      return await work();
    } catch (cause) {
      const error = toStorageError(cause);
      if (error.code !== "storage-busy" || Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, LOCK_POLL_MS));
    }
  }
}

/** Throws what went wrong as `storage-busy` or `storage-failed`. */
export function guarded<T>(work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw toStorageError(cause);
  }
}

/** As Kysely uses it; `before` comes before each statement. */
function translated(database: SqliteDatabase, before: () => void): SqliteDatabase {
  return {
    prepare: (sql) => {
      const statement = guarded(() => {
        before();
        return database.prepare(sql);
      });
      return {
        reader: statement.reader,
        all: (values) => guarded(() => statement.all(values)),
        run: (values) => guarded(() => statement.run(values)),
        iterate: (values) => guarded(() => statement.iterate(values)),
      };
    },
    close: () => database.close(),
  };
}
/** Node's own SQLite has none before Node.js 22.16. */
const hasBackup = (raw: Database.Database): boolean => "backup" in raw;

/** Driver errors leave the adapter as `EnergyError`, with the original as `cause`. */
export function toStorageError(cause: unknown): EnergyError {
  if (cause instanceof EnergyError) return cause;
  const sqliteCode = cause instanceof Database.SqliteError ? cause.code : "";
  if (sqliteCode.startsWith("SQLITE_BUSY") || sqliteCode.startsWith("SQLITE_LOCKED")) {
    return new EnergyError("storage-busy", "another process holds the database's lock", { cause });
  }
  if (isDamage(cause)) return new EnergyError("storage-damaged", "the database is damaged", { cause });
  return new EnergyError("storage-failed", `the database answers: ${asError(cause).message}`, { cause });
}
