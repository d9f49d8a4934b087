import { Kysely, MysqlDialect, type MysqlPool } from "kysely";
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
  UNANSWERED_MS,
  type ServerSettings,
  type Verdict,
} from "./server";
import { makeSqlAppend } from "./sql-append";
import type { SqlDatabase } from "./sql-database";

/** A key that another transaction was quicker to insert comes under ER_DUP_ENTRY. */
const AGAIN = new Set(["ER_LOCK_DEADLOCK", "ER_DUP_ENTRY", "ER_CHECKREAD"]);
/** From quarter to quarter of a meter's life: MariaDB would end after 1,000 and not say so. */
const LONGEST_RECURSION = 2 ** 32 - 1;
/** Values are written into statements as this mode reads them. The first comment is MariaDB's, the second MySQL's. */
const SETTINGS = [
  `set session sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', innodb_lock_wait_timeout = ${LOCK_WAIT_MS / 1000}
     /*M! , max_statement_time = ${STATEMENT_MS / 1000}, max_recursive_iterations = ${LONGEST_RECURSION} */
     /*!80000 , max_execution_time = ${STATEMENT_MS}, cte_max_recursion_depth = ${LONGEST_RECURSION} */`,
  "set session transaction isolation level read committed",
];
/** After these the server ends the connection: shutting down, killed, left idle. */
const ENDING = new Set([1053, 1927, 4031]);
const BUSY = new Set(["ER_LOCK_WAIT_TIMEOUT", "ER_QUERY_TIMEOUT", "ER_STATEMENT_TIMEOUT", "ER_CON_COUNT_ERROR"]);

/** A MySQL (8.0.17 or newer) or MariaDB (10.6 or newer) database; `file` tells where to look for the driver. */
export function openMysql(
  settings: ServerSettings,
  file: string,
  mysql = loadDriver("mysql2", "MySQL or MariaDB", file) as Pick<typeof Mysql, "createPool">,
  unansweredMs = UNANSWERED_MS,
): SqlDatabase {
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
    dialect: new MysqlDialect({ pool: lending(pool, unansweredMs) }),
    plugins: serverPlugins("mysql"),
  });
  const transact = makeTransact(db, judge);
  return { db, transact, append: makeSqlAppend(transact), forget: () => undefined, close: () => db.destroy() };
}

/**
 * The pool as Kysely uses it. A connection has its settings before it is lent; one that did not take them, that does not answer,
 * or that may still be inside a transaction is not lent again.
 */
function lending(pool: Mysql.Pool, unansweredMs: number): MysqlPool {
  const ready = new WeakSet<Mysql.PoolConnection>();
  const prepare = async (connection: Mysql.PoolConnection): Promise<void> => {
    if (ready.has(connection)) return;
    guard(connection, unansweredMs);
    for (const sql of SETTINGS)
      await new Promise((resolve, reject) => {
        connection.query(sql, [], (error, result) => (error ? reject(error) : resolve(result)));
      });
    ready.add(connection);
  };
  return {
    getConnection: (done) => {
      pool.getConnection((error, connection) => {
        if (error) return void done(error, connection);
        prepare(connection).then(
          () => done(null, connection as never),
          (failure: unknown) => {
            connection.destroy();
            done(failure, connection);
          },
        );
      });
    },
    end: (done) => pool.end(done),
  };
}

type Query = (
  how: { readonly sql: string; readonly values: unknown; readonly timeout: number },
  done: (error: Mysql.QueryError | null, result: unknown) => void,
) => void;

function guard(connection: Mysql.PoolConnection, unansweredMs: number): void {
  const ask = connection.query.bind(connection) as unknown as Query;
  const query = (sql: string, values: unknown, done: Parameters<Query>[1]): void =>
    ask({ sql, values, timeout: unansweredMs }, (error, result) => {
      if (error && (sql === "rollback" || isEnding(error))) connection.destroy();
      done(error, result);
    });
  Object.assign(connection, { query });
}

const isEnding = (error: Mysql.QueryError): boolean =>
  error.code === "PROTOCOL_SEQUENCE_TIMEOUT" || ENDING.has(error.errno ?? 0);

function judge(error: Error): Verdict {
  const code = codeOf(error);
  if (AGAIN.has(code)) return "again";
  return BUSY.has(code) ? "busy" : "failed";
}
