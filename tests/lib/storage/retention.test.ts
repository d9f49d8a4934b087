import fc from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Reading } from "../../../lib/energy/reading";
import type { Alert } from "../../../lib/storage/energy-store";
import { openEngine, type Engine } from "../../../lib/storage/engine";
import { openDatabase } from "../../../lib/storage/open-database";
import { makeRetention, type Retention } from "../../../lib/storage/retention";
import type { SqlDatabase } from "../../../lib/storage/sql-database";
import { describeServer, KINDS, makeDatabase, type TestDatabase } from "../../support/databases";
import { expectMonthsOfDays } from "../../support/months";
import { seed } from "../../support/seed";
import { toColumns } from "./load-contract";

const MINUTE = 60_000;
const QUARTER = 15 * MINUTE;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const MIDNIGHT = Date.UTC(2025, 4, 10);
const SITE = { zone: "Europe/Madrid", maxPowerW: 100_000 };
const ALL = { from: MIDNIGHT - 40 * DAY, to: MIDNIGHT + 20 * DAY, zone: SITE.zone };
/** Readings of the day before MIDNIGHT and older go. */
const NOW = MIDNIGHT + 10 * DAY + 5 * HOUR;
const TEN_DAYS: Retention = { readingDays: 10 };

const power = (minute: number, powerW: number, meter = "m"): Reading => ({
  meter,
  at: MIDNIGHT + minute * MINUTE,
  powerW,
});
const register = (minute: number, importWh: number, meter = "m"): Reading => ({
  meter,
  at: MIDNIGHT + minute * MINUTE,
  importWh,
});
/** Three days, of which one and a half lie before MIDNIGHT: registers that go on, and the power between them. */
const THREE_DAYS = Array.from({ length: 3 * 144 }, (_, index) => {
  const minute = -36 * 60 + 10 * index;
  return { ...power(minute, 300 + (index % 5) * 100), importWh: 5_000 + 50 * index };
});

describeRetention("SQLite", () => Promise.resolve(openDatabase({ file: ":memory:", durability: "crash", zone: "" })));
for (const kind of KINDS)
  await describeServer(kind, (title) => {
    let database: TestDatabase;
    beforeAll(async () => {
      database = await makeDatabase(kind);
    });
    afterAll(() => database.drop());
    describeRetention(title, async () => {
      await database.empty();
      return openDatabase({ file: __filename, durability: "crash", zone: "", server: database.settings });
    });
  });

