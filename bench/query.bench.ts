import Database from "better-sqlite3";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { startOf, unitsIn } from "../lib/energy/calendar";
import { QUARTER_MS } from "../lib/energy/quarters";
import { encodeChunk, type ChunkRow } from "../lib/storage/chunk";
import { openEngine } from "../lib/storage/engine";
import type { EnergyStore, Interval } from "../lib/storage/energy-store";
import { openSqlite } from "../lib/storage/sqlite";
import { openStore } from "../lib/storage/open-store";
import { atMost, type Figure } from "./figure";
import { generateMeter } from "./generate";

const ZONE = "Europe/Madrid";
const SITE = { zone: ZONE, maxPowerW: 100_000 };
const METERS = 20;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const RUNS = 15;
/** The end of all data: midnight in Madrid. */
const END = Date.UTC(2025, 11, 31, 23);
const SECONDS_FROM = END - 30 * DAY_MS;

/** Queries of a screen over twenty meters: ten years of quarters, the last thirty days at one reading a second. */
export default async function query(): Promise<Figure[]> {
  const ten = await prepare(10);
  const one = await prepare(1);
  const store = openStore({ file: ten, durability: "crash", ...SITE });
  const small = openStore({ file: one, durability: "crash", ...SITE });
  await Promise.all([store.meters(), small.meters()]);
  try {
    const line = () => store.powerLine({ meter: "meter-7", from: END - DAY_MS, to: END, points: 1_000 });
    const energy =
      (from: number, interval: Interval, meters?: readonly string[], of: EnergyStore = store) =>
      () =>
        of.energy({ from, to: END, interval, zone: ZONE, ...(meters && { meters }) });
    const month = await median(energy(startOf("month", END - 1, ZONE), "quarter", ["meter-7"]));
    const inOneYear = await median(energy(startOf("month", END - 1, ZONE), "quarter", ["meter-7"], small));
    const raw = rawMonth(ten);
    return [
      atMost("the last 24 h of a meter at 1,000 points", await median(line), "ms", 30),
      atMost("a month by quarter", month, "ms", 10),
      atMost("a year by day, twenty meters", await median(energy(yearsAgo(1), "day")), "ms", 10),
      atMost("ten years by month, twenty meters", await median(energy(yearsAgo(10), "month")), "ms", 10),
      atMost("a month by quarter, ten times the history", Math.round((100 * month) / inOneYear) / 100, "times", 1.2),
      {
        ...atMost("a day of the raw readings by quarter in plain SQL, a tenth of it", month, "ms", raw / 10),
        peer: { name: "plain SQL over raw rows, one day", value: raw },
      },
    ];
  } finally {
    await store.close();
    await small.close();
  }
}

const yearsAgo = (years: number): number => {
  let at = startOf("day", END - years * 365.25 * DAY_MS, ZONE);
  at = startOf("month", at, ZONE);
  return at;
};

async function median(work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    const started = performance.now();
    await work();
    times.push(performance.now() - started);
  }
  return Math.round(100 * (times.sort((a, b) => a - b)[Math.floor(RUNS / 2)] ?? NaN)) / 100;
}

/** Means by quarter of one meter's day, from a table of raw rows with key (at, meter). */
function rawMonth(file: string): number {
  const folder = join(file, "..");
  const path = join(folder, "raw.db");
  const isThere = existsSync(path);
  const db = new Database(path);
  if (!isThere) {
    db.exec("CREATE TABLE reading (at INTEGER, meter INTEGER, powerW REAL, PRIMARY KEY (at, meter)) WITHOUT ROWID");
    const insert = db.prepare("INSERT INTO reading VALUES (?, ?, ?)");
    const meters = Array.from({ length: METERS }, (_, meter) => generateMeter(meter, END - DAY_MS, END));
    db.transaction(() => {
      for (let at = END - DAY_MS; at < END; at += 1_000)
        meters.forEach((meter, index) => insert.run(at, index, meter.next().value?.powerW ?? 0));
    })();
  }
  const ask = db.prepare(
    "SELECT at / 900000 AS quarter, avg(powerW) FROM reading WHERE at >= ? AND at < ? AND meter = 7 GROUP BY quarter",
  );
  const times = Array.from({ length: 5 }, () => {
    const started = performance.now();
    ask.all(END - DAY_MS, END);
    return performance.now() - started;
  });
  db.close();
  return Math.round(100 * (times.sort((a, b) => a - b)[2] ?? NaN)) / 100;
}

