import Database from "better-sqlite3";
import { sql } from "kysely";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import mysql from "mysql2/promise";
import pg from "pg";
import { openEngine } from "../lib/storage/engine";
import { openDatabase } from "../lib/storage/open-database";
import type { ServerSettings } from "../lib/storage/server";
import type { SqlDatabase } from "../lib/storage/sql-database";
import { SECONDS_FROM, SITE, SOURCES } from "./query-data";

const DATABASE = "vatio_bench_query";
const ROWS_A_STATEMENT = 200;
/** Under which a server remembers what its data was made of. */
const MADE = { owner: "bench", key: "made-of" } as const;

const LOCAL = { host: "127.0.0.1", password: "", tls: "off" } as const;

/** A database server of this machine. */
export interface Server {
  readonly title: string;
  /** Its database with the data, made now or before; or the reason why there is none. */
  prepare(oneYear: string, tenYears: string): Promise<ServerSettings | string>;
}

/** What they hold is less than what SQLite does, so that it is made in a minute. */
export const SERVERS: readonly Server[] = [
  {
    title: "PostgreSQL",
    prepare: (...files) =>
      prepare({ ...LOCAL, kind: "postgres", port: 5432, user: "postgres", database: DATABASE }, askPostgres, files),
  },
  {
    title: "MariaDB",
    prepare: (...files) =>
      prepare({ ...LOCAL, kind: "mysql", port: 3306, user: "root", database: DATABASE }, askMysql, files),
  },
];
export const SERVER_DATA = "ten years of days and months, a month of quarters, three days of seconds";

type Asks = (settings: ServerSettings, statement: string) => Promise<void>;

async function prepare(
  settings: ServerSettings,
  ask: Asks,
  [oneYear, tenYears]: readonly [string, string],
): Promise<ServerSettings | string> {
  const server = { ...settings, database: settings.kind === "postgres" ? "postgres" : "mysql" };
  try {
    await ask(server, "select 1");
  } catch (error) {
    return `no server lets us in: ${String(error)}`;
  }
  const hash = createHash("sha256");
  for (const file of ["bench/query-servers.ts", "lib/storage/migrations.ts", ...SOURCES])
    hash.update(readFileSync(file));
  const sum = JSON.stringify(hash.digest("hex"));
  if (await isMade(settings, sum)) return settings;
  await ask(server, `drop database if exists ${DATABASE}`);
  await ask(server, `create database ${DATABASE}`);
  const database = openDatabase({ file: __filename, durability: "crash", zone: SITE.zone, server: settings });
  const engine = await openEngine(database, SITE);
  await copy(database, tenYears, "meter", "");
  for (const table of ["day", "month"] as const) await copy(database, tenYears, table, "");
  await copy(database, oneYear, "quarter", `WHERE start >= ${SECONDS_FROM}`);
  await copy(database, oneYear, "chunk", "");
  await sql`${sql.raw(settings.kind === "postgres" ? "analyze" : "analyze table quarter, day, month, chunk")}`.execute(
    database.db,
  );
  await database.db
    .insertInto("memory")
    .values({ ...MADE, value: sum })
    .execute();
  await engine.close();
  return settings;
}

async function isMade(settings: ServerSettings, sum: string): Promise<boolean> {
  const database = openDatabase({ file: __filename, durability: "crash", zone: SITE.zone, server: settings });
  try {
    const made = database.db.selectFrom("memory").select("value").where("owner", "=", MADE.owner);
    return (await made.where("key", "=", MADE.key).executeTakeFirst())?.value === sum;
  } catch {
    return false; // no such database yet
  } finally {
    await database.close();
  }
}

async function copy(
  { db }: SqlDatabase,
  file: string,
  table: "meter" | "quarter" | "day" | "month" | "chunk",
  where: string,
): Promise<void> {
  const source = new Database(file, { readonly: true });
  const keep = async (rows: readonly unknown[]): Promise<void> => {
    if (rows.length > 0) await db.insertInto(table).values(rows).execute();
  };
  let rows: unknown[] = [];
  for (const row of source.prepare(`SELECT * FROM ${table} ${where}`).iterate()) {
    rows.push(row);
    if (rows.length < ROWS_A_STATEMENT) continue;
    await keep(rows);
    rows = [];
  }
  await keep(rows);
  source.close();
}

async function askPostgres({ kind: _, tls: __, ...where }: ServerSettings, statement: string): Promise<void> {
  const client = new pg.Client(where);
  await client.connect();
  await client.query(statement).finally(() => client.end());
}

async function askMysql({ host, port, user, password, database }: ServerSettings, statement: string): Promise<void> {
  const connection = await mysql.createConnection({ host, port, user, password, database });
  await connection.query(statement).finally(() => connection.end());
}
