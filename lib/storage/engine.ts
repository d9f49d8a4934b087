import type { Kysely } from "kysely";
import { Migrator } from "kysely/migration";
import { EnergyError } from "../errors";
import { adoptSite, rebuildZone } from "./adopt-site";
import { makeBreath } from "./breath";
import { makeBulkLoad } from "./bulk-load";
import { makeCorrections } from "./corrections";
import type { Batch, EnergyStore } from "./energy-store";
import { makeHistory, recomputeAll, settle } from "./history";
import { takeTableIn } from "./imported-table";
import { makeInstances } from "./instances";
import { makeMaintenance } from "./maintenance";
import { MIGRATIONS } from "./migrations";
import { makeQuarantine } from "./quarantine";
import { makeRecords } from "./records";
import type { RollupSettings } from "./meter-samples";
import { makeRetention, type Retention } from "./retention";
import { markNextAnew } from "./reckon-anew";
import type { Schema } from "./schema";
import { sealDue } from "./sealing";
import type { SqlDatabase } from "./sql-database";

/** As `EnergyStore`, but appends come in groups, to be made durable together. */
export interface Engine extends Omit<EnergyStore, "append"> {
  appendAll(batches: readonly Batch[]): Promise<boolean[]>;
  /** Seals what was said before an instant, where there is enough of it; answers how many times some of it was. */
  sealUntil(until: number): Promise<number>;
  /** Recomputes what is still dirty in these meters, or in all of them. */
  settle(keys: readonly string[] | undefined): Promise<void>;
}

/** How long the background rests at least, and how many times as long as it worked. */
const TURN_EVERY_MS = 5_000;
/** What takes longer to be made anew goes on in the next turn. */
const ANEW_MS = 1_000;
const REST_PER_TURN = 10;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** Brings the schema up to date and starts the background work. */
export async function openEngine(database: SqlDatabase, site: RollupSettings, keep: Retention = {}): Promise<Engine> {
  try {
    await migrate(database.db);
    await database.transact((trx) => adoptSite(trx, site));
  } catch (error) {
    await database.close();
    throw error;
  }

  const closing = new AbortController();
  const isClosed = (): boolean => closing.signal.aborted;
  let background = Promise.resolve();
  const forAWhile = (): (() => boolean) => {
    const end = performance.now() + ANEW_MS;
    return () => performance.now() > end;
  };
  let isOfZone = false;
  const adopt = async (): Promise<void> => {
    isOfZone ||= await rebuildZone(database, site.zone, { breath: makeBreath(closing.signal), isOver: forAWhile() });
  };
  const rollUp = async (): Promise<void> => {
    const isOver = forAWhile();
    do await recomputeAll(database, site, makeBreath(closing.signal));
    while (!isOver() && (await markNextAnew(database)));
  };
  const sealUntil = (until: number): Promise<number> => sealDue(database, until, isClosed);
  const sealable = (): number => Math.floor(Date.now() / HOUR_MS - 1) * HOUR_MS;
  let sealedUntil = -Infinity;
  const sealHours = async (): Promise<void> => {
    const until = sealable();
    if (until <= sealedUntil) return;
    await sealUntil(until);
    sealedUntil = until;
  };
  let isTaken = false;
  const takeIn = async (): Promise<void> => {
    if (isTaken) return;
    await takeTableIn(database, site.zone, isClosed);
    isTaken = true;
  };
  const load = makeBulkLoad(database, site);
  const retain = makeRetention(database, site, keep);
  let retainedOn = -Infinity;
  const retainDays = async (): Promise<void> => {
    const day = Math.floor(Date.now() / DAY_MS);
    // Once its quarters are gone no day can be made anew.
    if (day <= retainedOn || !isOfZone) return;
    await retain(Date.now(), isClosed);
    retainedOn = day;
  };
  // A turn that fails leaves its quarters dirty and its readings hot: the next one, or a query, takes them again and reports.
  const turn = async (): Promise<void> => {
    const started = performance.now();
    await takeIn()
      .then(adopt)
      .then(rollUp)
      .then(sealHours)
      .then(retainDays)
      .catch(() => undefined);
    // However much there is to do, most of the time is the flows' own.
    if (!isClosed()) nextTurn(Math.max(TURN_EVERY_MS, REST_PER_TURN * (performance.now() - started)));
  };
  let timer: NodeJS.Timeout;
  const nextTurn = (waitMs: number): void => {
    timer = setTimeout(() => {
      background = turn();
    }, waitMs);
  };
  nextTurn(TURN_EVERY_MS);

  return {
    appendAll: database.append,
    load: (columns) => load(columns, sealable()),
    ...makeHistory(database, site),
    ...makeRecords(database),
    ...makeInstances(database),
    ...makeQuarantine(database, site),
    ...makeCorrections(database, site),
    ...makeMaintenance(database, site, Date.now),
    sealUntil,
    settle: (keys) => settle(database, site, keys),
    close: async () => {
      closing.abort();
      clearTimeout(timer);
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
