import Database from "better-sqlite3";
import type * as NodeSqlite from "node:sqlite";
import { EnergyError } from "../errors";

type Parameters = readonly unknown[];

/** SQLite's primary result codes by number, as better-sqlite3 names them. */
const CODES = new Map([
  [5, "SQLITE_BUSY"],
  [6, "SQLITE_LOCKED"],
  [8, "SQLITE_READONLY"],
  [10, "SQLITE_IOERR"],
  [11, "SQLITE_CORRUPT"],
  [13, "SQLITE_FULL"],
  [14, "SQLITE_CANTOPEN"],
  [19, "SQLITE_CONSTRAINT"],
  [26, "SQLITE_NOTADB"],
]);
const READS = /^\s*(select|with|pragma|explain|values)\b|\breturning\b/i;

/** Node's own SQLite behind as much of better-sqlite3's interface as the store uses. */
export function openNodeSqlite(
  file: string,
  { timeout, readonly = false }: { readonly timeout: number; readonly readonly?: boolean },
): Database.Database {
  const sqlite = nodeSqlite();
  if (!sqlite) throw new EnergyError("storage-failed", "this Node.js has no SQLite: version 22.14 or newer is needed");
  const db = translated(() => new sqlite.DatabaseSync(file, { readOnly: readonly }));
  const exec = (sql: string): void => translated(() => db.exec(sql));
  exec(`PRAGMA busy_timeout = ${timeout}`);

  const transaction =
    (begin: string, work: (...args: Parameters) => unknown) =>
    (...args: Parameters): unknown => {
      exec(begin);
      try {
        const result = work(...args);
        exec("COMMIT");
        return result;
      } catch (error) {
        rollBack(exec);
        throw error;
      }
    };

  const wrapped = {
    prepare: (sql: string) =>
      wrap(
        translated(() => db.prepare(sql)),
        READS.test(sql),
      ),
    pragma: (text: string) => translated(() => db.prepare(`PRAGMA ${text}`).all()),
    exec,
    transaction: (work: (...args: Parameters) => unknown) =>
      Object.assign(transaction("BEGIN", work), { immediate: transaction("BEGIN IMMEDIATE", work) }),
    close: () => translated(() => db.close()),
    ...(typeof sqlite.backup === "function" && {
      backup: (to: string) => sqlite.backup(db, to, { rate: PAGES_A_STEP }).catch(translate),
    }),
  };
  return wrapped as unknown as Database.Database;
}

/** Absent where Node.js was started without its flag; an `import` would then end the thread. */
function nodeSqlite(): typeof NodeSqlite | undefined {
  return process.getBuiltinModule("node:sqlite");
}

function wrap(statement: NodeSqlite.StatementSync, reader: boolean): object {
  // better-sqlite3 takes lists of values as well as values.
  const given = (parameters: Parameters): never[] => parameters.flat() as never[];
  const all = (...parameters: Parameters) => translated(() => statement.all(...given(parameters)));
  return {
    reader,
    all,
    iterate: (...parameters: Parameters) => all(...parameters)[Symbol.iterator](),
    get: (...parameters: Parameters) => translated(() => statement.get(...given(parameters))),
    run: (...parameters: Parameters) => translated(() => statement.run(...given(parameters))),
  };
}

/** SQLite has rolled back by itself after some errors; then there is nothing to do. */
export function rollBack(exec: (sql: string) => unknown): void {
  try {
    exec("ROLLBACK");
  } catch (error) {
    if (!String(error).includes("no transaction is active")) throw error;
  }
}

/** What a backup copies at once. */
const PAGES_A_STEP = 64;

/** Errors bear the names that better-sqlite3 gives them. */
function translated<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    return translate(error);
  }
}

function translate(error: unknown): never {
  if (!(error instanceof Error) || !("errcode" in error) || typeof error.errcode !== "number") throw error;
  throw new Database.SqliteError(error.message, CODES.get(error.errcode & 0xff) ?? "SQLITE_ERROR");
}