function describeRetention(name: string, openEmpty: () => Promise<SqlDatabase>): void {
  describe(`retention on ${name}`, () => {
    let engine: Engine;
    let database: SqlDatabase;
    /** As the background does once a day, by a clock of the test's own. */
    let retain: ReturnType<typeof makeRetention>;
    const open = async (keep: Retention, site = SITE): Promise<void> => {
      database = await openEmpty();
      engine = await openEngine(database, site);
      retain = makeRetention(database, site, keep);
    };
    afterEach(async () => {
      await expectMonthsOfDays(engine, SITE.zone);
      await engine.close();
    });

    const append = (...readings: Reading[]) => engine.appendAll([{ readings }]);
    const instants = async () => (await engine.readings(ALL)).map(({ at }) => (at - MIDNIGHT) / MINUTE);
    const quarters = () => engine.energy({ ...ALL, interval: "quarter" });
    const days = () => engine.energy({ ...ALL, interval: "day" });
    const before = async () => (await quarters()).filter(({ from }) => from < MIDNIGHT);
    const totalWh = async (meter = "m") =>
      (await engine.energy({ ...ALL, meters: [meter], interval: "total" }))[0]?.importWh ?? 0;

    it("forgets readings, hot or sealed, and keeps all energy that was made of them", async () => {
      await open(TEN_DAYS);
      await append(...THREE_DAYS);
      await engine.sealUntil(MIDNIGHT - 12 * HOUR);
      const [made, daily] = [await quarters(), await days()];
      await retain(NOW, () => false);
      expect((await instants())[0]).toBe(0);
      expect(await instants()).toHaveLength(216);
      expect([await quarters(), await days()]).toEqual([made, daily]);
      const left = await database.db.selectFrom("chunk").select("start").where("start", "<", MIDNIGHT).execute();
      expect(left).toEqual([]);
    });

    it("settles what is still to be reckoned before it forgets", async () => {
      await open(TEN_DAYS);
      await append(...THREE_DAYS);
      await retain(NOW, () => false);
      expect(await totalWh()).toBeCloseTo(50 * (THREE_DAYS.length - 1), 6);
    });

    it("never reckons anew what is before the horizon: a late reading changes nothing there, and goes with the next turn", async () => {
      await open(TEN_DAYS);
      await append(...THREE_DAYS);
      await retain(NOW, () => false);
      const [made, daily] = [await quarters(), await days()];
      await append({ ...power(-7, 90_000), importWh: 1 }, power(-30 * 60, 20_000), power(-40 * 60, 20_000));
      expect([await quarters(), await days()]).toEqual([made, daily]);
      await retain(NOW, () => false);
      expect((await instants())[0]).toBe(0);
      expect([await quarters(), await days()]).toEqual([made, daily]);
    });

    it("takes what an import brings of both sides of the horizon as if it had been appended", async () => {
      await open(TEN_DAYS);
      const apart = THREE_DAYS.filter(({ at }) => at < MIDNIGHT || at >= MIDNIGHT + DAY);
      for (const meter of ["m", "n"]) await append(...apart.map((reading) => ({ ...reading, meter })));
      await retain(NOW, () => false);
      const late = (meter: string): Reading[] =>
        Array.from({ length: 340 }, (_, index) => ({
          ...power(5 + (index - 200) * 10, 200 + index, meter),
          importWh: 5_000 + 50 * 216 + 25 + 50 * (index - 200),
          source: "imported",
        }));
      await engine.load(toColumns(late("m")));
      await append(...late("n"));
      const answersOf = async (meter: string) =>
        [await engine.readings(ALL), await quarters(), await days()].map((rows) =>
          (rows as { meter: string }[]).filter((row) => row.meter === meter).map((row) => ({ ...row, meter: "" })),
        );
      expect(await answersOf("m")).toEqual(await answersOf("n"));
    });

    it("reckons on from the last of what it forgot", async () => {
      await open(TEN_DAYS);
      await engine.putMeter({ key: "m", role: "grid", gapLimitMs: 8 * HOUR });
      await append(register(-60 * 24, 1_000), power(-30, 600), register(-20, 3_000), power(5, 500));
      await retain(NOW, () => false);
      expect(await instants()).toEqual([5]);
      await append(power(3, 700), register(4, 3_048));
      await append(power(60, 100), register(90, 3_550));
      // The power was held for twenty minutes before the horizon; of what the register says since, a sixth is of after it.
      const [first] = (await quarters()).filter(({ from }) => from === MIDNIGHT);
      expect(first).toMatchObject({ meanW: (3 * 600 + 2 * 700 + 10 * 500) / 15, measuredMs: QUARTER });
      expect(await totalWh()).toBeCloseTo(2_000 + 200 + 8 + 502, 6);
    });

    it("keeps the last day of a meter that fell silent, so that no energy is missed when it speaks again", async () => {
      await open(TEN_DAYS);
      await append(register(-60 * 30, 1_000), register(-30, 2_000), register(-20, 3_000));
      await retain(NOW, () => false);
      expect(await instants()).toEqual([-30, -20]);
      await append(register(90, 3_550));
      expect(await totalWh()).toBeCloseTo(2_550, 6);
      await retain(NOW, () => false);
      expect(await instants()).toEqual([90]);
      await append(register(100, 3_600));
      expect(await totalWh()).toBeCloseTo(2_600, 6);
    });

    it("does not let a changed setting of a meter reach beyond the horizon", async () => {
      await open(TEN_DAYS);
      await append(...THREE_DAYS.map(({ importWh: _, ...reading }) => reading));
      await retain(NOW, () => false);
      const [kept, younger] = [await before(), (await quarters()).length];
      await engine.putMeter({ key: "m", role: "load", gapLimitMs: MINUTE, maxPowerW: 500 });
      expect(await before()).toEqual(kept);
      const changed = (await quarters()).filter(({ from }) => from >= MIDNIGHT);
      expect(changed.every(({ maxW = 0, measuredMs }) => maxW <= 500 && measuredMs < 3 * MINUTE)).toBe(true);
      expect(younger).toBeGreaterThan(kept.length);
    });

    it.each([
      ["another kind of site", { ...SITE, maxPowerW: 350 }],
      ["another zone", { ...SITE, zone: "America/New_York" }],
    ])("does not let %s reach beyond the horizon", async (_, site) => {
      await open(TEN_DAYS);
      await engine.putMeter({ key: "m", role: "grid", gapLimitMs: HOUR, netting: "hour" });
      await append(...THREE_DAYS.map(({ importWh: _, ...reading }) => reading));
      await retain(NOW, () => false);
      const [kept, total] = [await before(), await totalWh()];
      const again = await openEngine(database, site);
      expect((await again.energy({ ...ALL, interval: "quarter" })).filter(({ from }) => from < MIDNIGHT)).toEqual(kept);
      if (site.zone !== SITE.zone) {
        const daily = await again.energy({ ...ALL, zone: site.zone, interval: "day" });
        expect(daily.reduce((sum, { importWh }) => sum + importWh, 0)).toBeCloseTo(total, 6);
      }
    });

    it("does not take what it forgot for wrong, or repair it", async () => {
      await open(TEN_DAYS);
      await append(...THREE_DAYS);
      await retain(NOW, () => false);
      const made = await quarters();
      const wrong = MIDNIGHT + 2 * HOUR;
      await database.db.updateTable("quarter").set({ importWh: 7 }).where("start", "=", wrong).execute();
      expect(await engine.verify(true)).toMatchObject({ wrong: 1, examples: [{ meter: "m", start: wrong }] });
      expect(await quarters()).toEqual(made);
    });

    it("refuses to correct or rule on what it forgot, and undoes nothing there", async () => {
      await open(TEN_DAYS);
      await append(...THREE_DAYS);
      const discard = { meter: "m", kind: "discard", by: "Ana" } as const;
      const { correction } = await engine.correct({ ...discard, from: MIDNIGHT - 5 * HOUR, to: MIDNIGHT - 4 * HOUR });
      await retain(NOW, () => false);
      const made = await quarters();
      const refused = { code: "invalid-query" };
      await expect(engine.correct({ ...discard, from: MIDNIGHT - HOUR, to: MIDNIGHT })).rejects.toMatchObject(refused);
      await expect(engine.undoCorrection(correction?.id ?? 0, "Ana")).rejects.toMatchObject(refused);
      const ruling = { meter: "m", path: "importWh", kind: "discard", by: "Ana" } as const;
      await expect(engine.rule({ ...ruling, at: MIDNIGHT - 10 * MINUTE })).rejects.toMatchObject(refused);
      expect(await quarters()).toEqual(made);
    });

    it("takes a file's intervals where there was nothing at all, and changes nothing else", async () => {
      await open(TEN_DAYS);
      await append(...THREE_DAYS);
      await retain(NOW, () => false);
      const [made, total] = [await before(), await totalWh()];
      const long = { meter: "m", from: MIDNIGHT - 3 * DAY, to: MIDNIGHT - DAY, importWh: 960 };
      await engine.putIntervals([long]);
      expect((await before()).filter(({ from }) => from >= MIDNIGHT - 36 * HOUR)).toEqual(made);
      expect(await totalWh()).toBeCloseTo(total + 720, 6);
      expect((await days())[0]).toMatchObject({ measuredMs: 22 * HOUR });
      await append({ ...power(10, 1), importWh: 5_000 + 50 * 217 });
      expect(await totalWh()).toBeCloseTo(total + 720, 6);
    });

    it("forgets quarters and keeps the days, in any interval longer than a day and for computed meters", async () => {
      await open({ readingDays: 10, quarterDays: 10 });
      await engine.putMeter({ key: "rest", role: "load", gapLimitMs: HOUR, formula: { plus: ["m"], minus: ["b"] } });
      await append(...THREE_DAYS, register(-36 * 60, 0, "b"), register(36 * 60 - 10, 1_440, "b"));
      const round = (wh: number) => Math.round(wh * 1e6) / 1e6;
      const sums = async (interval: "day" | "month" | "total", zone = SITE.zone) =>
        (await engine.energy({ ...ALL, zone, interval }))
          .map(({ meter, from, importWh }) => `${meter} ${from} ${round(importWh)}`)
          .sort();
      const asked = [await sums("day"), await sums("month"), await sums("total"), await sums("total", "Europe/Paris")];
      await retain(NOW, () => false);
      expect(await database.db.selectFrom("quarter").select("start").orderBy("start").executeTakeFirst()).toEqual({
        start: MIDNIGHT - 2 * HOUR,
      });
      expect([
        await sums("day"),
        await sums("month"),
        await sums("total"),
        await sums("total", "Europe/Paris"),
      ]).toEqual(asked);

      await append(power(-30 * 60, 9_000), power(-100, 9_000));
      await engine.putMeter({ key: "m", role: "load", gapLimitMs: MINUTE, maxPowerW: 400 });
      expect(await sums("day")).toEqual(asked[0]);
    });

    it("goes on from the registers of a quarter that it would else forget", async () => {
      await open({ readingDays: 10, quarterDays: 10 });
      await append(register(-30 * 60, 10_000), register(-29 * 60, 10_400), register(-28 * 60, 20));
      await retain(NOW, () => false);
      const total = await totalWh();
      await append(register(30, 70), register(60, 120), register(90, 130));
      const everything = await openEngine(openDatabase({ file: ":memory:", durability: "crash", zone: "" }), SITE);
      const said = [
        [-1800, 10_000],
        [-1740, 10_400],
        [-1680, 20],
        [30, 70],
        [60, 120],
        [90, 130],
      ] as const;
      await everything.appendAll([{ readings: said.map(([minute, wh]) => register(minute, wh)) }]);
      const [true_] = await everything.energy({ ...ALL, interval: "total" });
      await everything.close();
      expect(total).toBeLessThan(await totalWh());
      const [young] = await engine.energy({ ...ALL, from: MIDNIGHT, interval: "total" });
      expect(young?.importWh).toBeGreaterThan(0);
      expect(await totalWh()).toBeLessThanOrEqual((true_?.importWh ?? NaN) + 1e-6);
    });

    it("lets a replaced meter's forgotten energy become the new one's", async () => {
      await open({ readingDays: 10, quarterDays: 10 });
      await append(register(-30 * 60, 0, "old"), register(-60, 900, "old"));
      await append(register(-50, 10, "new"), register(-40, 60, "new"), register(60, 160, "new"));
      await retain(NOW, () => false);
      await engine.mergeMeters("old", "new");
      expect(await totalWh("new")).toBeCloseTo(1_050, 6);
      await append(register(120, 200, "new"));
      expect(await totalWh("new")).toBeCloseTo(1_090, 6);
    });

    it("forgets energy beyond the horizon when a person says so", async () => {
      await open({ readingDays: 10, quarterDays: 10 });
      await append(...THREE_DAYS);
      await retain(NOW, () => false);
      await engine.purge("m", { from: MIDNIGHT - 10 * DAY, to: MIDNIGHT });
      expect(await before()).toEqual([]);
      expect((await days())[0]?.from).toBe(MIDNIGHT - 2 * HOUR);
      await engine.purge("m");
      await append(register(-60, 0), register(-50, 5));
      expect(await totalWh()).toBeCloseTo(5, 6);
    });

    it("forgets alerts that are over, and none that is open", async () => {
      await open({ alertDays: 10 });
      const alert = (id: string, at: number, more: Partial<Alert>): Alert => ({
        id,
        at,
        rule: "r",
        severity: "info",
        kind: "above",
        values: {},
        ...more,
      });
      await engine.putAlert(alert("open", MIDNIGHT - 1, {}));
      await engine.putAlert(alert("over", MIDNIGHT - 1, { clearedAt: MIDNIGHT }));
      await engine.putAlert(alert("said", MIDNIGHT - 1, { rule: "api", message: "Hello" }));
      await engine.putAlert(alert("young", MIDNIGHT, { clearedAt: MIDNIGHT }));
      await retain(NOW, () => false);
      expect((await engine.alerts({ limit: 9 })).map(({ id }) => id)).toEqual(["young", "open"]);
    });

    it("keeps everything unless told otherwise", async () => {
      await open({});
      await append(...THREE_DAYS);
      await retain(NOW + 10_000 * DAY, () => false);
      expect(await instants()).toHaveLength(THREE_DAYS.length);
    });
  });
}

