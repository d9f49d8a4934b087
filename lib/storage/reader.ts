import type { Kysely } from "kysely";
import { makeAnswers, type Settle } from "./answers";
import type { ReadingStore } from "./energy-store";
import type { Schema } from "./schema";
import { openReadOnly } from "./sqlite";
import type { Serve } from "./talk";

/** What a thread is started with that answers queries beside the one that writes. */
export interface ReaderSettings {
  /** The SQLite file, absolute. */
  readonly reads: string;
  readonly zone: string;
}

/** What is asked of the history: it may take long, and can be stopped. */
export type Query = "readings" | "powerLine" | "energy";
export const QUERIES: ReadonlySet<string> = new Set<Query>(["readings", "powerLine", "energy"]);

/**
 * Answers queries on a connection of its own, which sees what was committed before the query began. It changes nothing: what
 * is dirty is asked to be `settled`, and where a query finds damage it fails.
 */
export function openReader(
  { reads, zone }: ReaderSettings,
  settle: (args: readonly unknown[], stop?: AbortSignal) => Promise<unknown>,
): Serve {
  const settled: Settle = async (keys, stop) => void (await settle([keys], stop));
  let opened: { readonly db: Kysely<Schema>; readonly answers: Pick<ReadingStore, Query> } | undefined;
  const open = (): NonNullable<typeof opened> => {
    const db = openReadOnly(reads);
    return { db, answers: makeAnswers(db, zone, settled) };
  };
  return async (method, args, stop) => {
    if (method === "close") return opened?.db.destroy();
    const { answers } = (opened ??= open());
    const answer = answers[method as Query] as (query: unknown, stop: AbortSignal) => Promise<unknown>;
    return answer(args[0], stop);
  };
}
