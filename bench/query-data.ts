import Database from "better-sqlite3";
import { join } from "node:path";
import { startOf } from "../lib/energy/calendar";
import { QUARTER_MS } from "../lib/energy/quarters";
import { encodeChunk, type ChunkRow } from "../lib/storage/chunk";
import { openEngine } from "../lib/storage/engine";
import { NO_HORIZON } from "../lib/storage/horizon";
import { recomputeMonths } from "../lib/storage/month-rows";
import { recomputeDays } from "../lib/storage/rollup-rows";
import { toChunkRow } from "../lib/storage/sealed-readings";
import { openSqlite } from "../lib/storage/sqlite";
import { cached } from "./cached";
import { generateMeter, type GeneratedReading } from "./generate";

export const ZONE = "Europe/Madrid";
export const SITE = { zone: ZONE, maxPowerW: 100_000 };
export const METERS = 20;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
/** The end of all data: midnight in Madrid, so that the thirty days of seconds are the whole of November. */
export const END = Date.UTC(2025, 10, 30, 23);
export const SECONDS_FROM = END - 30 * DAY_MS;
export const TEN_YEARS_FROM = yearsBefore(10);
export const ONE_YEAR_FROM = yearsBefore(1);
/** What a tenth of the history has of seconds. */
const FEW_SECONDS_FROM = END - 3 * DAY_MS;
/** Power and the register, as bits of what a meter says. */
const SAYS = 3;

/** What the data comes from. */
export const SOURCES = ["bench/query-data.ts", "bench/generate.ts"];
const STORE_SOURCES = [...SOURCES, "lib/storage/migrations.ts", "lib/storage/chunk", "lib/storage/month-rows.ts"];

export const keyOf = (meter: number): string => `meter-${meter}`;

/** The store's file: twenty meters, ten years of quarters, days and months, the last thirty days at 1 Hz, all sealed. */
export async function tenYears(): Promise<string> {
  const folder = await cached("ten-years", STORE_SOURCES, async (folder) => {
    const file = join(folder, "home.db");
    await describeMeters(file);
    inFile(file, (db) => {
      addQuarters(db, TEN_YEARS_FROM, SECONDS_FROM);
      seal(db);
      db.exec(`UPDATE meter SET says = ${SAYS}, firstAt = ${SECONDS_FROM}`);
      db.exec(
        `WITH RECURSIVE quarters (start) AS
           (SELECT ${SECONDS_FROM} UNION ALL SELECT start + ${QUARTER_MS} FROM quarters WHERE start + ${QUARTER_MS} < ${END})
         INSERT INTO dirty (meter, start) SELECT id, start FROM meter CROSS JOIN quarters`,
      );
    });
    await rollUp(file);
  });
  return join(folder, "home.db");
}

/** A tenth of the same: the last year, and three days at 1 Hz. */
export async function oneYear(): Promise<string> {
  const whole = await tenYears();
  const folder = await cached("one-year", STORE_SOURCES, async (folder) => {
    const file = join(folder, "home.db");
    await describeMeters(file);
    inFile(file, (db) => {
      db.prepare("ATTACH ? AS whole").run(whole);
      for (const table of ["quarter", "day", "month"])
        db.exec(`INSERT INTO ${table} SELECT * FROM whole.${table} WHERE start >= ${ONE_YEAR_FROM}`);
      db.exec(`INSERT INTO chunk SELECT * FROM whole.chunk WHERE start >= ${FEW_SECONDS_FROM} ORDER BY rowid`);
      db.exec(`UPDATE meter SET says = ${SAYS}, firstAt = ${FEW_SECONDS_FROM}`);
    });
  });
  return join(folder, "home.db");
}

/** The readings of a meter at 1 Hz, an hour at a time. */
export function* hoursOf(meter: number): Generator<GeneratedReading[]> {
  let hour: GeneratedReading[] = [];
  for (const reading of generateMeter(meter, SECONDS_FROM, END)) {
    hour.push(reading);
    if (hour.length < HOUR_MS / 1_000) continue;
    yield hour;
    hour = [];
  }
}

