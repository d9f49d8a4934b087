import { CompiledQuery, Kysely, MysqlDialect } from "kysely";
import type * as Mysql from "mysql2";
import type { Schema } from "./schema";
import {
  CONNECT_MS,
  CONNECTIONS,
  codeOf,
  loadDriver,
  LOCK_WAIT_MS,
  makeTransact,
  serverPlugins,
  STATEMENT_MS,
  type ServerSettings,
  type Verdict,
} from "./server";
import { makeSqlAppend } from "./sql-append";
import type { SqlDatabase } from "./sql-database";

/** A key that another transaction was quicker to insert comes under ER_DUP_ENTRY. */
const AGAIN = new Set(["ER_LOCK_DEADLOCK", "ER_DUP_ENTRY", "ER_CHECKREAD"]);
/** From quarter to quarter of a meter's life: MariaDB would end after 1,000 and not say so. */
const LONGEST_RECURSION = 2 ** 32 - 1;
const BUSY = new Set(["ER_LOCK_WAIT_TIMEOUT", "ER_QUERY_TIMEOUT", "ER_STATEMENT_TIMEOUT", "ER_CON_COUNT_ERROR"]);

/** A MySQL (8.0.17 or newer) or MariaDB (10.6 or newer) database; `file` tells where to look for the driver. */
export function openMysql(settings: ServerSettings, file: string): SqlDatabase {
  const mysql = loadDriver("mysql2", "MySQL or MariaDB", file) as typeof Mysql;
  const { host, port, database, user, password, tls } = settings;
  const pool = mysql.createPool({
    host,
    port,
    database,
    user,
    password,
    ...(tls !== "off" && { ssl: { rejectUnauthorized: tls === "verified", verifyIdentity: tls === "verified" } }),
    connectionLimit: CONNECTIONS,
    connectTimeout: CONNECT_MS,
    charset: "utf8mb4",
    decimalNumbers: true,
    // Rows that were there already count as none.
    flags: ["-FOUND_ROWS"],
  });

  const db = new Kysely<Schema>({
    dialect: new MysqlDialect({
      pool,
      onCreateConnection: async (connection) => {
        const ask = (sql: string) => connection.executeQuery<Record<string, unknown>>(CompiledQuery.raw(sql));
        const { rows } = await ask("select version() as version");
        const limit = /mariadb/i.test(String(rows[0]?.version))
          ? `max_statement_time = ${STATEMENT_MS / 1000}, max_recursive_iterations = ${LONGEST_RECURSION}`
          : `max_execution_time = ${STATEMENT_MS}, cte_max_recursion_depth = ${LONGEST_RECURSION}`;
        // Values are written into statements as this mode reads them.
        await ask(
          `set session sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', ${limit},
             innodb_lock_wait_timeout = ${LOCK_WAIT_MS / 1000}`,
        );
        await ask("set session transaction isolation level read committed");
      },
    }),
    plugins: serverPlugins("mysql"),
  });
  const transact = makeTransact(db, judge);
  return { db, transact, append: makeSqlAppend(transact), forget: () => undefined, close: () => db.destroy() };
}

function judge(error: Error): Verdict {
  const code = codeOf(error);
  if (AGAIN.has(code)) return "again";
  return BUSY.has(code) ? "busy" : "failed";
}
