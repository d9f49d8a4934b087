import Database from "better-sqlite3";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { guessImportFile } from "../../../lib/exchange/guess-import";
import { readImport } from "../../../lib/exchange/read-import";
import { openForeignFile } from "../../../lib/storage/foreign-file";
import { collect, guessOf, readAsGuessed, rowsOf } from "./read-text";

const folder = mkdtempSync(join(tmpdir(), "vatio-exchange-"));
afterAll(() => rmSync(folder, { recursive: true }));
const HOUR = 3_600_000;
const T0 = Date.parse("2024-10-27T00:00:00Z");
const ZONE = "Europe/Madrid";

function makeFile(name: string, script: string): string {
  const file = join(folder, name);
  const db = new Database(file);
  db.exec(script);
  db.close();
  return file;
}

const HOURS = [
  { line: 3, meter: "sensor.grid", from: T0 + HOUR, to: T0 + 2 * HOUR, importWh: 500 },
  { line: 5, meter: "sensor.grid", from: T0 + 2 * HOUR, to: T0 + 4 * HOUR, importWh: 1250 },
];
const MEANS = [
  { line: 2, meter: "sensor.heat_pump", at: T0, values: { powerW: 1200 } },
  { line: 4, meter: "sensor.heat_pump", at: T0 + HOUR, values: { powerW: 800 } },
];

describe("statistics of Home Assistant", () => {
  const meta = `CREATE TABLE statistics_meta (id INTEGER PRIMARY KEY, statistic_id TEXT, source TEXT, unit_of_measurement TEXT, has_mean, has_sum, name);
    INSERT INTO statistics_meta VALUES (1, 'sensor.grid', 'recorder', 'kWh', 0, 1, NULL), (2, 'sensor.heat_pump', 'recorder', 'W', 1, 0, NULL),
      (3, 'sensor.outside', 'recorder', '°C', 1, 0, NULL);`;

  it("in its database become energy by the hour, a hole included, and mean powers", async () => {
    const t = T0 / 1000;
    const file = makeFile(
      "home-assistant_v2.db",
      `${meta} CREATE TABLE statistics (id INTEGER PRIMARY KEY, created TEXT, created_ts REAL, metadata_id INTEGER, start TEXT, start_ts REAL, mean REAL, min REAL, max REAL, last_reset TEXT, last_reset_ts REAL, state REAL, sum REAL);
       INSERT INTO statistics (id, metadata_id, start_ts, mean, state, sum) VALUES
         (1, 1, ${t}, NULL, 1000.5, 10), (2, 2, ${t}, 1200, NULL, NULL), (3, 1, ${t + 3600}, NULL, 1001, 10.5),
         (4, 2, ${t + 3600}, 800, NULL, NULL), (5, 1, ${t + 3 * 3600}, NULL, 2, 11.75), (6, 3, ${t}, 12.5, NULL, NULL);`,
    );
    const guess = guessImportFile(file, "upload.db", { zone: ZONE });
    const rows = await collect(readImport({ file }, guess.mapping));

    expect(guess).toMatchObject({ mapping: { format: "home-assistant-sqlite" }, sure: { format: 1 } });
    expect(rows.filter((row) => "from" in row)).toEqual(HOURS);
    expect(rows.filter((row) => "at" in row)).toEqual(MEANS);
    expect(rows.filter((row) => "error" in row)).toMatchObject([
      { line: 6, error: { key: "unit-unknown", values: { meter: "sensor.outside", unit: "°C" } } },
    ]);
    expect(await collect(readImport({ file }, guess.mapping, { after: 4 }))).toEqual(rows.slice(3));
  });

  it("in a database of before 2023 have their start as a text in UTC", async () => {
    const file = makeFile(
      "old.db",
      `${meta} CREATE TABLE statistics (id INTEGER PRIMARY KEY, metadata_id INTEGER, start TEXT, mean REAL, state REAL, sum REAL);
       INSERT INTO statistics VALUES (1, 1, '2024-10-27 00:00:00.000000', NULL, 5, 1), (2, 1, '2024-10-27 01:00:00.000000', NULL, 6, 2);`,
    );
    const rows = await collect(readImport({ file }, guessImportFile(file, "old.db", { zone: ZONE }).mapping));

    expect(rows).toMatchObject([{ from: T0 + HOUR, to: T0 + 2 * HOUR, importWh: 1000 }]);
  });

  it("written out as a table say the same", async () => {
    const at = (hours: number): string => new Date(T0 + hours * HOUR).toISOString();
    const text = [
      "statistic_id,unit_of_measurement,start,mean,state,sum",
      `sensor.heat_pump,W,${at(0)},1200,,`,
      `sensor.grid,kWh,${at(0)},,1000.5,10`,
      `sensor.heat_pump,W,${at(1)},800,,`,
      `sensor.grid,kWh,${at(1)},,1001,10.5`,
      `sensor.grid,kWh,${at(3)},,2,11.75`,
    ].join("\n");
    const rows = await readAsGuessed(text, "statistics.csv");

    expect(guessOf(text, "statistics.csv").mapping.format).toBe("home-assistant-csv");
    expect(rows.filter((row) => "from" in row)).toMatchObject(HOURS.map(({ line: _, ...row }) => row));
    expect(rows.filter((row) => "at" in row)).toMatchObject(MEANS.map(({ line: _, ...row }) => row));
  });

  it("of a history are states of their entity", async () => {
    const lines = Array.from(
      { length: 20 },
      (_, index) => `sensor.house_power,${300 + (index % 4)},${new Date(T0 + index * 10_000).toISOString()}`,
    );
    const rows = await readAsGuessed(["entity_id,state,last_changed", ...lines].join("\n"), "history.csv");

    expect(rows).toHaveLength(20);
    expect(rows[1]).toMatchObject({ meter: "sensor.house_power", at: T0 + 10_000, values: { powerW: 301 } });
  });
});

