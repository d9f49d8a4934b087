import fc from "fast-check";
import { expect, it } from "vitest";
import type { Reading } from "../../../lib/energy/reading";
import { toQuarters } from "../../../lib/energy/quarters";
import type { EnergyInterval } from "../../../lib/storage/energy-store";
import { openEngine } from "../../../lib/storage/engine";
import { openSqlite } from "../../../lib/storage/sqlite";
import { seed } from "../../support/seed";

const MINUTE = 60_000;
const NOON = Date.UTC(2025, 4, 10, 12);
const GAP_MS = 20 * MINUTE;

/** Up to two days, so that sweeps end and begin anywhere. */
const reading: fc.Arbitrary<Reading> = fc.record(
  {
    meter: fc.constant("m"),
    at: fc.integer({ min: 0, max: 2_880 }).map((minute) => NOON + minute * MINUTE),
    powerW: fc.integer({ min: -500, max: 500 }),
    importWh: fc.integer({ min: 0, max: 1_000 }),
    exportWh: fc.integer({ min: 0, max: 1_000 }),
  },
  { requiredKeys: ["meter", "at"] },
);
const readings = fc.uniqueArray(reading, { selector: ({ at }) => at, minLength: 1, maxLength: 12 });

const HOUR = 60 * MINUTE;
/** Three days of the zone, so that day rows answer. */
const DAYS = { from: NOON - 14 * HOUR, to: NOON + 58 * HOUR, zone: "Europe/Madrid" };

const figures = (rows: readonly Pick<EnergyInterval, "importWh" | "exportWh" | "measuredMs" | "estimatedMs">[]) =>
  rows.map((row) =>
    [row.importWh, row.exportWh, row.measuredMs, row.estimatedMs].map((value) => Math.round(value * 1e3)),
  );
const total = (rows: readonly (readonly number[])[]) =>
  rows.reduce((sum, row) => sum.map((value, index) => value + (row[index] ?? 0)), [0, 0, 0, 0]);

it("rolls up late and shuffled readings to what all of them say together", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(readings, { minLength: 1, maxLength: 5 }), async (batches) => {
      const engine = await openEngine(openSqlite(":memory:", "crash"), { zone: DAYS.zone, maxPowerW: 100_000 });
      await engine.putMeter({ key: "m", role: "load", gapLimitMs: GAP_MS });
      const known = new Map<number, Reading>();
      for (const batch of batches) {
        const fresh = batch.filter(({ at }) => !known.has(at));
        for (const one of fresh) known.set(one.at, one);
        await engine.appendAll([{ readings: fresh }]);
        await engine.energy({ ...DAYS, interval: "total" });
      }
      const quarters = await engine.energy({ ...DAYS, interval: "quarter" });
      const days = await engine.energy({ ...DAYS, interval: "day" });
      await engine.close();

      const all = [...known.values()].sort((a, b) => a.at - b.at);
      const expected = figures(toQuarters(all, { gapLimitMs: GAP_MS, maxPowerW: 100_000 }).quarters);
      expect(figures(quarters)).toEqual(expected);
      // Each figure is rounded by itself.
      total(figures(days)).forEach((value, index) => {
        expect(Math.abs(value - (total(expected)[index] ?? 0))).toBeLessThanOrEqual(expected.length);
      });
    }),
    { seed, numRuns: 60 },
  );
}, 60_000);
