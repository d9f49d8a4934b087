import type { Kysely } from "kysely";
import { Migrator } from "kysely/migration";
import { EnergyError } from "../errors";
import type { Batch, EnergyStore } from "./energy-store";
import { makeHistory } from "./history";
import { MIGRATIONS } from "./migrations";
import { makeQuarantine } from "./quarantine";
import { makeRecords } from "./records";
import type { RollupSettings } from "./meter-samples";
import { recomputeDirty } from "./rollup";
import { adoptSite } from "./rollup-rows";
import type { Schema } from "./schema";
import type { SqlDatabase } from "./sql-database";

/** As `EnergyStore`, but appends come in groups, to be made durable together. */
export interface Engine extends Omit<EnergyStore, "append"> {
  appendAll(batches: readonly Batch[]): Promise<boolean[]>;
}

const ROLLUP_EVERY_MS = 5_000;

/** Brings the schema up to date and starts the background work. */
export async function openEngine(database: SqlDatabase, site: RollupSettings): Promise<Engine> {
  try {
    await migrate(database.db);
    await database.transact((trx) => adoptSite(trx, site));
  } catch (error) {
    await database.close();
    throw error;
  }

  let closed = false;
  let background = Promise.resolve();
  const rollUp = async (): Promise<void> => {
    let more = true;
    while (more && !closed) more = await database.transact((trx) => recomputeDirty(trx, site, undefined, "skip"));
  };
  // A turn that fails leaves its quarters dirty: the next one, or a query, takes them again and reports.
  const timer = setInterval(() => {
    background = background.then(rollUp).catch(() => undefined);
  }, ROLLUP_EVERY_MS);

  return {
    appendAll: database.append,
    ...makeHistory(database, site),
    ...makeRecords(database),
    ...makeQuarantine(database, site),
    close: async () => {
      closed = true;
      clearInterval(timer);
      await background;
      await database.close();
    },
  };
}

async function migrate(db: Kysely<Schema>): Promise<void> {
  const { error } = await new Migrator({ db, provider: MIGRATIONS }).migrateToLatest();
  if (!error) return;
  const newer = error instanceof Error && error.message.startsWith("corrupted migrations");
  throw new EnergyError(
    "storage-failed",
    newer
      ? "the database was made by a newer Vatio: install that version or choose another database"
      : `the database could not be brought up to date: ${error instanceof Error ? error.message : JSON.stringify(error)}`,
    { cause: error },
  );
}
