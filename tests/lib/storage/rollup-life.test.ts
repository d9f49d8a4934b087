import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { nextOf } from "../../../lib/energy/calendar";
import type { Reading } from "../../../lib/energy/reading";
import type { MeterSettings } from "../../../lib/storage/energy-store";
import { openEngine, type Engine } from "../../../lib/storage/engine";
import { openSqlite } from "../../../lib/storage/sqlite";
import { makeRandom, seed } from "../../support/seed";

const MINUTE = 60_000;
const QUARTER = 15 * MINUTE;
const HOUR = 4 * QUARTER;
const NOON = Date.UTC(2025, 4, 10, 12);
const ZONE = "Europe/Madrid";
const SITE = { zone: ZONE, maxPowerW: 100_000 };
const ALL = { from: NOON - 24 * HOUR, to: NOON + 48 * HOUR, zone: ZONE };

const folder = mkdtempSync(join(tmpdir(), "vatio-rollup-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const open = (site = SITE, file = ":memory:"): Promise<Engine> => openEngine(openSqlite(file, "crash"), site);
const totalWh = async (engine: Engine): Promise<number> => {
  const [total] = await engine.energy({ ...ALL, interval: "total" });
  return Math.round((total?.importWh ?? NaN) * 1e6) / 1e6;
};
const said = (minute: number, importWh: number): Reading => ({ meter: "m", at: NOON + minute * MINUTE, importWh });

/** The days on which clocks change, each with the day before and after it. */
const CHANGES = [
  ["Europe/Madrid", "2025-03-29T00:00+01:00"],
  ["Europe/Madrid", "2025-10-25T00:00+02:00"],
  ["America/New_York", "2025-03-08T00:00-05:00"],
  ["America/New_York", "2025-11-01T00:00-04:00"],
  ["Australia/Lord_Howe", "2025-04-05T00:00+11:00"],
  ["Australia/Lord_Howe", "2025-10-04T00:00+10:30"],
] as const;

describe.each(CHANGES)("three days in %s from %s on, one of them not of 24 hours", (zone, first) => {
  it("add up to the Wh, whatever is missing, late or said twice", async () => {
    const from = Date.parse(first);
    const to = nextOf("day", nextOf("day", nextOf("day", from, zone), zone), zone);
    const steps = fc.array(
      fc.record({
        waitMs: fc.constantFrom(7 * MINUTE, 21 * MINUTE, 3 * HOUR),
        meanW: fc.integer({ min: 0, max: 20_000 }),
        place: fc.nat({ max: 9_999 }),
      }),
      { minLength: 2, maxLength: 30 },
    );
    await fc.assert(
      fc.asyncProperty(steps, fc.constantFrom("device", "hour"), async (all, netting) => {
        const engine = await open({ ...SITE, zone });
        await engine.putMeter({ key: "m", role: "grid", gapLimitMs: 5 * MINUTE, netting });
        let [at, importWh] = [from, 1e6];
        const readings = all.map(({ waitMs, meanW, place }) => {
          at += waitMs;
          importWh += (meanW * waitMs) / HOUR;
          return { place, reading: { meter: "m", at, importWh } };
        });
        const inSpan = readings.filter(({ reading }) => reading.at < to);
        const [start, end] = [inSpan[0]?.reading, inSpan.at(-1)?.reading];
        const stream = [...inSpan, ...inSpan.slice(0, 5)].sort((a, b) => a.place - b.place);
        for (const { reading } of stream) {
          await engine.appendAll([{ readings: [reading] }]);
          if (reading.at % 2 === 0) await engine.energy({ from, to, zone, interval: "total" });
        }

        for (const interval of ["quarter", "hour", "day", "month", "total"] as const) {
          const rows = await engine.energy({ from, to, zone, interval });
          const sum = rows.reduce((total, row) => total + row.importWh, 0);
          expect(sum, interval).toBeCloseTo((end?.importWh ?? 0) - (start?.importWh ?? 0), 6);
          expect(
            rows.every((row) => row.importWh >= -1e-9 && row.measuredMs + row.estimatedMs <= row.to - row.from),
          ).toBe(true);
        }
        await engine.close();
      }),
      { seed, numRuns: 12 },
    );
  }, 60_000);
});

describe("a rollup", () => {
  it("keeps nothing of registers that are on their course, and only then", async () => {
    const database = openSqlite(":memory:", "crash");
    const engine = await openEngine(database, SITE);
    const kept = async () => {
      await totalWh(engine);
      return (await database.db.selectFrom("quarter").select(["start", "registers"]).orderBy("start").execute())
        .filter(({ registers }) => registers !== null)
        .map(({ start }) => (start - NOON) / QUARTER);
    };
    await engine.appendAll([{ readings: Array.from({ length: 31 }, (_, minute) => said(minute * 2, 5_000 + minute)) }]);
    expect(await kept()).toEqual([]);
    // A contradiction in the fifth quarter, and nothing after it for another two.
    await engine.appendAll([{ readings: [said(74, 3)] }]);
    expect(await kept()).toEqual([4]);
    await engine.appendAll([{ readings: [said(110, 5_100)] }]);
    // It had come to nothing: what is known in between is that it was still open.
    expect(await kept()).toEqual([4, 5, 6]);
    expect(await totalWh(engine)).toBe(100);
    await engine.close();
  });

  it("counts a fall from its first reading on once it has lasted, and says so", async () => {
    const engine = await open();
    const found = async () =>
      (await engine.quarantine({ limit: 9 })).map(({ reason, status }) => `${reason} ${status}`);
    await engine.appendAll([{ readings: [said(0, 800_000), said(14, 800_500), said(29, 1_000)] }]);
    expect([await totalWh(engine), await found()]).toEqual([500, ["pending open"]]);
    await engine.appendAll([{ readings: [said(44, 2_000)] }]);
    expect([await totalWh(engine), await found()]).toEqual([500, ["pending open"]]);
    await engine.appendAll([{ readings: [said(59, 3_000)] }]);
    expect([await totalWh(engine), await found()]).toEqual([500 + 1_000 + 2_000, ["reset noted"]]);
    const quarters = await engine.energy({ ...ALL, interval: "quarter" });
    expect(quarters.map(({ importWh }) => Math.round(importWh))).toEqual([
      Math.round(500 + 1_000 / 15),
      Math.round(1_000 * (14 / 15) + 1_000 / 15),
      1_000,
      Math.round(1_000 * (14 / 15)),
    ]);
    // A reading that comes late says that it was a dip after all.
    await engine.appendAll([{ readings: [said(60, 801_000)] }]);
    expect(await totalWh(engine)).toBeGreaterThanOrEqual(1_000);
    await engine.appendAll([{ readings: [said(43, 800_700)] }]);
    expect([await totalWh(engine), (await found())[0]]).toEqual([1_000, "dip open"]);
    await engine.close();
  });

  it("believes what a meter's own maximum lets pass, and the site's where it has none", async () => {
    const jump = [said(0, 0), said(15, 10_003), said(30, 20_000), said(120, 21_000)];
    const counted = async (site: typeof SITE, settings: Partial<MeterSettings>) => {
      const engine = await open(site);
      await engine.putMeter({ key: "m", role: "load", gapLimitMs: HOUR, ...settings });
      await engine.appendAll([{ readings: jump }]);
      const wh = await totalWh(engine);
      await engine.close();
      return wh;
    };
    expect(await counted(SITE, {})).toBe(21_000);
    expect(await counted({ ...SITE, maxPowerW: 5_000 }, {})).toBe(1_000);
    expect(await counted({ ...SITE, maxPowerW: 5_000 }, { maxPowerW: 50_000 })).toBe(21_000);
    expect(await counted(SITE, { maxPowerW: 5_000 })).toBe(1_000);
  });

  it("is made anew when a meter's or the site's maximum changes", async () => {
    const file = join(folder, "maximum.db");
    const engine = await open(SITE, file);
    await engine.appendAll([{ readings: [said(0, 0), said(15, 10_003), said(30, 20_000), said(120, 21_000)] }]);
    expect(await totalWh(engine)).toBe(21_000);
    const load = { key: "m", role: "load", gapLimitMs: 300_000 } as const;
    await engine.putMeter({ ...load, maxPowerW: 5_000 });
    expect(await totalWh(engine)).toBe(1_000);
    await engine.putMeter(load);
    expect(await totalWh(engine)).toBe(21_000);
    await engine.close();

    for (const [maxPowerW, wh] of [
      [5_000, 1_000],
      [100_000, 21_000],
    ] as const) {
      const again = await open({ ...SITE, maxPowerW }, file);
      expect(await totalWh(again)).toBe(wh);
      await again.close();
    }
  });

  it.each<[string, number, Partial<MeterSettings>, Partial<MeterSettings>, Partial<Reading>]>([
    ["a higher maximum", NOON, { maxPowerW: 1_000 }, { maxPowerW: 5_000 }, { powerW: 2_000 }],
    ["a higher maximum, before 1970", -4 * HOUR - MINUTE, { maxPowerW: 1_000 }, {}, { powerW: 2_000 }],
    ["another netting", NOON, {}, { netting: "phase" }, { electrical: { phases: { L1: { powerW: 2_000 } } } }],
  ])("makes energy of what none was made of before, with %s", async (_, start, before, after, says) => {
    const load = { key: "m", role: "load", gapLimitMs: 5 * MINUTE } as const;
    const engine = await open();
    await engine.putMeter({ ...load, ...before });
    const minutes = Array.from({ length: 13 }, (_none, index) => index * 5);
    const readings = minutes.map((minute) => ({ meter: "m", at: start + minute * MINUTE, ...says }));
    await engine.appendAll([{ readings }]);
    const day = { from: start - (start % QUARTER) - QUARTER, to: start + 24 * HOUR, zone: ZONE };
    expect(await engine.energy({ ...day, interval: "total" })).toEqual([]);
    await engine.putMeter({ ...load, ...after });
    const [total] = await engine.energy({ ...day, interval: "total" });
    expect(total?.importWh).toBeCloseTo(2_000, 6);
    await engine.close();
  });

  it("sets off whole clock hours, and anew when the site's zone has others", async () => {
    const file = join(folder, "hours.db");
    const both = (minute: number, importWh: number, exportWh: number) => ({ ...said(minute, importWh), exportWh });
    const readings = [both(0, 0, 0), both(15, 400, 0), both(30, 400, 100), both(45, 400, 200), both(60, 400, 600)];
    const hours = async (engine: Engine, zone: string) =>
      (await engine.energy({ ...ALL, zone, interval: "hour" })).map(({ importWh, exportWh }) => [
        Math.round(importWh),
        Math.round(exportWh),
      ]);
    const engine = await open(SITE, file);
    await engine.putMeter({ key: "m", role: "grid", gapLimitMs: HOUR, netting: "hour" });
    // The quarter that comes last changes what is left of the first ones.
    for (const reading of readings) {
      await engine.appendAll([{ readings: [reading] }]);
      await totalWh(engine);
    }
    expect(await hours(engine, ZONE)).toEqual([[0, 200]]);
    await engine.close();

    const kolkata = { ...SITE, zone: "Asia/Kolkata" };
    const again = await open(kolkata, file);
    expect(await hours(again, kolkata.zone)).toEqual([
      [300, 0],
      [0, 500],
    ]);
    await again.close();
  });

  it("reads phases by themselves, also where nothing else is said", async () => {
    const engine = await open();
    await engine.putMeter({ key: "m", role: "grid", gapLimitMs: 5 * MINUTE, netting: "phase" });
    const phases = { L1: { powerW: 1_000 }, L2: { powerW: -400 }, L3: { powerW: 0 } };
    for (let minute = 0; minute <= 60; minute += 5) {
      await engine.appendAll([{ readings: [{ meter: "m", at: NOON + minute * MINUTE, electrical: { phases } }] }]);
      await totalWh(engine);
    }
    const [total] = await engine.energy({ ...ALL, interval: "total" });
    expect([total?.importWh, total?.exportWh, total?.meanW].map((value) => Math.round(value ?? NaN))).toEqual([
      1_000, 400, 600,
    ]);
    await engine.close();
  });
});

const HOUSEHOLD = "../shared/data/household/uk_eemeter_electricity_sample1.csv";

describe.skipIf(!existsSync(HOUSEHOLD))("a year of half-hourly consumption with doubled stamps and holes", () => {
  it("is imported in any order, counts each half hour once and misses what is missing", async () => {
    const rows = readFileSync(HOUSEHOLD, "utf8")
      .trim()
      .split(/\r?\n/)
      .slice(1)
      .map((line) => line.split(","))
      .map(([start = "", value]) => ({ at: Date.parse(`${start.replace(" ", "T")}Z`), wh: Number(value) * 1_000 }));
    const byStamp = new Map<number, number>();
    for (const { at, wh } of rows) byStamp.set(at, Math.max(byStamp.get(at) ?? 0, wh));
    expect(rows.length - byStamp.size).toBe(15);

    const stamps = [...byStamp.keys()].sort((a, b) => a - b);
    const from = stamps[0] ?? 0;
    const end = (stamps.at(-1) ?? 0) + HOUR / 2;
    const engine = await open();
    await engine.putMeter({ key: "m", role: "load", gapLimitMs: HOUR / 2 });
    const random = makeRandom();
    const readings = [...rows, { at: end, wh: 0 }]
      .map(({ at, wh }): Reading => ({ meter: "m", at, powerW: wh * 2, source: "imported" }))
      .map((reading) => ({ reading, place: random() }))
      .sort((a, b) => a.place - b.place)
      .map(({ reading }) => reading);
    for (let index = 0; index < readings.length; index += 2_000) {
      await engine.appendAll([{ readings: readings.slice(index, index + 2_000) }]);
    }

    const days = await engine.energy({ from, to: end + 24 * HOUR, zone: ZONE, interval: "day" });
    const truthWh = stamps.reduce((sum, at) => sum + (byStamp.get(at) ?? 0), 0);
    expect(days.reduce((sum, { importWh }) => sum + importWh, 0)).toBeCloseTo(truthWh, 3);
    const measuredMs = days.reduce((sum, day) => sum + day.measuredMs, 0);
    expect(measuredMs).toBe((stamps.length * HOUR) / 2);
    expect(measuredMs).toBeLessThan(end - from);
    await engine.close();
  }, 60_000);
});
