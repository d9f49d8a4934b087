import mysql from "mysql2";
import type { Pool as MysqlPool, PoolConnection } from "mysql2";
import pg from "pg";
import { openMysql } from "../../lib/storage/mysql";
import { openPostgres } from "../../lib/storage/postgres";
import type { ServerSettings } from "../../lib/storage/server";
import type { SqlDatabase } from "../../lib/storage/sql-database";

/**
 * What becomes of a statement. The server itself gives the errors, so that the transaction is as it would be: those with a code
 * by the statement that stands here in its place. `GONE`: the connection ends before it. `UNHEARD`: after it, before its answer.
 */
export const SERVER_FAULTS = {
  EIO: { postgres: "58030", mysql: 1026 },
  FULL: { postgres: "53100", mysql: 1021 },
  BUSY: { postgres: "55P03", mysql: 1205 },
  GONE: {},
  UNHEARD: {},
} as const;
export type ServerFault = keyof typeof SERVER_FAULTS;

export interface ServerFaultPlan {
  readonly fault: ServerFault;
  /** The first statement that fails, from 1. */
  readonly nth: number;
  readonly lasts: "once" | "for ever";
}

function inPlace(kind: ServerSettings["kind"], fault: ServerFault): string {
  const code = (SERVER_FAULTS[fault] as Partial<Record<typeof kind, string | number>>)[kind];
  if (code === undefined)
    return kind === "postgres" ? "select pg_terminate_backend(pg_backend_pid())" : "kill connection_id()";
  return kind === "postgres"
    ? `do $$ begin raise exception 'the test says so' using errcode = '${code}'; end $$`
    : `signal sqlstate 'HY000' set mysql_errno = ${code}, message_text = 'the test says so'`;
}

const UNHEARD = new Error("the connection ended before the answer");

/** The real drivers on a real server, where the n-th statement fails: on any of the connections, their settings included. */
export function makeFaultyServer(settings: ServerSettings, file: string, plan?: ServerFaultPlan) {
  let [calls, failed, isLifted] = [0, 0, false];
  const strikes = (): boolean => {
    calls += 1;
    const isOff = !plan || isLifted || calls < plan.nth || (plan.lasts === "once" && calls > plan.nth);
    if (!isOff) failed += 1;
    return !isOff;
  };
  const fault = plan?.fault ?? "EIO";
  const instead = inPlace(settings.kind, fault);

  class FaultyClient extends pg.Client {
    override query(...given: unknown[]): never {
      const ask = (...args: unknown[]) => super.query(...(args as [string])) as unknown as Promise<unknown>;
      if (!strikes()) return ask(...given) as never;
      if (fault !== "UNHEARD") return ask(instead) as never;
      const { stream } = (this as unknown as { connection: { stream: { destroy(): void } } }).connection;
      const ended = new Promise((resolve) => this.once("end", resolve));
      return ask(...given)
        .finally(() => stream.destroy())
        .then(() => ended)
        .then(() => Promise.reject(UNHEARD)) as never;
    }
  }
  class FaultyPool extends pg.Pool {
    constructor(options: pg.PoolConfig) {
      super({ ...options, Client: FaultyClient });
    }
  }

  const gate = (connection: PoolConnection): void => {
    type Query = (how: unknown, done: (error: unknown, result: unknown) => void) => void;
    const own = connection as unknown as { query: Query };
    const ask: Query = own.query.bind(connection);
    own.query = (how, done) => {
      if (!strikes()) return ask(how, done);
      if (fault !== "UNHEARD") return ask(instead, done);
      ask(how, () => {
        connection.destroy();
        done(UNHEARD, undefined);
      });
    };
  };
  const createPool = (options: mysql.PoolOptions): MysqlPool => {
    const pool = mysql.createPool(options);
    const seen = new WeakSet<object>();
    const lend = pool.getConnection.bind(pool);
    pool.getConnection = (done) => {
      lend((error, connection) => {
        if (!error && !seen.has(connection)) gate(connection);
        if (!error) seen.add(connection);
        done(error, connection);
      });
    };
    return pool;
  };

  return {
    calls: () => calls,
    failed: () => failed,
    lift: () => {
      isLifted = true;
    },
    open: (): SqlDatabase =>
      settings.kind === "postgres"
        ? openPostgres(settings, file, { types: pg.types, Pool: FaultyPool })
        : openMysql(settings, file, { createPool: createPool as typeof mysql.createPool }),
  };
}
