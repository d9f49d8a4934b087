import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Reading } from "../../../lib/energy/reading";
import type { EnergyStore } from "../../../lib/storage/energy-store";
import { expectMonthsOfDays } from "../../support/months";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const NOON = Date.UTC(2025, 4, 10, 12);
const ALL = { from: NOON - 10 * DAY, to: NOON + 10 * DAY };

/** What is done to the history of whole meters, whatever the database behind it. */
export function describeMaintenance(name: string, open: () => Promise<EnergyStore>): void {
  describe(`maintenance on ${name}`, () => {
    let store: EnergyStore;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(async () => {
      await expectMonthsOfDays(store, "Europe/Madrid");
      await store.close();
    });

    const said = (meter: string, minute: number, importWh: number): Reading => ({
      meter,
      at: NOON + minute * MINUTE,
      importWh,
    });
    const totals = async () => {
      const rows = await store.energy({ ...ALL, interval: "total", zone: "Europe/Madrid" });
      return Object.fromEntries(rows.map(({ meter, importWh }) => [meter, Math.round(importWh * 1e6) / 1e6]));
    };
    const keys = async () => (await store.meters()).map(({ key }) => key).sort();

    it("renames a meter with its history, also where others name it", async () => {
      await store.putMeter({ key: "old", role: "grid", gapLimitMs: HOUR });
      await store.putMeter({ key: "b", role: "load", gapLimitMs: HOUR, parent: "old" });
      const formula = { plus: ["old"], minus: ["b"] };
      await store.putMeter({ key: "rest", role: "load", gapLimitMs: HOUR, formula });
      await store.putAlert({ id: "1", at: NOON, rule: "r", severity: "info", meter: "old", kind: "above", values: {} });
      await store.append({ readings: [said("old", 0, 0), said("old", 60, 500), said("b", 0, 0), said("b", 60, 200)] });
      expect(await totals()).toEqual({ old: 500, b: 200, rest: 300 });

      await store.renameMeter("old", "main");
      expect(await totals()).toEqual({ main: 500, b: 200, rest: 300 });
      expect(await store.meters()).toMatchObject([
        { key: "main", role: "grid" },
        { key: "b", parent: "main" },
        { key: "rest", formula: { plus: ["main"], minus: ["b"] } },
      ]);
      expect(await store.alerts({ limit: 1 })).toMatchObject([{ meter: "main" }]);
      // What still comes under the old name is another meter's.
      await store.append({ readings: [said("old", 120, 1), said("main", 120, 700)] });
      expect(await totals()).toMatchObject({ main: 700 });
      expect(await keys()).toEqual(["b", "main", "old", "rest"]);
    });

    it.each([
      ["a meter that is not there", "nobody", "x"],
      ["to a name that is taken", "a", "b"],
    ])("does not rename %s", async (_, from, to) => {
      await store.append({ readings: [said("a", 0, 1), said("b", 0, 1)] });
      await expect(store.renameMeter(from, to)).rejects.toMatchObject({ code: "invalid-query" });
      expect(await keys()).toEqual(["a", "b"]);
    });

    it("makes the history of a replaced meter that of the new one, and makes up nothing between them", async () => {
      await store.append({
        readings: [said("old", 0, 90_000), said("old", 60, 90_400), said("b", 0, 1), said("b", 60, 2)],
      });
      await store.append({ readings: [said("new", 600, 7), said("new", 660, 57)] });
      await store.setAside([said("old", 30, 1), said("new", 620, 2)], "instant");
      await store.mergeMeters("old", "new");
      const aside = (await store.quarantine({ limit: 9 })).filter(({ reason }) => reason === "instant");
      expect(aside).toMatchObject([
        { meter: "new", at: NOON + 620 * MINUTE, path: "*" },
        { meter: "new", at: NOON + 30 * MINUTE, path: "*" },
      ]);
      expect(await totals()).toEqual({ new: 450, b: 1 });
      expect(await keys()).toEqual(["b", "new"]);
      expect((await store.readings({ ...ALL, meters: ["new"] })).map(({ importWh }) => importWh)).toEqual([
        90_000, 90_400, 7, 57,
      ]);
      expect(await store.rulings({ meters: ["new"], limit: 9 })).toMatchObject([
        { at: NOON + 600 * MINUTE, path: "*", kind: "swap", by: "merge" },
      ]);
      await store.append({ readings: [said("new", 720, 100), said("old", 720, 5)] });
      expect(await totals()).toEqual({ new: 493, b: 1 });
    });

    it("merges two meters that spoke at the same time by the rules of one", async () => {
      const both = [0, 10, 20, 30].flatMap((minute) => [
        said("a", minute, 1_000 + minute),
        said("b", minute, 1_000 + minute),
      ]);
      await store.append({ readings: [...both, said("a", 35, 1_035), said("b", 5, 1_005)] });
      await store.correct({ meter: "a", from: NOON, to: NOON + HOUR, kind: "discard", by: "Ana" });
      await store.putIntervals([{ meter: "a", from: NOON + DAY, to: NOON + DAY + HOUR, importWh: 9 }]);
      await store.mergeMeters("a", "b");
      expect((await store.readings(ALL)).map(({ at }) => (at - NOON) / MINUTE)).toEqual([0, 5, 10, 20, 30, 35]);
      expect(await totals()).toEqual({ b: 9 });
      const [made] = await store.corrections({ meters: ["b"], limit: 9 });
      await store.undoCorrection(made?.id ?? 0, "Ana");
      expect(await totals()).toEqual({ b: 44 });
    });

    it.each([
      ["nobody", "a"],
      ["a", "nobody"],
      ["a", "a"],
    ])("does not merge %s into %s", async (from, into) => {
      await store.append({ readings: [said("a", 0, 1)] });
      await expect(store.mergeMeters(from, into)).rejects.toMatchObject({ code: "invalid-query" });
    });

    it("forgets what a meter said in a range, and the energy made of it", async () => {
      const powers = Array.from({ length: 181 }, (_, minute) => ({
        meter: "m",
        at: NOON + minute * MINUTE,
        powerW: 600,
      }));
      await store.append({ readings: powers });
      await store.energy({ ...ALL, interval: "total", zone: "UTC" });
      expect(await store.purge("m", { from: NOON + HOUR, to: NOON + 2 * HOUR })).toBe(60);
      // The last power before it is held for no longer than five minutes.
      const hours = await store.energy({ ...ALL, interval: "hour", zone: "UTC" });
      expect(hours.map(({ from, measuredMs }) => [(from - NOON) / HOUR, measuredMs / MINUTE])).toEqual([
        [0, 60],
        [1, 4],
        [2, 60],
      ]);
      expect(await store.readings(ALL)).toHaveLength(121);
    });

    it("forgets a meter and everything that was known of it", async () => {
      await store.append({ readings: [said("m", 0, 0), said("m", 60, 400), said("m", 61, 3), said("b", 0, 1)] });
      await store.energy({ ...ALL, interval: "total", zone: "UTC" });
      expect(await store.purge("m")).toBe(3);
      expect(await keys()).toEqual(["b"]);
      expect(await store.quarantine({ limit: 9 })).toEqual([]);
      expect(await store.readings(ALL)).toHaveLength(1);
      await expect(store.purge("m")).rejects.toMatchObject({ code: "invalid-query" });
      await store.append({ readings: [said("m", 0, 0), said("m", 60, 7)] });
      expect(await totals()).toMatchObject({ m: 7 });
    });

    it("finds nothing wrong with what it made itself", async () => {
      await store.append({ readings: [said("m", 0, 0), said("m", 100, 400), said("m", 101, 3), said("m", 300, 500)] });
      await store.putIntervals([{ meter: "m", from: NOON + DAY, to: NOON + DAY + HOUR, importWh: 9 }]);
      await store.correct({ meter: "m", from: NOON, to: NOON + HOUR, kind: "set", importWh: 3, by: "Ana" });
      expect(await store.verify(false)).toMatchObject({ meters: 1, wrong: 0, examples: [] });
    });
  });
}
