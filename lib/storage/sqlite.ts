import Database from "better-sqlite3";
import { Kysely, SqliteDialect, type SqliteDatabase } from "kysely";
import { closeSync, fchmodSync, fstatSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { asError, EnergyError } from "../errors";
import { openNodeSqlite } from "./node-sqlite";
import type { Schema } from "./schema";
import type { SqlDatabase } from "./sql-database";
import { prepareAppend } from "./sqlite-append";
import { HAS_BINARY } from "./sqlite-binary";

/** How long a commit waits for another process's lock, and how often it looks. Reads go on meanwhile. */
const LOCK_PATIENCE_MS = 5_000;
const LOCK_POLL_MS = 25;
/** Statements that are kept prepared; lists of many lengths would make them countless. */
const MOST_STATEMENTS = 100;

/**
 * The SQLite database in `file`, made if need be and readable by this user alone. `power`: a commit survives a pulled plug.
 * One connection, one thread: nothing else in this process may open the file.
 */
export function openSqlite(file: string, durability: "crash" | "power", hasBinary = HAS_BINARY): SqlDatabase {
  const raw = open(file, durability, hasBinary);
  const db = new Kysely<Schema>({ dialect: new SqliteDialect({ database: remembering(raw) }) });
  let append: ReturnType<typeof prepareAppend> | undefined;

  return {
    db,
    // Kysely lends its one connection to one user at a time, so this never falls inside another transaction.
    append: (batches) =>
      withPatience(() =>
        db.connection().execute(() => {
          append ??= prepareAppend(raw);
          return Promise.resolve(append(batches));
        }),
      ),
    transact: (work) => withPatience(() => db.transaction().execute(work)),
    forget: () => {
      append = undefined;
    },
    close: () => db.destroy(),
  };
}

function open(file: string, durability: "crash" | "power", hasBinary: boolean): Database.Database {
  let raw: Database.Database | undefined;
  try {
    if (file !== ":memory:") {
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
      makePrivate(file);
    }
    const settings = { timeout: LOCK_POLL_MS };
    raw = hasBinary ? new Database(file, settings) : openNodeSqlite(file, settings);
    raw.pragma("page_size = 16384");
    raw.pragma("journal_mode = WAL");
    raw.pragma(`synchronous = ${durability === "power" ? "FULL" : "NORMAL"}`);
    return raw;
  } catch (cause) {
    raw?.close();
    throw toStorageError(cause);
  }
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

async function withPatience<T>(work: () => Promise<T>): Promise<T> {
  const end = Date.now() + LOCK_PATIENCE_MS;
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

/** Driver errors leave the adapter as `EnergyError`, with the original as `cause`. */
function toStorageError(cause: unknown): EnergyError {
  if (cause instanceof EnergyError) return cause;
  const sqliteCode = cause instanceof Database.SqliteError ? cause.code : "";
  if (sqliteCode.startsWith("SQLITE_BUSY") || sqliteCode.startsWith("SQLITE_LOCKED")) {
    return new EnergyError("storage-busy", "another process holds the database's lock", { cause });
  }
  return new EnergyError("storage-failed", `the database answers: ${asError(cause).message}`, { cause });
}
