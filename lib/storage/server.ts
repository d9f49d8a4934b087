import { createRequire } from "node:module";
import {
  HandleEmptyInListsPlugin,
  replaceWithNoncontingentExpression,
  type Kysely,
  type KyselyPlugin,
  type Transaction,
} from "kysely";
import { asError, EnergyError } from "../errors";
import { conflictPlugin } from "./conflicts";
import type { Schema } from "./schema";

/** A database beyond this machine's files, and who we are to it. */
export interface ServerSettings {
  readonly kind: "postgres" | "mysql";
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  /** `unverified` takes any certificate. */
  readonly tls: "verified" | "unverified" | "off";
}

/** A few: one for what is appended, the others for who asks and for what is recomputed. */
export const CONNECTIONS = 4;
export const CONNECT_MS = 10_000;
/** A statement that takes longer is ended by the server. */
export const STATEMENT_MS = 60_000;
/** Where nothing is heard of the server by then, the connection is given up. */
export const UNANSWERED_MS = STATEMENT_MS + CONNECT_MS;
export const LOCK_WAIT_MS = 10_000;

/** How long a transaction that others got in the way of is tried anew. */
const PATIENCE_MS = 5_000;
const LONGEST_PAUSE_MS = 100;

/** What the driver's error means: `again` of transactions that others got in the way of. */
export type Verdict = "again" | "busy" | "failed";

/** What makes statements that SQLite takes into those that a server takes, where a list with nothing in it is an error too. */
export const serverPlugins = (kind: ServerSettings["kind"]): KyselyPlugin[] => [
  new HandleEmptyInListsPlugin({ strategy: replaceWithNoncontingentExpression }),
  conflictPlugin(kind),
];

/**
 * The driver that the user installed: beside this package or, where that is a link to somewhere else, in the user directory,
 * which lies above `file`.
 */
export function loadDriver(name: string, title: string, file: string): unknown {
  for (const place of [__filename, file]) {
    try {
      return createRequire(place)(name) as unknown;
    } catch (error) {
      // Something else that is missing is the driver's own fault, and must be told.
      if (!(error instanceof Error) || !error.message.startsWith(`Cannot find module '${name}'`)) throw error;
    }
  }
  throw new EnergyError(
    "storage-failed",
    `${title} needs a driver: run "npm install ${name}" in Node-RED's user directory and start Node-RED again`,
  );
}

/** Transactions under READ COMMITTED, tried again where others got in the way; errors are ours, with no password in them. */
export function makeTransact(
  db: Kysely<Schema>,
  judge: (error: Error) => Verdict,
): <T>(work: (trx: Transaction<Schema>) => Promise<T>) => Promise<T> {
  return async (work) => {
    const end = performance.now() + PATIENCE_MS;
    for (;;) {
      try {
        return await db.transaction().setIsolationLevel("read committed").execute(work);
      } catch (caught) {
        if (caught instanceof EnergyError) throw caught;
        const error = asError(caught);
        const verdict = judge(error);
        if (verdict !== "again" || performance.now() > end) throw toEnergyError(error, verdict);
        await new Promise((resolve) => setTimeout(resolve, Math.random() * LONGEST_PAUSE_MS));
      }
    }
  };
}

/** What a driver says, as everybody here says it. */
export function toEnergyError(error: Error, verdict: Verdict): EnergyError {
  if (verdict !== "failed") {
    return new EnergyError("storage-busy", `the database is busy: ${sentenceOf(error)}`, { cause: error });
  }
  return new EnergyError("storage-failed", `the database answers: ${sentenceOf(error)}`, { cause: error });
}

/** A host with several addresses fails with a list of errors and no word. */
function sentenceOf(error: Error): string {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : undefined;
  return error.message || (first instanceof Error ? first.message : codeOf(error)) || "nothing";
}

/** A driver's own code for what went wrong. */
export function codeOf(error: Error): string {
  return "code" in error ? String(error.code) : "";
}