/** What a meter did in a quarter before the seconds. */
export interface MadeUp {
  readonly importWh: number;
  readonly minW: number;
  readonly maxW: number;
}

/** Different each quarter. */
export function madeUp(meter: number, start: number): MadeUp {
  const quarter = start / QUARTER_MS;
  return {
    importWh: 50 + ((quarter + 7 * meter) % 211),
    minW: 20 + ((quarter * 13 + meter) % 97) / 10,
    maxW: 900 + ((quarter * 17 + meter) % 977) / 10,
  };
}

function yearsBefore(years: number): number {
  return startOf("month", Date.UTC(2025 - years, 11, 15), ZONE);
}

async function describeMeters(file: string): Promise<void> {
  const engine = await openEngine(openSqlite(file, "crash"), SITE);
  for (let meter = 0; meter < METERS; meter += 1)
    await engine.putMeter({ key: keyOf(meter), role: meter === 0 ? "grid" : "load", gapLimitMs: 300_000 });
  await engine.close();
}

function inFile(file: string, work: (db: Database.Database) => void): void {
  const db = new Database(file);
  db.pragma("synchronous = OFF");
  work(db);
  db.pragma("wal_checkpoint(TRUNCATE)");
  db.close();
}

/** What was known before the seconds. */
function addQuarters(db: Database.Database, from: number, to: number): void {
  const insert = db.prepare(
    `INSERT INTO quarter (meter, start, importWh, exportWh, volumeM3, powerMs, powerWms, minW, maxW, measuredMs, estimatedMs)
     VALUES (?, ?, ?, 0, 0, ${QUARTER_MS}, ?, ?, ?, ${QUARTER_MS}, 0)`,
  );
  db.transaction(() => {
    for (let meter = 0; meter < METERS; meter += 1) {
      for (let start = from; start < to; start += QUARTER_MS) {
        const { importWh, minW, maxW } = madeUp(meter, start);
        insert.run(meter + 1, start, importWh, 4 * importWh * QUARTER_MS, minW, maxW);
      }
    }
  })();
}

/** As the store seals: an hour of all meters, then the next. */
function seal(db: Database.Database): void {
  const insert = db.prepare(
    `INSERT INTO chunk (meter, start, "end", count, says, codec, crc, body)
     VALUES (@meter, @start, @end, @count, @says, @codec, @crc, @body)`,
  );
  const meters = Array.from({ length: METERS }, (_, meter) => hoursOf(meter));
  db.transaction(() => {
    for (let hour = SECONDS_FROM; hour < END; hour += HOUR_MS) {
      for (const [meter, hours] of meters.entries()) {
        const said: GeneratedReading[] = hours.next().value ?? [];
        const [first, last] = [said[0], said.at(-1)];
        if (!first || !last) continue;
        const key = { meter: meter + 1, start: first.at, end: last.at, count: said.length, says: SAYS };
        insert.run(toChunkRow(key, encodeChunk(said.map(toRow))));
      }
    }
  })();
}

const toRow = ({ at, powerW, importWh }: GeneratedReading): ChunkRow => ({
  at,
  powerW,
  importWh,
  exportWh: null,
  volumeM3: null,
  more: null,
  imported: 0,
});

/** The store's own work: the seconds become quarters, the quarters days, and the days months. */
async function rollUp(file: string): Promise<void> {
  const database = openSqlite(file, "crash");
  const engine = await openEngine(database, SITE);
  await engine.energy({ from: SECONDS_FROM, to: END, interval: "total", zone: ZONE });
  for (let meter = 1; meter <= METERS; meter += 1)
    await database.transact(async (trx) => {
      const span = { meter, from: TEN_YEARS_FROM, to: SECONDS_FROM };
      await recomputeDays(trx, span, ZONE, NO_HORIZON);
      await recomputeMonths(trx, [span], ZONE);
    });
  await engine.close();
}
