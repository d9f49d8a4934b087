import fc from "fast-check";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { nextOf } from "../../lib/energy/calendar";
import type { Reading } from "../../lib/energy/reading";
import type { EnergyInterval, Interval } from "../../lib/storage/energy-store";
import { openEngine, type Engine } from "../../lib/storage/engine";
import { openDatabase } from "../../lib/storage/open-database";
import type { ServerSettings } from "../../lib/storage/server";
import { describeServer, KINDS, makeDatabase, type TestDatabase } from "../support/databases";
import { seed } from "../support/seed";

/** FAULTS.md, rows 8, 9 and 12, on each database. `FULL=1` shuffles more often. */
const RUNS = process.env.FULL ? 50 : 1;
const STEP_MS = (process.env.FULL ? 11 : 67) * 60_000;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const BATCH = 80;
const FILE = join(tmpdir(), "none.db");

/** Days that clocks make shorter or longer, and one that has no midnight; how long each is, in hours. */
const CHANGES = [
  ["Europe/Berlin", "2025-03-30T00:00+01:00", 23],
  ["Europe/Madrid", "2025-10-26T00:00+02:00", 25],
  ["America/New_York", "2025-11-02T00:00-04:00", 25],
  ["Australia/Lord_Howe", "2025-10-05T00:00+10:30", 23.5],
  ["Australia/Lord_Howe", "2025-04-06T00:00+11:00", 24.5],
  ["Asia/Kathmandu", "2025-10-26T00:00+05:45", 24],
  ["America/Sao_Paulo", "2018-11-04T01:00-02:00", 23],
] as const;

const open = (zone: string, server?: ServerSettings): Promise<Engine> =>
  openEngine(openDatabase({ file: server ? FILE : ":memory:", durability: "crash", zone, ...(server && { server }) }), {
    zone,
    maxPowerW: 100_000,
  });

/** A register, one that also exports, and a power, from `from` on, in uneven steps; every value is its own. */
function said(from: number, to: number, stepMs: number): Reading[] {
  const readings: Reading[] = [];
  for (let at = from, index = 0; at <= to; at += stepMs, index += 1) {
    const wh = 1_000 + Math.round(index * 71.3 + 40 * Math.sin(index / 9));
    readings.push({ meter: "grid", at, importWh: wh, powerW: 300 + ((index * 37) % 900) });
    if (index % 2 === 0) readings.push({ meter: "solar", at: at + 500, exportWh: Math.round(index * 33.7) });
    if (index % 3 === 0) readings.push({ meter: "load", at: at + 1_000, powerW: 0.1 * ((index * 991) % 20_000) });
  }
  return readings;
}

async function append(engine: Engine, readings: readonly Reading[], between?: () => Promise<unknown>): Promise<void> {
  for (let index = 0; index < readings.length; index += BATCH) {
    await engine.appendAll([{ readings: readings.slice(index, index + BATCH) }]);
    await between?.();
  }
}

/** Databases add up the same numbers in orders of their own: the last digits differ, far beyond a billionth of a kWh. */
const rounded = (row: EnergyInterval) =>
  Object.fromEntries(
    Object.entries(row).map(([key, value]: [string, number | string]) => [
      key,
      typeof value === "number" ? Math.round(value * 1e7) / 1e7 : value,
    ]),
  );

const energyOf = async (engine: Engine, from: number, to: number, zone: string, interval: Interval) =>
  (await engine.energy({ from, to, zone, interval })).sort((a, b) => a.from - b.from || (a.meter < b.meter ? -1 : 1));

function describeDisorder(title: string, server: () => ServerSettings | undefined, empty: () => Promise<void>): void {
  describe(`${title} (SEED=${seed})`, () => {
    beforeEach(empty);

    it("makes of seven days in any order, some of it twice, bit for bit the energy of the same in order", async () => {
      const [zone, from] = ["Europe/Madrid", Date.UTC(2025, 4, 4, 22)];
      const to = from + 7 * DAY;
      const clean = said(from, to - 1, STEP_MS);
      const all = async (engine: Engine) => ({
        quarters: await energyOf(engine, from, to, zone, "quarter"),
        days: await energyOf(engine, from, to, zone, "day"),
      });
      const first = await open(zone, server());
      await append(first, clean);
      const wanted = await all(first);
      expect(wanted.days.filter(({ meter }) => meter === "grid")).toHaveLength(7);
      await first.close();

      await fc.assert(
        fc.asyncProperty(
          fc.shuffledSubarray(clean, { minLength: clean.length }),
          fc.subarray(clean, { maxLength: 200 }),
          async (shuffled, twice) => {
            await empty();
            const engine = await open(zone, server());
            let turn = 0;
            await append(engine, [...shuffled, ...twice], async () => {
              turn += 1;
              if (turn === 2) await energyOf(engine, from, to, zone, "total");
              if (turn === 3) await engine.sealUntil(from + 3 * DAY);
            });
            expect(await all(engine)).toEqual(wanted);
            expect(await engine.verify(false)).toMatchObject({ wrong: 0 });
            await engine.close();
          },
        ),
        { seed, numRuns: RUNS },
      );
    }, 600_000);

    it.each(CHANGES)(
      "has in %s a day from %s of %d hours, in sum and as every database has it",
      async (zone, date, hours) => {
        const day = Date.parse(date);
        const [from, to] = [day - DAY, nextOf("day", nextOf("day", day, zone), zone)];
        const readings = said(from, to, 23 * MINUTE);
        const [alone, engine] = [await open(zone), await open(zone, server())];
        for (const one of [alone, engine]) await append(one, readings);

        const totals = new Map<Interval, Map<string, number>>();
        for (const interval of ["quarter", "hour", "day", "total"] as const) {
          const rows = await energyOf(engine, from, to, zone, interval);
          expect(rows.map(rounded), interval).toEqual((await energyOf(alone, from, to, zone, interval)).map(rounded));
          const sums = new Map<string, number>();
          for (const { meter, importWh, exportWh } of rows)
            sums.set(meter, (sums.get(meter) ?? 0) + importWh - exportWh);
          totals.set(interval, sums);
          if (interval === "day")
            expect(rows.filter((row) => row.from === day).map((row) => (row.to - row.from) / HOUR)).toContain(hours);
        }
        for (const [meter, wh] of totals.get("quarter") ?? [])
          for (const sums of totals.values())
            expect(Math.abs((sums.get(meter) ?? NaN) - wh) / 1_000).toBeLessThan(1e-9);
        await alone.close();
        await engine.close();
      },
    );
  });
}

describeDisorder(
  "SQLite",
  () => undefined,
  () => Promise.resolve(),
);
for (const kind of KINDS)
  await describeServer(kind, (title) => {
    let database: TestDatabase;
    beforeAll(async () => {
      database = await makeDatabase(kind);
    });
    afterAll(() => database.drop());
    describeDisorder(
      title,
      () => database.settings,
      () => database.empty(),
    );
  });
