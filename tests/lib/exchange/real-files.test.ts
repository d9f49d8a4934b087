import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, it } from "vitest";
import { guessImportFile } from "../../../lib/exchange/guess-import";
import { makeReport } from "../../../lib/exchange/make-report";
import { readImportBatches } from "../../../lib/exchange/read-import";

/** Measurements of others, beside the project and no part of it. */
const FOLDER = join("..", "shared", "data");
const AMSTERDAM = "Europe/Amsterdam";

async function look(path: string, zone: string) {
  const file = join(FOLDER, path);
  const guess = guessImportFile(file, basename(path), { zone });
  const report = makeReport({ existing: async () => [] });
  for await (const rows of readImportBatches({ file }, guess.mapping)) await report.add(rows);
  return { mapping: guess.mapping, report: await report.done() };
}

function linesIn(path: string, header: boolean): number {
  const lines = readFileSync(join(FOLDER, path), "utf8").trimEnd().split("\n").length;
  return header ? lines - 1 : lines;
}

const HOURLY = {
  format: "csv",
  delimiter: ",",
  decimal: ".",
  header: true,
  timeColumn: 0,
  dateFormat: "iso",
  stepMinutes: 60,
};
const INTERVAL = { measure: "importWh", meaning: "interval", unit: "kWh", column: 1 };

interface Expected {
  readonly mapping: object;
  /** Rows read from each line of the table. */
  readonly perLine: number;
  readonly meter?: object;
}

const FILES: readonly (readonly [string, string, Expected])[] = [
  ...["b22_electricity_2019", "b22_gas_2019", "b41_electricity_2019"].map(
    (name) =>
      [
        `buildings/cambridge_${name}.csv`,
        "Europe/London",
        { mapping: { ...HOURLY, zone: "UTC", values: [INTERVAL] }, perLine: 1 },
      ] as const,
  ),
  [
    "buildings/cambridge_b22_electricity_2020.csv",
    "Europe/London",
    { mapping: { ...HOURLY, values: [INTERVAL] }, perLine: 1 },
  ],
  [
    "buildings/cambridge_b75_electricity_2019_messy.csv",
    "Europe/London",
    {
      mapping: { ...HOURLY, zone: "UTC", values: [INTERVAL] },
      perLine: 1,
      meter: { holes: { count: 0 }, zeros: { to: expect.any(Number) as number } },
    },
  ],
  [
    "buildings/nl_ecn_power_1997_15min.txt",
    AMSTERDAM,
    {
      mapping: {
        header: false,
        start: "1997-01-01T00:00:00",
        stepMinutes: 15,
        values: [{ column: 0, measure: "powerW" }],
      },
      perLine: 1,
      meter: { from: Date.parse("1996-12-31T23:00Z"), stepMs: 900_000, holes: { count: 0 } },
    },
  ],
  [
    "household/ausgrid_customer12_2011-2012_30min.csv",
    "Etc/GMT-10",
    {
      mapping: {
        ...HOURLY,
        stepMinutes: 30,
        values: [
          { column: 1, measure: "powerW", unit: "kW", meter: "GC" },
          { column: 2, measure: "powerW", unit: "kW", meter: "GG" },
        ],
      },
      perLine: 2,
      meter: { meter: "GC", holes: { count: 0 } },
    },
  ],
  ...["electricity", "gas"].map(
    (name) =>
      [
        `household/uk_eemeter_${name}_sample0.csv`,
        AMSTERDAM,
        { mapping: { ...HOURLY, values: [INTERVAL] }, perLine: 1 },
      ] as const,
  ),
  [
    "household/uk_eemeter_electricity_sample1.csv",
    "UTC",
    {
      mapping: { ...HOURLY, stepMinutes: 30, values: [INTERVAL] },
      perLine: 1,
      meter: { holes: { count: expect.any(Number) as number } },
    },
  ],
  ...["0", "1"].map(
    (name) =>
      [
        `counters/pzem_ttyUSB${name}.csv`,
        "Asia/Ho_Chi_Minh",
        {
          mapping: {
            meterColumn: 1,
            values: [
              { measure: "voltageV" },
              { measure: "currentA" },
              { measure: "powerW", unit: "W" },
              { measure: "importWh", meaning: "register", unit: "Wh" },
              { measure: "frequencyHz" },
              { measure: "powerFactor" },
            ],
          },
          perLine: 1,
          meter: { resets: { count: 1 }, holes: { count: 2 } },
        },
      ] as const,
  ),
  [
    "appliances/tracebase_1min.csv",
    "Europe/Berlin",
    {
      mapping: { meterColumn: 0, timeColumn: 2, stepMinutes: 1, values: [{ column: 3, measure: "powerW", unit: "W" }] },
      perLine: 1,
    },
  ],
  [
    "appliances/tracebase_Dishwasher_dev_B7E6FA_2012.01.23.csv",
    "Europe/Berlin",
    {
      mapping: {
        delimiter: ";",
        header: false,
        dateFormat: "dd/MM/yyyy HH:mm:ss",
        values: [{ column: 1, measure: "powerW", unit: "W" }],
      },
      perLine: 1,
    },
  ],
];

describe("is guessed right and read whole", () => {
  for (const [path, zone, { mapping, perLine, meter }] of FILES) {
    it.skipIf(!existsSync(join(FOLDER, path)))(path, async () => {
      const found = await look(path, zone);

      expect(found.mapping).toMatchObject(mapping);
      expect(found.report.errors).toEqual([]);
      expect(found.report.rows).toBe(perLine * linesIn(path, found.mapping.header));
      expect(found.report.meters[0]).toMatchObject(meter ?? {});
    });
  }
});