it(`what is forgotten is missed by no energy after it, whatever a meter says (SEED=${seed})`, async () => {
  const step = fc.record({
    waitMs: fc.constantFrom(7 * MINUTE, 90 * MINUTE, 9 * HOUR),
    says: fc.constantFrom("power", "register", "both"),
    meanW: fc.integer({ min: 0, max: 20_000 }),
    resets: fc.nat({ max: 9 }).map((draw) => draw === 0),
  });
  const run = fc.record({
    steps: fc.array(step, { minLength: 3, maxLength: 40 }),
    netting: fc.constantFrom("device", "hour", "instant"),
    seals: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(run, async ({ steps, netting, seals }) => {
      let [at, importWh] = [MIDNIGHT - 3 * DAY, 1e6];
      const readings = steps.map(({ waitMs, says, meanW, resets }): Reading => {
        at += waitMs;
        importWh = resets ? 0 : importWh + (meanW * waitMs) / HOUR;
        return {
          meter: "m",
          at,
          ...(says !== "register" && { powerW: meanW }),
          ...(says !== "power" && { importWh }),
        };
      });
      const energies = [];
      for (const keep of [{}, TEN_DAYS]) {
        const database = openDatabase({ file: ":memory:", durability: "crash", zone: "" });
        const engine = await openEngine(database, SITE);
        await engine.putMeter({ key: "m", role: "grid", gapLimitMs: 2 * HOUR, netting });
        await engine.appendAll([{ readings }]);
        if (seals) await engine.sealUntil(Infinity);
        await makeRetention(database, SITE, keep)(NOW, () => false);
        // Said again, they are reckoned again.
        await engine.appendAll([{ readings: readings.filter((reading) => reading.at >= MIDNIGHT) }]);
        energies.push(await engine.energy({ ...ALL, interval: "quarter" }));
        await engine.close();
      }
      const [kept = [], forgotten = []] = energies;
      const rounded = (rows: typeof kept) =>
        rows.map((row) => ({ ...row, importWh: Math.round(row.importWh * 1e6), meanW: Math.round(row.meanW ?? -1) }));
      expect(rounded(forgotten)).toEqual(rounded(kept));
    }),
    { seed, numRuns: 25 },
  );
}, 60_000);
