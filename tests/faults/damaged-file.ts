import Database from "better-sqlite3";
import { openEngine } from "../../lib/storage/engine";
import { openPageFile } from "../../lib/storage/page-file";
import { planPages } from "../../lib/storage/page-plan";
import type { SqlDatabase } from "../../lib/storage/sql-database";
import { openSqlite } from "../../lib/storage/sqlite";
import { shapesOf } from "../../lib/storage/table-shape";
import type { Reading } from "../../lib/energy/reading";

export const SITE = { zone: "Europe/Madrid", maxPowerW: 100_000 };
export const START = Date.UTC(2025, 2, 29);
const MINUTE = 60_000;
const DAY = 86_400_000;
export const DAYS = 5;

/** What four meters say: registers and powers, one of them gas, one with all that has no column. */
export function madeReadings(random: () => number, days = DAYS): Reading[] {
  const readings: Reading[] = [];
  let [wh, m3] = [1_000, 500];
  for (let at = START; at < START + days * DAY; at += MINUTE) {
    const powerW = Math.round(random() * 30_000) / 10;
    wh += powerW / 60;
    m3 += random() / 1_000;
    readings.push({ meter: "grid", at, powerW, importWh: Math.round(wh) });
    readings.push({
      meter: "heat pump",
      at: at + 1_000,
      powerW: Math.round(powerW / 3),
      temperatureC: 20 + Math.round(random() * 50) / 10,
    });
    if (at % (5 * MINUTE) === 0) readings.push({ meter: "gas", at, volumeM3: Math.round(m3 * 1_000) / 1_000 });
    if (at % (2 * MINUTE) === 0)
      readings.push({ meter: "solar", at, powerW: -Math.round(powerW), exportWh: Math.round(wh / 2) });
  }
  return readings;
}

/** A database of sealed days, a hot one, quarters and days, and a little of all else; it lies in one file. */
export async function makeSite(file: string, readings: readonly Reading[], days = DAYS): Promise<void> {
  const database = openSqlite(file, "crash");
  const engine = await openEngine(database, SITE);
  await engine.putMeter({ key: "grid", role: "grid", gapLimitMs: 300_000 });
  await engine.remember("rule", "state", { kind: "normal" });
  await engine.putAlert({ id: "1", at: START, rule: "r", severity: "info", kind: "above", values: {} });
  for (let index = 0; index < readings.length; index += 5_000)
    await engine.appendAll([{ readings: readings.slice(index, index + 5_000) }]);
  await engine.sealUntil(START + (days - 1) * DAY);
  await engine.energy({ from: START, to: START + days * DAY, interval: "total", zone: SITE.zone });
  await engine.close();
  const raw = new Database(file);
  raw.pragma("journal_mode = DELETE");
  raw.exec("VACUUM");
  raw.close();
}

/** The rows of every table by name and key. */
export async function rowsIn(database: SqlDatabase): Promise<Map<string, Map<string, string>>> {
  const tables = new Map<string, Map<string, string>>();
  for (const shape of await shapesOf(database.db)) {
    const rows = await database.db
      .selectFrom(shape.name as "chunk")
      .selectAll()
      .execute();
    tables.set(shape.name, new Map(rows.map((row) => [keyOf(shape.name, row), JSON.stringify(row)])));
  }
  return tables;
}

function keyOf(table: string, row: object): string {
  const values = row as Record<string, unknown>;
  const names = KEYS[table] ?? ["meter", "start"];
  return names.map((name) => String(values[name])).join(" ");
}
const KEYS: Readonly<Record<string, readonly string[]>> = {
  meter: ["key"],
  reading: ["minute", "meter", "at"],
  memory: ["owner", "key"],
  alert: ["id"],
  delivery: ["session", "slot"],
  quarantine: ["meter", "at", "path", "value"],
  ruling: ["id"],
  correction: ["id"],
  interval: ["meter", "start", "end"],
  advice: ["adviser", "id"],
  token: ["id"],
  session: ["hash"],
  damaged: ["id"],
};

/** Which rows lie in which page. */
export async function rowsByPage(file: string, database: SqlDatabase): Promise<Map<number, Set<string>>> {
  const shapes = await shapesOf(database.db);
  const pages = openPageFile(file);
  const plan = planPages(pages, shapes);
  const found = new Map<number, Set<string>>();
  for (const shape of shapes)
    for (const page of plan.pagesOf(shape.name)) {
      const { rows } = plan.rowsOf(shape, page);
      found.set(page, new Set(rows.map((row) => `${shape.name} ${keyOf(shape.name, row)}`)));
    }
  pages.close();
  return found;
}

/** The pages that hold rows of these tables. */
export async function pagesOf(file: string, tables: readonly string[]): Promise<number[]> {
  const database = openSqlite(file, "crash");
  const shapes = await shapesOf(database.db);
  await database.close();
  const pages = openPageFile(file);
  const plan = planPages(pages, shapes);
  pages.close();
  return tables.flatMap((table) => plan.pagesOf(table));
}
