import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NETTINGS, phaseSample, readsPhases, type Netting } from "../../../lib/energy/netting";
import { toQuarters, type EnergyRules, type Sample } from "../../../lib/energy/quarters";
import type { Reading } from "../../../lib/energy/reading";
import type { Ruling } from "../../../lib/energy/register";
import type { EnergyInterval } from "../../../lib/storage/energy-store";
import { openEngine, type Engine } from "../../../lib/storage/engine";
import { openSqlite } from "../../../lib/storage/sqlite";
import { seed } from "../../support/seed";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const NOON = Date.UTC(2025, 4, 10, 12);
const GAP_MS = 20 * MINUTE;
const MAX_POWER_W = 20_000;
/** Three days of the zone, so that day rows answer. */
const DAYS = { from: NOON - 14 * HOUR, to: NOON + 58 * HOUR, zone: "Europe/Madrid" };
const SITE = { zone: DAYS.zone, maxPowerW: MAX_POWER_W };

const open = (): Promise<Engine> => openEngine(openSqlite(":memory:", "crash"), SITE);

const registerAlone = <Step extends object>(step: Step) => ({ ...step, powerW: undefined, givenWh: undefined });

/** A register's values, most of them on its course, in a meter's life of up to two days. */
const life: fc.Arbitrary<Reading[]> = fc
  .array(
    fc.record({
      waitMs: fc.constantFrom(20 * SECOND, MINUTE, 3 * MINUTE, 14 * MINUTE, 70 * MINUTE),
      riseWh: fc.integer({ min: 0, max: 400 }),
      fault: fc.constantFrom(
        "none",
        "none",
        "none",
        "none",
        "zero",
        "spike",
        "reset",
        "jump",
        "back",
        "jitter",
        "silent",
      ),
      powerW: fc.option(fc.constantFrom(-700, 0, 300, 900, 40_000), { nil: undefined }),
      givenWh: fc.option(fc.integer({ min: 0, max: 200 }), { nil: undefined }),
    }),
    { minLength: 1, maxLength: 40 },
  )
  .chain((steps) => fc.boolean().map((alone) => (alone ? steps.map(registerAlone) : steps)))
  .map((steps) => {
    let at = NOON;
    let [course, given, old] = [500_000, 0, 500_000];
    return steps.map(({ waitMs, riseWh, fault, powerW, givenWh }): Reading => {
      at += waitMs;
      if (fault === "reset" || fault === "jump") old = course;
      course = { reset: 50, jump: course + 400_000, back: old }[fault as string] ?? course + riseWh;
      given += givenWh ?? 0;
      const shown = { zero: 0, spike: course + 900_000, jitter: course - riseWh / 5 }[fault as string] ?? course;
      return {
        meter: "m",
        at,
        ...(fault !== "silent" && { importWh: shown }),
        ...(powerW !== undefined && { powerW }),
        ...(givenWh !== undefined && { exportWh: given }),
        ...(givenWh !== undefined && { electrical: { phases: { L1: { powerW: 200 }, L2: { powerW: -givenWh } } } }),
      };
    });
  })
  .filter((readings) => (readings.at(-1)?.at ?? 0) < DAYS.to - HOUR);

interface Play {
  readonly netting: Netting;
  /** Which readings come together, and some of them twice. */
  readonly order: readonly number[];
  readonly batch: number;
  /** By reading, spread over the batches. */
  readonly rulings: readonly { readonly of: number; readonly kind: Ruling["kind"]; readonly by: number }[];
}
const play: fc.Arbitrary<Play> = fc.record({
  netting: fc.constantFrom("device", "device", ...NETTINGS),
  // From the order in which they were said to any order at all.
  order: fc
    .tuple(fc.constantFrom(1_000, 40, 0), fc.array(fc.nat({ max: 200 }), { minLength: 40, maxLength: 40 }))
    .map(([step, places]) => places.map((place, index) => index * step + place)),
  batch: fc.integer({ min: 1, max: 12 }),
  rulings: fc.array(
    fc.record({
      of: fc.nat({ max: 39 }),
      kind: fc.constantFrom("accept", "discard", "edit", "swap"),
      by: fc.nat({ max: 5 }),
    }),
    { maxLength: 3 },
  ),
});