/** Makes the database, or takes the one that was made before. */
async function prepare(years: number): Promise<string> {
  const folder = join(".cache", "bench", "query");
  const file = join(folder, `${years}-years.db`);
  if (existsSync(file)) return file;
  mkdirSync(folder, { recursive: true });
  const making = `${file}.making`;
  for (const end of ["", "-wal", "-shm"]) rmSync(making + end, { force: true });
  const engine = await openEngine(openSqlite(making, "crash"), SITE);
  for (let meter = 0; meter < METERS; meter += 1)
    await engine.putMeter({ key: `meter-${meter}`, role: meter === 0 ? "grid" : "load", gapLimitMs: 300_000 });
  await engine.close();

  const db = new Database(making);
  const from = startOf("month", END - years * 365.25 * DAY_MS, ZONE);
  db.transaction(() => {
    db.prepare(
      `WITH RECURSIVE quarters (start) AS (SELECT ? UNION ALL SELECT start + ${QUARTER_MS} FROM quarters WHERE start + ${QUARTER_MS} < ?)
       INSERT INTO quarter (meter, start, importWh, exportWh, volumeM3, powerMs, powerWms, minW, maxW, measuredMs, estimatedMs)
       SELECT m.id, q.start, 50 + (q.start / ${QUARTER_MS} + 7 * m.id) % 211, 0, 0, ${QUARTER_MS}, ${QUARTER_MS} * 200.0, 20, 900, ${QUARTER_MS}, 0
       FROM meter m CROSS JOIN quarters q`,
    ).run(from, END);
    sumUp(db, "day", from);
    if (hasTable(db, "month")) sumUp(db, "month", from);
    if (years === 10) seal(db);
  })();
  db.pragma("wal_checkpoint(TRUNCATE)");
  db.close();
  for (const end of ["-wal", "-shm"]) rmSync(making + end, { force: true });
  renameSync(making, file);
  return file;
}

function sumUp(db: Database.Database, unit: "day" | "month", from: number): void {
  const insert = db.prepare(
    `INSERT INTO ${unit} (meter, start, "end", zone, importWh, exportWh, volumeM3, powerMs, powerWms, minW, maxW, measuredMs, estimatedMs)
     SELECT meter, @from, @to, '${ZONE}', sum(importWh), sum(exportWh), sum(volumeM3), sum(powerMs), sum(powerWms), min(minW), max(maxW),
       sum(measuredMs), sum(estimatedMs)
     FROM quarter WHERE meter = @meter AND start >= @from AND start < @to GROUP BY meter`,
  );
  for (let meter = 1; meter <= METERS; meter += 1)
    for (const span of unitsIn(unit, from, END, ZONE)) insert.run({ ...span, meter });
}

const hasTable = (db: Database.Database, name: string): boolean =>
  db.prepare("SELECT 1 FROM sqlite_master WHERE name = ?").get(name) !== undefined;

function seal(db: Database.Database): void {
  const insert = db.prepare(
    `INSERT INTO chunk (meter, start, "end", count, says, codec, crc, body) VALUES (?, ?, ?, ?, 3, ?, ?, ?)`,
  );
  for (let meter = 0; meter < METERS; meter += 1) {
    let rows: ChunkRow[] = [];
    const pack = (): void => {
      const [first, last] = [rows[0], rows.at(-1)];
      if (!first || !last) return;
      const { codec, crc, body } = encodeChunk(rows);
      insert.run(meter + 1, first.at, last.at, rows.length, codec, crc, body);
      rows = [];
    };
    for (const { at, powerW, importWh } of generateMeter(meter, SECONDS_FROM, END)) {
      if (at % HOUR_MS === 0) pack();
      rows.push({ at, powerW, importWh, exportWh: null, volumeM3: null, more: null, imported: 0 });
    }
    pack();
  }
}
