import { randomBytes } from "node:crypto";
import { connect } from "node:net";
import mysql from "mysql2/promise";
import pg from "pg";
import { describe, it } from "vitest";
import type { ServerSettings } from "../../lib/storage/server";
import { describeNeeds, findProgram } from "./requires";

type Kind = ServerSettings["kind"];

const SERVERS = {
  postgres: { service: "postgresql", title: "PostgreSQL" },
  mysql: { service: "mariadb", title: "MariaDB" },
} as const;
export const KINDS = ["postgres", "mysql"] as const satisfies Kind[];

const LOCAL: Readonly<Record<Kind, Omit<ServerSettings, "database">>> = {
  postgres: {
    kind: "postgres",
    host: "127.0.0.1",
    port: Number(process.env.VATIO_TEST_POSTGRES_PORT ?? 5432),
    user: "postgres",
    password: "",
    tls: "off",
  },
  mysql: {
    kind: "mysql",
    host: "127.0.0.1",
    port: Number(process.env.VATIO_TEST_MARIADB_PORT ?? 3306),
    user: "root",
    password: "",
    tls: "off",
  },
};

/** A database of the tests' own on this machine's server. */
export interface TestDatabase {
  readonly settings: ServerSettings;
  /** Runs statements of the test's own, and answers what the last of them found. */
  ask(sql: string): Promise<unknown[]>;
  /** Makes it anew. */
  empty(): Promise<void>;
  drop(): Promise<void>;
}

/** Tests that need the machine's server: skipped by name where it is not installed or does not run. */
export async function describeServer(kind: Kind, tests: (title: string) => void): Promise<void> {
  const { service, title } = SERVERS[kind];
  if (process.env.CI || findProgram(service) === undefined || (await answers(kind))) {
    describeNeeds(service, title, () => tests(title));
  } else {
    describe(title, () =>
      it.skip(`runs (no ${title} without a password at port ${LOCAL[kind].port})`, () => undefined),
    );
  }
}

function answers(kind: Kind): Promise<boolean> {
  const { host, port } = LOCAL[kind];
  return new Promise((resolve) => {
    const socket = connect(port, host);
    const end = (open: boolean) => {
      socket.destroy();
      resolve(open);
    };
    socket.once("connect", () => end(true)).once("error", () => end(false));
  });
}

/** An empty database of a name that nobody has. */
export async function makeDatabase(kind: Kind): Promise<TestDatabase> {
  const settings: ServerSettings = { ...LOCAL[kind], database: `vatio_test_${randomBytes(6).toString("hex")}` };
  const ask = askServer;
  const drop = `drop database if exists ${settings.database}${kind === "postgres" ? " with (force)" : ""}`;
  const server = { ...settings, database: kind === "postgres" ? "postgres" : "mysql" };
  const make = () => ask(server, `create database ${settings.database}`);
  await make();
  return {
    settings,
    ask: (sql) => ask(settings, sql),
    empty: async () => {
      if (kind === "postgres") return void (await ask(settings, "drop schema public cascade; create schema public"));
      await ask(server, drop);
      await make();
    },
    drop: async () => void (await ask(server, drop)),
  };
}

/** Runs statements on a server, and answers what the last of them found. */
export function askServer(settings: ServerSettings, sql: string): Promise<unknown[]> {
  return settings.kind === "postgres" ? askPostgres(settings, sql) : askMysql(settings, sql);
}

async function askPostgres({ host, port, user, database }: ServerSettings, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ host, port, user, database });
  // A server that is killed meanwhile is told of by what is asked.
  client.on("error", () => undefined);
  await client.connect();
  try {
    const answer = (await client.query(sql)) as pg.QueryResult<object> | pg.QueryResult<object>[];
    return Array.isArray(answer) ? (answer.at(-1)?.rows ?? []) : answer.rows;
  } finally {
    await client.end();
  }
}

async function askMysql({ host, port, user, database }: ServerSettings, sql: string): Promise<unknown[]> {
  const client = await mysql.createConnection({ host, port, user, database });
  try {
    const [rows] = await client.query(sql);
    return Array.isArray(rows) ? rows : [];
  } finally {
    await client.end();
  }
}
