import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startOf } from "../../../lib/energy/calendar";
import type { Reading } from "../../../lib/energy/reading";
import type { EnergyStore } from "../../../lib/storage/energy-store";
import { expectMonthsOfDays } from "../../support/months";

const ZONE = "Europe/Madrid";
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** The last half hour of a month. */
const LAST = HOUR / 2;
/** 00:00 in Madrid: the clock goes ahead on 30 March, so March has 743 hours. */
const FEBRUARY = startOf("month", Date.UTC(2025, 1, 15), ZONE);
const MARCH = startOf("month", Date.UTC(2025, 2, 15), ZONE);
const APRIL = startOf("month", Date.UTC(2025, 3, 15), ZONE);
const MAY = startOf("month", Date.UTC(2025, 4, 15), ZONE);
const JUNE = startOf("month", Date.UTC(2025, 5, 15), ZONE);

/** Months, kept beside days, whatever the database behind them. */
export function describeMonths(name: string, open: () => Promise<EnergyStore>): void {
  describe(`months on ${name}`, () => {
    let store: EnergyStore;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(async () => {
      await expectMonthsOfDays(store, ZONE);
      await store.close();
    });

    /** A quarter of an hour at 600 W. */
    const burst = (meter: string, from: number): Reading[] =>
      [600, 600, 600, 0].map((powerW, index) => ({ meter, at: from + index * 5 * MINUTE, powerW }));
    const append = (meter: string, ...starts: number[]) =>
      store.append({ readings: starts.flatMap((start) => burst(meter, start)) });
    const months = async (from = FEBRUARY, to = JUNE, meters?: readonly string[]) => {
      const rows = await store.energy({ from, to, interval: "month", zone: ZONE, ...(meters && { meters }) });
      return rows.map((row) => [row.meter, row.from, row.to, Math.round(row.importWh)]);
    };

    it("are as long as the zone's", async () => {
      await append("m", FEBRUARY, MARCH - LAST, MARCH, APRIL - LAST, APRIL, MAY);
      expect(await months()).toEqual([
        ["m", FEBRUARY, MARCH, 300],
        ["m", MARCH, APRIL, 300],
        ["m", APRIL, MAY, 150],
        ["m", MAY, JUNE, 150],
      ]);
      expect(APRIL - MARCH).toBe(743 * HOUR);
      expect(await months(MARCH + 23 * HOUR, APRIL + 24 * HOUR)).toEqual([
        ["m", MARCH + 23 * HOUR, APRIL, 150],
        ["m", APRIL, APRIL + 24 * HOUR, 150],
      ]);
    });

    it("follow what comes late, and leave other meters as they are", async () => {
      await append("a", MARCH);
      await append("b", MARCH, APRIL);
      expect(await months(FEBRUARY, JUNE, ["a"])).toEqual([["a", MARCH, APRIL, 150]]);
      const b = await months(FEBRUARY, JUNE, ["b"]);
      await append("a", APRIL + 24 * HOUR);
      await append("a", MARCH - LAST, APRIL - LAST);
      expect(await months(FEBRUARY, JUNE, ["a"])).toEqual([
        ["a", FEBRUARY, MARCH, 150],
        ["a", MARCH, APRIL, 300],
        ["a", APRIL, MAY, 150],
      ]);
      expect(await months(FEBRUARY, JUNE, ["b"])).toEqual(b);
    });

    it("follow what a person corrects, and what is undone", async () => {
      await append("m", MARCH, APRIL);
      const correction = {
        meter: "m",
        from: APRIL,
        to: APRIL + 15 * MINUTE,
        kind: "set" as const,
        importWh: 500,
        by: "test",
      };
      const { id = NaN } = (await store.correct(correction)).correction ?? {};
      expect(await months()).toEqual([
        ["m", MARCH, APRIL, 150],
        ["m", APRIL, MAY, 500],
      ]);
      await store.undoCorrection(id, "test");
      expect(await months(APRIL, MAY)).toEqual([["m", APRIL, MAY, 150]]);
    });

    it("are gone with what is purged, and go with a meter that is renamed or merged", async () => {
      await append("old", FEBRUARY, MARCH);
      await append("new", APRIL);
      await store.mergeMeters("old", "new");
      await store.renameMeter("new", "main");
      const before = [
        ["main", FEBRUARY, MARCH, 150],
        ["main", MARCH, APRIL, 150],
      ];
      expect(await months()).toEqual([...before, ["main", APRIL, MAY, 150]]);
      await store.purge("main", { from: APRIL - 24 * HOUR, to: JUNE });
      expect(await months()).toEqual(before);
      await store.purge("main");
      expect(await months()).toEqual([]);
    });
  });
}
