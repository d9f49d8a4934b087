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
  /** Copies all of it into the empty file `to`, while it is written to; nothing where the database is not a file of ours. */
  readonly copy?: (to: string) => Promise<void>;
  /** Reads all of it; rejects `storage-damaged` where it is not sound. */
  readonly check?: () => Promise<void>;
  /** Whether TimescaleDB is installed in the database. */
  readonly hasTimescale?: () => Promise<boolean>;
  close(): Promise<void>;
}