describe("a file with energy_data", () => {
  it.each([
    ["a table of texts", "timestamp TEXT", (i: number) => `'2024-10-27 0${i}:00:00'`, "iso"],
    ["a table of seconds", "timestamp INTEGER", (i: number) => String(T0 / 1000 + i * 3600), "epoch-s"],
    ["a table of milliseconds", "timestamp INTEGER", (i: number) => String(T0 + i * HOUR), "epoch-ms"],
  ])("%s is read, each row by its id", async (name, column, stamp, dateFormat) => {
    const rows = Array.from(
      { length: 6 },
      (_, i) => `(${i + 1}, ${stamp(i)}, ${i === 2 ? "NULL" : i === 3 ? "'much'" : 0.5 + i})`,
    );
    const file = makeFile(
      `${name}.db`,
      `CREATE TABLE energy_data (id INTEGER PRIMARY KEY, ${column}, consumption REAL); INSERT INTO energy_data VALUES ${rows.join(",")};`,
    );
    const { mapping } = guessImportFile(file, name, { zone: "UTC" });

    expect(mapping).toMatchObject({ format: "energy-data-sqlite", dateFormat });
    expect(await collect(readImport({ file }, { ...mapping, meter: "house" }))).toEqual([
      { line: 1, meter: "house", at: T0, values: { powerW: 500 } },
      { line: 2, meter: "house", at: T0 + HOUR, values: { powerW: 1500 } },
      { line: 4, error: { key: "bad-number", values: { text: "much", column: 3 } } },
      { line: 5, meter: "house", at: T0 + 4 * HOUR, values: { powerW: 4500 } },
      { line: 6, meter: "house", at: T0 + 5 * HOUR, values: { powerW: 5500 } },
    ]);
  });

  it("may be a view, and longer than a page", async () => {
    const file = makeFile(
      "view.db",
      `CREATE TABLE raw (n INTEGER PRIMARY KEY, kwh REAL);
       WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 12000) INSERT INTO raw SELECT n, n FROM c;
       CREATE VIEW energy_data(id, timestamp, consumption) AS SELECT n, 1700000000 + n * 900, kwh FROM raw;`,
    );
    const { mapping } = guessImportFile(file, "view.db", { zone: "UTC" });
    const value = { column: 2, measure: "importWh", meaning: "interval", unit: "kWh" } as const;
    const rows = await collect(readImport({ file }, { ...mapping, values: [value] }));

    expect(mapping.stepMinutes).toBe(15);
    expect(rows).toHaveLength(12_000);
    expect(rows.at(-1)).toMatchObject({
      line: 12_000,
      importWh: 12_000_000,
      from: (1_700_000_000 + 12_000 * 900) * 1000,
    });
  });

  it("that is no database, or has no such table, is told", async () => {
    const empty = makeFile("empty.db", "CREATE TABLE other (x)");
    const mapping = { format: "energy-data-sqlite", zone: "UTC" };

    await expect(
      collect(readImport({ file: empty }, { ...guessImportFile(empty, "e", { zone: "UTC" }).mapping })),
    ).rejects.toMatchObject({
      code: "storage-failed",
    });
    expect(guessImportFile(empty, "e", { zone: "UTC" }).sure.format).toBe(0);
    await expect(rowsOf("text", mapping)).rejects.toMatchObject({ code: "invalid-config", field: "format" });
    expect(() => openForeignFile(join(folder, "none.db"))).toThrow(/there is none/);
  });

  it.each([true, false])("is opened for reading alone (ready-made binary: %s)", (hasBinary) => {
    const file = makeFile(`ro-${String(hasBinary)}.db`, "CREATE TABLE t (x); INSERT INTO t VALUES (7)");
    const db = openForeignFile(file, hasBinary);

    expect(db.all("SELECT x FROM t WHERE x > ?", 1)).toEqual([{ x: 7 }]);
    expect(() => db.all("INSERT INTO t VALUES (8) RETURNING x")).toThrow(/read/i);
    db.close();
  });
});
