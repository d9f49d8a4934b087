import Database from "better-sqlite3";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Reading } from "../lib/energy/reading";
import { openEngine } from "../lib/storage/engine";
import { openSqlite } from "../lib/storage/sqlite";
import { atLeast, type Figure } from "./figure";

const SITE = { zone: "Europe/Madrid", maxPowerW: 100_000 };
const NOON = Date.UTC(2025, 4, 10, 12);
const METERS = 20;
const BATCH = 500;
const SECONDS = 3_600;
const RUNS = 5;

/** Batches of readings at 1 Hz of twenty meters, an hour long. */
function batches(): Reading[][] {
  const all: Reading[][] = [];
  let batch: Reading[] = [];
  for (let second = 0; second < SECONDS; second += 1) {
    for (let meter = 0; meter < METERS; meter += 1) {
      const powerW = 200 + ((second * 7 + meter * 13) % 900) / 10;
      batch.push({ meter: `meter-${meter}`, at: NOON + second * 1_000 + meter, powerW, importWh: 1_000 + second / 10 });
      if (batch.length === BATCH) {
        all.push(batch);
        batch = [];
      }
    }
  }
  return all;
}

/** better-sqlite3 alone: the same columns, key (at, meter), the same durability, 500 rows a transaction. */
function raw(file: string, synchronous: "NORMAL" | "FULL", all: readonly Reading[][]): number {
  const db = new Database(file);
  db.pragma("page_size = 16384");
  db.pragma("journal_mode = WAL");
  db.pragma(`synchronous = ${synchronous}`);
  db.exec(`CREATE TABLE reading (
    at INTEGER, meter INTEGER, powerW REAL, importWh REAL, exportWh REAL, volumeM3 REAL, more TEXT, imported INTEGER,
    PRIMARY KEY (at, meter)) WITHOUT ROWID`);
  const insert = db.prepare("INSERT INTO reading VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
  const keep = db.transaction((readings: readonly Reading[]) => {
    for (const { at, meter, powerW, importWh } of readings) {
      insert.run(at, Number(meter.slice(6)), powerW, importWh, null, null, null, 0);
    }
  });
  const started = performance.now();
  for (const batch of all) keep(batch);
  const seconds = (performance.now() - started) / 1_000;
  db.close();
  return (METERS * SECONDS) / seconds;
}

/** The store's engine, and all energy reckoned at the end. */
async function ours(file: string, durability: "crash" | "power", all: readonly Reading[][]): Promise<number> {
  const engine = await openEngine(openSqlite(file, durability), SITE);
  const started = performance.now();
  for (const batch of all) await engine.appendAll([{ readings: batch }]);
  const kept = performance.now();
  await engine.energy({ from: NOON, to: NOON + 3_600_000, interval: "total", zone: SITE.zone });
  const seconds = (performance.now() - started) / 1_000;
  if (process.env.BENCH_DETAIL) console.error(`append ${kept - started} ms, rollups ${performance.now() - kept} ms`);
  await engine.close();
  return (METERS * SECONDS) / seconds;
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

/** Batches to durable rows with rollups, against the database alone. */
export default async function append(): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), "vatio-append-"));
  const all = batches();
  const rates = { raw: [] as number[], ours: [] as number[], rawFull: [] as number[], full: [] as number[] };
  for (let run = 0; run < RUNS; run += 1) {
    const file = (name: string): string => join(folder, `${name}-${run}.db`);
    rates.raw.push(raw(file("raw"), "NORMAL", all));
    rates.ours.push(await ours(file("ours"), "crash", all));
    rates.rawFull.push(raw(file("raw-full"), "FULL", all));
    rates.full.push(await ours(file("full"), "power", all));
  }
  rmSync(folder, { recursive: true, force: true });
  const figure = (name: string, own: readonly number[], peer: readonly number[], share: number): Figure => ({
    ...atLeast(name, Math.round(median(own)), "readings/s", Math.round(share * median(peer))),
    peer: { name: "better-sqlite3 alone", value: Math.round(median(peer)) },
  });
  return [
    figure("append with rollups, survives a crash", rates.ours, rates.raw, 0.7),
    figure("append with rollups, survives power loss", rates.full, rates.rawFull, 0),
  ];
}
