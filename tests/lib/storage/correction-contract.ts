import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Reading } from "../../../lib/energy/reading";
import type { NewCorrection } from "../../../lib/storage/correction-store";
import type { EnergyStore, Interval } from "../../../lib/storage/energy-store";
import { expectMonthsOfDays } from "../../support/months";

const MINUTE = 60_000;
const QUARTER = 15 * MINUTE;
const HOUR = 4 * QUARTER;
const NOON = Date.UTC(2025, 4, 10, 12);
const ZONE = "Europe/Madrid";

/** Energy that was given as such, and what people correct, whatever the database behind it. */
export function describeCorrections(name: string, open: () => Promise<EnergyStore>): void {
  describe(`given energy on ${name}`, () => {
    let store: EnergyStore;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(async () => {
      await expectMonthsOfDays(store, "Europe/Madrid");
      await store.close();
    });

    const energies = async (interval: Interval = "quarter", hours = 4) => {
      const rows = await store.energy({ from: NOON, to: NOON + hours * HOUR, interval, zone: ZONE });
      return rows.map(({ from, importWh, measuredMs, estimatedMs }) => [
        (from - NOON) / QUARTER,
        Math.round(importWh * 1e6) / 1e6,
        measuredMs / MINUTE,
        estimatedMs / MINUTE,
      ]);
    };
    const totalWh = async () => (await energies("total"))[0]?.[1] ?? 0;
    const hour = (index: number, importWh: number) => ({
      meter: "m",
      from: NOON + index * HOUR,
      to: NOON + (index + 1) * HOUR,
      importWh,
    });
    const steady = (minutes: number, powerW: number, from = NOON): Reading[] =>
      Array.from({ length: minutes }, (_, minute) => ({ meter: "m", at: from + minute * MINUTE, powerW }));

    it("counts a file's intervals once, spread by time, and leaves what is missing missing", async () => {
      await store.putIntervals([hour(0, 400), hour(2, 90)]);
      await store.putIntervals([hour(2, 80)]);
      expect(await energies("hour")).toEqual([
        [0, 400, 60, 0],
        [8, 80, 60, 0],
      ]);
      expect((await energies()).slice(0, 2)).toEqual([
        [0, 100, 15, 0],
        [1, 100, 15, 0],
      ]);
    });

    it("tells a file's intervals again as they were given, by where they begin", async () => {
      const given = [
        hour(0, 400),
        { ...hour(1, 3), exportWh: 7 },
        { meter: "gas", from: NOON, to: NOON + 1, volumeM3: 2 },
      ];
      await store.putIntervals(given);
      const [all, ofOne, first, none] = await Promise.all([
        store.intervals({ from: NOON, to: NOON + HOUR + 1 }),
        store.intervals({ meters: ["m"], from: NOON + 1, to: NOON + 2 * HOUR }),
        store.intervals({ meters: ["m"], from: 0, to: NOON + HOUR, limit: 1 }),
        store.intervals({ meters: [], from: 0, to: NOON + HOUR }),
      ]);
      expect(all).toHaveLength(3);
      expect(all).toEqual(expect.arrayContaining(given));
      expect([ofOne, first, none]).toEqual([[given[1]], [given[0]], []]);
    });

    it("puts together what is said of one interval in rows of their own, at once or one after the other", async () => {
      const { importWh: _, ...span } = hour(0, 0);
      await store.putIntervals([hour(0, 400), { ...span, exportWh: 5 }]);
      await store.putIntervals([{ ...span, volumeM3: 1 }]);
      await store.putIntervals([hour(0, 300)]);
      const all = { importWh: 300, exportWh: 5, volumeM3: 1 };
      expect(await store.intervals({ from: NOON, to: NOON + 1 })).toEqual([{ ...span, ...all }]);
      expect(await store.energy({ from: NOON, to: NOON + HOUR, interval: "total", zone: ZONE })).toMatchObject([all]);
    });

    it("takes the shorter of two intervals, and adds up those that are shorter than a quarter", async () => {
      const minutes = (start: number, length: number, importWh: number) => ({
        meter: "m",
        from: NOON + start * MINUTE,
        to: NOON + (start + length) * MINUTE,
        importWh,
      });
      await store.putIntervals([hour(0, 400), minutes(0, 15, 70), minutes(60, 5, 1), minutes(65, 5, 2)]);
      expect(await energies()).toEqual([
        [0, 70, 15, 0],
        [1, 100, 15, 0],
        [2, 100, 15, 0],
        [3, 100, 15, 0],
        [4, 3, 10, 0],
      ]);
    });

    it("believes what the meter itself said before any file, whichever came first", async () => {
      await store.putIntervals([hour(0, 400)]);
      await store.append({ readings: steady(20, 1_200) });
      expect((await energies()).map(([quarter, wh]) => [quarter, wh])).toEqual([
        [0, 300],
        [1, 80],
        [2, 100],
        [3, 100],
      ]);
    });

    it("keeps what is known of a register through quarters that a file fills", async () => {
      const said = (minute: number, importWh: number): Reading => ({
        meter: "m",
        at: NOON + minute * MINUTE,
        importWh,
      });
      await store.append({ readings: [said(0, 5_000), said(10, 5_010), said(14, 3)] });
      await totalWh();
      await store.putIntervals([{ ...hour(1, 60), meter: "m" }]);
      await totalWh();
      await store.append({ readings: [said(180, 5_100)] });
      expect(await totalWh()).toBeCloseTo(100, 6);
    });

    const correction = (wish: Partial<NewCorrection>): NewCorrection => ({
      meter: "m",
      from: NOON,
      to: NOON + HOUR,
      kind: "set",
      by: "Ana",
      ...wish,
    });

    it("tells what a correction would change, changes it, and takes it back", async () => {
      await store.append({ readings: steady(121, 1_000) });
      const wish = correction({ importWh: 2_000 });
      const tried = await store.correct(wish, true);
      expect(tried).toMatchObject({ before: { measuredMs: HOUR }, after: { importWh: 2_000, measuredMs: 0 } });
      expect(tried.before.importWh).toBeCloseTo(1_000, 6);
      expect(tried.correction).toBeUndefined();
      expect(await store.corrections({ limit: 9 })).toEqual([]);
      expect((await energies("hour"))[0]).toEqual([0, 1_000, 60, 0]);

      const { correction: made } = await store.correct(wish);
      expect((await energies("hour"))[0]).toEqual([0, 2_000, 0, 60]);
      const later = await store.correct(correction({ to: NOON + QUARTER, importWh: 0 }));
      expect((await energies("hour"))[0]).toEqual([0, 1_500, 0, 60]);

      await store.undoCorrection(later.correction?.id ?? 0, "Luis");
      await store.undoCorrection(made?.id ?? 0, "Luis");
      expect((await energies("hour"))[0]).toEqual([0, 1_000, 60, 0]);
      expect(await store.corrections({ meters: ["m"], limit: 9 })).toMatchObject([
        { kind: "set", importWh: 0, by: "Ana", undoneBy: "Luis" },
        { kind: "set", importWh: 2_000, by: "Ana", undoneBy: "Luis" },
      ]);
      await expect(store.undoCorrection(made?.id ?? 0, "Luis")).rejects.toMatchObject({ code: "invalid-query" });
    });

    it("leaves out what a meter said in an interval, and lets what was there before take its course", async () => {
      await store.append({ readings: [...steady(20, 1_000), ...steady(10, 50_000, NOON + 20 * MINUTE)] });
      await store.append({ readings: steady(30, 1_000, NOON + 30 * MINUTE) });
      const before = await energies();
      const { after, correction: made } = await store.correct(
        correction({ kind: "discard", from: NOON + QUARTER, to: NOON + 2 * QUARTER }),
      );
      // The power of the quarter before is held for no longer than five minutes.
      expect(after).toMatchObject({ measuredMs: 4 * MINUTE });
      await store.undoCorrection(made?.id ?? 0, "Ana");
      expect(await energies()).toEqual(before);
      // What is stored is as it was.
      expect(await store.readings({ from: NOON, to: NOON + HOUR })).toHaveLength(60);
    });

    it("reaches what register readings far apart told of the interval", async () => {
      const said = (minute: number, importWh: number): Reading => ({
        meter: "m",
        at: NOON + minute * MINUTE,
        importWh,
      });
      await store.append({ readings: [said(0, 0), said(50, 40), said(60, 100), said(200, 240)] });
      expect(await totalWh()).toBe(240);
      await store.correct(correction({ kind: "discard", from: NOON + 3 * QUARTER, to: NOON + HOUR }));
      expect(await totalWh()).toBeCloseTo(240, 6);
      await store.correct(correction({ from: NOON + HOUR, to: NOON + 2 * HOUR, importWh: 7 }));
      expect((await energies("hour"))[1]).toEqual([4, 7, 0, 60]);
    });

    it.each([
      ["of no meter", { meter: "nobody", importWh: 1 }],
      ["of parts of quarters", { to: NOON + 1, importWh: 1 }],
      ["that ends before it begins", { to: NOON - HOUR, importWh: 1 }],
      ["without any energy", {}],
    ])("refuses a correction %s", async (_, wish) => {
      await store.append({ readings: steady(1, 1) });
      await expect(store.correct(correction(wish))).rejects.toMatchObject({ code: "invalid-query" });
    });

    it.each([
      ["empty", NOON],
      ["too long", NOON + 33 * 24 * HOUR],
    ])("refuses a file's interval that is %s", async (_, to) => {
      const wrong = { meter: "m", from: NOON, to, importWh: 1 };
      await expect(store.putIntervals([wrong])).rejects.toMatchObject({ code: "invalid-query" });
    });
  });
}
