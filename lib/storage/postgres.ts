import { Kysely, PostgresDialect, sql } from "kysely";
import type * as Pg from "pg";
import { asError } from "../errors";
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

type GetTypeParser = typeof Pg.types.getTypeParser;

/** bigint and numeric: times and sums, all of them smaller than 2^53. */
const WIDE_NUMBERS: readonly number[] = [20, 1700];
/** Deadlock, serialization failure, and a key that another transaction was quicker to insert. */
const AGAIN = new Set(["40P01", "40001", "23505"]);
/** A lock or statement that took too long, no connection free, a server that starts or stops. */
const BUSY = new Set(["55P03", "57014", "53300", "57P01", "57P03"]);

/** What the driver says where nothing is heard of the server any more. */
const UNANSWERED = "Query read timeout";

const SETTINGS = `set statement_timeout = ${STATEMENT_MS}; set lock_timeout = ${LOCK_WAIT_MS};
  set idle_in_transaction_session_timeout = ${STATEMENT_MS}`;

/** A PostgreSQL database; `file` tells where to look for the driver. Connects when first asked. */
export function openPostgres(
  settings: ServerSettings,
  file: string,
  pg = loadDriver("pg", "PostgreSQL", file) as Pick<typeof Pg, "Pool" | "types">,
  unansweredMs = UNANSWERED_MS,
): SqlDatabase {
  const { host, port, database, user, password, tls } = settings;
  const pool = new pg.Pool({
    host,
    port,
    database,
    user,
    password,
    ssl: tls === "off" ? false : { rejectUnauthorized: tls === "verified" },
    max: CONNECTIONS,
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: unansweredMs,
    keepAlive: true,
    application_name: "vatio",
    // Here, not by Kysely, which would keep a connection that did not take them to itself for ever.
    verify: (client, done) => {
      client.query(SETTINGS).then(() => {
        done();
      }, done);
    },
    types: {
      getTypeParser: ((...asked: Parameters<GetTypeParser>) =>
        WIDE_NUMBERS.includes(asked[0]) ? Number : (pg.types.getTypeParser(...asked) as unknown)) as GetTypeParser,
    },
  });
  // A connection that ends while nobody uses it is replaced by the next that is asked for.
  pool.on("error", () => undefined);
  pool.on("connect", (client) => {
    // One that ends in the middle of a transaction is told of by what is asked next: unheard, it would end the thread.
    client.on("error", () => undefined);
    guard(client);
  });

  const db = new Kysely<Schema>({
    dialect: new PostgresDialect({ pool }),
    plugins: serverPlugins("postgres"),
  });
  const transact = makeTransact(db, judge);
  return {
    db,
    transact,
    append: makeSqlAppend(transact),
    forget: () => undefined,
    hasTimescale: async () => {
      const { rows } = await sql`select 1 from pg_catalog.pg_extension where extname = 'timescaledb'`.execute(db);
      return rows.length > 0;
    },
    close: () => db.destroy(),
  };
}

type Query = (...asked: readonly unknown[]) => Promise<unknown>;

/** A connection that the server is ending, or that does not answer, is ended here: the driver would lend it again. */
function guard(client: Pg.PoolClient): void {
  const ask = client.query.bind(client) as unknown as Query;
  const query: Query = async (...asked) => {
    try {
      return await ask(...asked);
    } catch (error) {
      if (isEnding(asError(error))) client.end().catch(() => undefined);
      throw error;
    }
  };
  Object.assign(client, { query });
}

/** After an error that is `FATAL` the server ends the connection. */
const isEnding = (error: Error): boolean =>
  error.message === UNANSWERED || ("severity" in error && error.severity === "FATAL");

function judge(error: Error): Verdict {
  const code = codeOf(error);
  if (AGAIN.has(code)) return "again";
  return BUSY.has(code) ? "busy" : "failed";
}
