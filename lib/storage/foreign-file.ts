import Database from "better-sqlite3";
import { existsSync } from "node:fs";
import { asError, EnergyError } from "../errors";
import { openNodeSqlite } from "./node-sqlite";
import { HAS_BINARY } from "./sqlite-binary";

export type ForeignRow = Readonly<Record<string, unknown>>;

/** Another program's SQLite file, which is only read. Errors are `storage-failed`. */
export interface ForeignFile {
  all(sql: string, ...values: readonly (string | number)[]): ForeignRow[];
  close(): void;
}

const PATIENCE_MS = 5_000;

/** Opens `file` for reading; `storage-failed` where it is none or no SQLite. */
export function openForeignFile(file: string, hasBinary = HAS_BINARY): ForeignFile {
  const guard = <T>(work: () => T): T => {
    try {
      return work();
    } catch (cause) {
      throw new EnergyError("storage-failed", `the file cannot be read: ${asError(cause).message}`, { cause });
    }
  };
  const db = guard(() => {
    if (!existsSync(file)) throw new Error("there is none");
    if (hasBinary) return new Database(file, { readonly: true, fileMustExist: true, timeout: PATIENCE_MS });
    const opened = openNodeSqlite(file, { timeout: PATIENCE_MS });
    opened.pragma("query_only = 1");
    return opened;
  });
  return {
    all: (sql, ...values) => guard(() => db.prepare<unknown[], ForeignRow>(sql).all(...values)),
    close: () => void db.close(),
  };
}
