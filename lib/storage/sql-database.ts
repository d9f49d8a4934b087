import type { Kysely, Transaction } from "kysely";
import type { Batch } from "./energy-store";
import type { Schema } from "./schema";

/** What an adapter gives the engine. Everything rejects with `storage-busy` or `storage-failed`. */
export interface SqlDatabase {
  readonly db: Kysely<Schema>;
  /** Keeps the batches in one transaction and answers, for each, whether it was new. */
  append(batches: readonly Batch[]): Promise<boolean[]>;
  transact<T>(work: (trx: Transaction<Schema>) => Promise<T>): Promise<T>;
  /** What `append` remembers of meters is read anew: one was renamed, merged or removed. */
  forget(): void;
  close(): Promise<void>;
}
