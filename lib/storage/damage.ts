import { sql } from "kysely";
import { Migrator } from "kysely/migration";
import { openForeignFile, type ForeignFile } from "./foreign-file";
import { MIGRATIONS } from "./migrations";
import { isDamage, openSqlite } from "./sqlite";

/** Where JSON is kept. */
const JSON_COLUMNS = [
  ["meter", "formula"],
  ["memory", "value"],
  ["alert", "body"],
  ["advice", "body"],
  ["token", "body"],
  ["reading", "more"],
  ["quarter", "registers"],
] as const;

/**
 * Whether an error comes from a damaged file. SQLite does not notice all that can be damaged: a name in the schema, or a text
 * that is read as JSON; then the file is looked at.
 */
export async function provesDamage(error: unknown, file: string): Promise<boolean> {
  if (isDamage(error)) return true;
  try {
    if (isAbout(error, ({ message }) => /no such (table|column)|has no column|syntax error/.test(message)))
      return await withFile(file, async (db) => !(await hasOurSchema(db)));
    if (isAbout(error, (cause) => cause instanceof SyntaxError))
      return await withFile(file, (db) => Promise.resolve(hasBrokenText(db)));
    return false;
  } catch (caught) {
    return isDamage(caught);
  }
}

function isAbout(error: unknown, is: (error: Error) => boolean): boolean {
  return error instanceof Error && (is(error) || isAbout(error.cause, is));
}

async function withFile<T>(file: string, look: (db: ForeignFile) => Promise<T>): Promise<T> {
  const db = openForeignFile(file);
  try {
    return await look(db);
  } finally {
    db.close();
  }
}

/** Whether the file's tables are those that the code makes. */
async function hasOurSchema(db: ForeignFile): Promise<boolean> {
  const ours = openSqlite(":memory:", "crash");
  try {
    await new Migrator({ db: ours.db, provider: MIGRATIONS }).migrateToLatest();
    const { rows: made } = await sql<{ name: string; sql: string | null }>`select name, sql from sqlite_schema`.execute(
      ours.db,
    );
    const found = new Map(db.all("SELECT name, sql FROM sqlite_schema").map((table) => [table.name, table.sql]));
    return made.every((table) => found.get(table.name) === table.sql);
  } finally {
    await ours.close();
  }
}

function hasBrokenText(db: ForeignFile): boolean {
  return JSON_COLUMNS.some(
    ([table, column]) =>
      db.all(`SELECT 1 FROM ${table} WHERE ${column} IS NOT NULL AND NOT json_valid(${column}) LIMIT 1`).length > 0,
  );
}
