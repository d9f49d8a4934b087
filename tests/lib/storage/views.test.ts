import Database from "better-sqlite3";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { Reading } from "../../../lib/energy/reading";
import { openDatabase } from "../../../lib/storage/open-database";
import { openEngine, type Engine } from "../../../lib/storage/engine";
import { takeTableIn } from "../../../lib/storage/imported-table";
import type { ServerSettings } from "../../../lib/storage/server";
import { describeServer, KINDS, makeDatabase } from "../../support/databases";

const HOUR = 3_600_000;
const MIDNIGHT = Date.UTC(2025, 4, 10, 22);
const SITE = { zone: "Europe/Madrid", maxPowerW: 100_000 };
const folder = mkdtempSync(join(tmpdir(), "vatio-views-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Ask = (sql: string) => Promise<unknown[]>;

/** An hour of a kilowatt and of its register, by the minute; the first half of it is sealed. */
async function fill(server?: ServerSettings): Promise<Engine> {
  const file = join(folder, "site.db");
  const engine = await openEngine(
    openDatabase({ file, durability: "crash", ...SITE, ...(server && { server }) }),
    SITE,
  );
  await engine.putMeter({ key: "grid", role: "grid", gapLimitMs: 300_000 });
  const said = (minute: number): Reading => ({
    meter: "grid",
    at: MIDNIGHT + minute * 60_000,
    powerW: 1_000 + minute,
    importWh: minute * 16,
  });
  await engine.appendAll([{ readings: Array.from({ length: 30 }, (_, minute) => said(minute)) }]);
  await engine.sealUntil(Infinity);
  await engine.appendAll([{ readings: Array.from({ length: 31 }, (_, minute) => said(30 + minute)) }]);
  await engine.energy({ from: MIDNIGHT, to: MIDNIGHT + HOUR, interval: "total", zone: SITE.zone });
  await engine.putAlert({
    id: "1",
    at: MIDNIGHT,
    rule: "r",
    severity: "info",
    meter: "grid",
    kind: "above",
    values: {},
  });
  return engine;
}

/** Times as texts in UTC, numbers as numbers, whatever the driver makes of them. */
const plain = (rows: readonly unknown[]) =>
  rows.map((row) =>
    Object.fromEntries(
      Object.entries(row as object).map(([key, value]) => [
        key,
        value instanceof Date
          ? value.toISOString()
          : /^-?[\d.]+$/.test(String(value))
            ? Math.round(Number(value) * 1e6) / 1e6
            : (value as unknown),
      ]),
    ),
  );

async function check(ask: Ask): Promise<void> {
  const quarters = plain(await ask("select * from energy_quarter order by time"));
  expect(quarters).toHaveLength(4);
  expect(quarters[0]).toEqual({
    time: "2025-05-10T22:00:00.000Z",
    meter: "grid",
    role: "grid",
    import_kwh: 0.24,
    export_kwh: 0,
    volume_m3: 0,
    mean_kw: 1.007,
    min_kw: 1,
    max_kw: 1.014,
    measured: 1,
    estimated: 0,
  });
  expect(plain(await ask("select time, zone, meter, import_kwh, measured from energy_day"))).toEqual([
    { time: "2025-05-10T22:00:00.000Z", zone: "Europe/Madrid", meter: "grid", import_kwh: 0.96, measured: 0.041667 },
  ]);
  expect(plain(await ask("select time, cleared, meter, rule from energy_alert"))).toEqual([
    { time: "2025-05-10T22:00:00.000Z", cleared: null, meter: "grid", rule: "r" },
  ]);
  const data = plain(await ask("select id, timestamp, consumption from energy_data order by timestamp"));
  expect(data.map(({ consumption }) => consumption)).toEqual([
    1.007,
    1.022,
    ...Array.from({ length: 31 }, (_, minute) => (1_030 + minute) / 1_000),
  ]);
  expect(data[0]).toMatchObject({ timestamp: "2025-05-10T22:00:00.000Z" });
  expect(new Set(data.map(({ id }) => id)).size).toBe(33);
}

describe("the views that other programs read", () => {
  it("tell in kWh, kW and UTC what SQLite holds", async () => {
    const engine = await fill();
    const db = new Database(join(folder, "site.db"), { readonly: true });
    await check((text) => Promise.resolve(db.prepare(text).all()));
    db.close();
    await engine.close();
  });
});

describe("a table energy_data that was there before", () => {
  it("is taken in as a meter, and set aside under another name", async () => {
    const file = join(folder, "other.db");
    const other = new Database(file);
    other.exec(`create table energy_data (id integer primary key, timestamp text, consumption real);
      insert into energy_data (timestamp, consumption) values ('2025-05-10T22:00:00Z', 1.5), ('2025-05-11 00:05:00', 0.25),
        (1746915000, 2), ('1746915060000', '0.5'), ('never', 1), ('2025-05-11 01:00:00', null)`);
    other.close();
    const database = openDatabase({ file, durability: "crash", ...SITE });
    const engine = await openEngine(database, SITE);
    const all = { from: 0, to: 2 * MIDNIGHT };
    expect(await engine.readings(all)).toEqual([]);
    expect(await takeTableIn(database, SITE.zone, () => false)).toBe(4);
    expect(await takeTableIn(database, SITE.zone, () => false)).toBe(0);
    expect(
      (await engine.readings(all)).map(({ meter, at, powerW, source }) => [
        meter,
        new Date(at).toISOString(),
        powerW,
        source,
      ]),
    ).toEqual([
      ["energy_data", "2025-05-10T22:00:00.000Z", 1_500, "imported"],
      ["energy_data", "2025-05-10T22:05:00.000Z", 250, "imported"],
      ["energy_data", "2025-05-10T22:10:00.000Z", 2_000, "imported"],
      ["energy_data", "2025-05-10T22:11:00.000Z", 500, "imported"],
    ]);
    await engine.close();
    const db = new Database(file, { readonly: true });
    expect(db.prepare("select count(*) as count from energy_data_imported").get()).toEqual({ count: 6 });
    expect(db.prepare("select consumption from energy_data order by timestamp").pluck().all()).toEqual([
      1.5, 0.25, 2, 0.5,
    ]);
    db.close();
  });
});

for (const kind of KINDS)
  await describeServer(kind, (title) => {
    it(`tell the same on ${title}`, async () => {
      const database = await makeDatabase(kind);
      const engine = await fill(database.settings);
      await check((text) => database.ask(text));
      await engine.close();
      await database.drop();
    });
  });
