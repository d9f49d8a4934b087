import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { EnergyStore } from "../../../lib/storage/energy-store";

const ZONE = "Europe/Madrid";
const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const DAY = 24 * HOUR;
/** More than are reckoned anew at each question. */
const METERS = Array.from({ length: 110 }, (_, index) => `m${index}`);

/** What many meters say all the time, whatever the database behind them. */
export function describeRecent(name: string, open: () => Promise<EnergyStore>): void {
  describe(`what many meters say on ${name}`, () => {
    let store: EnergyStore;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(() => store.close());

    it("is there at once of an hour ago and of few meters, and soon of all", async () => {
      const now = Date.now();
      const hold = (from: number) =>
        METERS.flatMap((meter) => [
          { meter, at: from, powerW: 3_600 },
          { meter, at: from + 10 * SECOND, powerW: 0 },
        ]);
      const energy = async (meters: readonly string[], to: number) => {
        const rows = await store.energy({ from: now - DAY, to, interval: "total", zone: ZONE, meters });
        return new Map(rows.map((row) => [row.meter, Math.round(row.importWh)]));
      };
      const each = (wh: number) => new Map(METERS.map((meter) => [meter, wh]));

      await store.append({ readings: hold(now - HOUR) });
      expect(await energy(METERS, now - HOUR / 2)).toEqual(each(10));
      await store.append({ readings: hold(now - 10 * SECOND) });
      expect(await energy(["m7"], now + DAY)).toEqual(new Map([["m7", 20]]));
      await expect.poll(() => energy(METERS, now + DAY), { timeout: 30_000 }).toEqual(each(20));
    }, 60_000);
  });
}