const figures = (rows: readonly Pick<EnergyInterval, "importWh" | "exportWh" | "measuredMs" | "estimatedMs">[]) =>
  rows.map((row) =>
    [row.importWh, row.exportWh, row.measuredMs, row.estimatedMs].map((value) => Math.round(value * 1e3) + 0),
  );
const total = (rows: readonly (readonly number[])[]) =>
  rows.reduce((sum, row) => sum.map((value, index) => value + (row[index] ?? 0)), [0, 0, 0, 0]);

describe("rollups", () => {
  it("are what all readings say together, whatever came when, came twice, was sealed or ruled in between", async () => {
    await fc.assert(
      fc.asyncProperty(life, play, async (lived, { netting, order, batch, rulings }) => {
        const engine = await open();
        await engine.putMeter({ key: "m", role: "load", gapLimitMs: GAP_MS, netting });
        const coming = lived
          .map((reading, index) => ({ reading, place: order[index] ?? 0 }))
          .sort((a, b) => a.place - b.place)
          .map(({ reading }) => reading);
        const twice = coming.filter((_, index) => (order[index] ?? 0) % 7 === 0);
        const stream = [...coming, ...twice];
        const standing = new Map<number, Ruling>();

        for (let first = 0, turn = 0; first < stream.length; first += batch, turn += 1) {
          await engine.appendAll([{ readings: stream.slice(first, first + batch) }]);
          if ((order[turn] ?? 0) % 5 > 2) await engine.sealUntil(Infinity);
          for (const { of, kind } of rulings.filter(({ by }) => by === turn)) {
            const at = lived[of % lived.length]?.at ?? NOON;
            const ruling: Ruling = { at, path: "importWh", kind, ...(kind === "edit" && { value: 500_500 }) };
            standing.set(at, ruling);
            await engine.rule({ meter: "m", ...ruling, by: "Ana" });
          }
          if ((order[turn] ?? 0) % 3 > 0) await engine.energy({ ...DAYS, interval: "total" });
        }
        // What was ruled after the last reading came.
        const inTurn = rulings.filter(({ by }) => by < Math.ceil(stream.length / batch));
        expect(standing.size).toBe(new Set(inTurn.map(({ of }) => of % lived.length)).size);
        const quarters = await engine.energy({ ...DAYS, interval: "quarter" });
        const days = await engine.energy({ ...DAYS, interval: "day" });
        const found = await engine.quarantine({ limit: 1_000 });
        await engine.close();

        const rules: EnergyRules = {
          gapLimitMs: GAP_MS,
          maxPowerW: MAX_POWER_W,
          netting,
          zone: DAYS.zone,
          rulings: [...standing.values()],
        };
        const samples = lived.map(({ at, powerW, importWh, exportWh, electrical }): Sample => {
          const sample = {
            at,
            ...(powerW !== undefined && { powerW }),
            ...(importWh !== undefined && { importWh }),
            ...(exportWh !== undefined && { exportWh }),
          };
          return readsPhases(netting) ? phaseSample(sample, electrical?.phases, netting) : sample;
        });
        const expected = toQuarters(samples, rules);
        expect(figures(quarters)).toEqual(figures(expected.quarters));
        expect(
          found
            .map(({ at, path, value, reason, energyWh, status }) => [at - NOON, path, value, reason, energyWh, status])
            .sort(),
        ).toEqual(
          expected.findings
            .map(({ at, path, value, reason, energyWh, noted }) => [
              at - NOON,
              path,
              JSON.stringify(value),
              reason,
              energyWh,
              standing.has(at) && path === "importWh" ? "ruled" : noted ? "noted" : "open",
            ])
            .sort(),
        );
        // Each figure is rounded by itself.
        total(figures(days)).forEach((value, index) => {
          const sum = total(figures(expected.quarters))[index] ?? 0;
          expect(Math.abs(value - sum)).toBeLessThanOrEqual(expected.quarters.length);
        });
      }),
      { seed, numRuns: 200 },
    );
  }, 120_000);
});
