import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { QUARTER_MS, toQuarters, type EnergyRules, type Quarter, type Sample } from "../../../lib/energy/quarters";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const RULES: EnergyRules = { gapLimitMs: 5 * MINUTE, maxPowerW: 100_000 };
const quartersOf = (samples: readonly Sample[]): readonly Quarter[] => toQuarters(samples, RULES).quarters;
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** A day of one meter: registers that only rise, powers of either sign, in places far apart. */
const day: fc.Arbitrary<Sample[]> = fc
  .array(
    fc.record({
      wait: fc.integer({ min: 1, max: 90 * MINUTE }),
      meanW: fc.option(fc.float({ min: 0, max: 5_000, noNaN: true }), { nil: undefined }),
      powerW: fc.option(fc.integer({ min: -5_000, max: 5_000 }), { nil: undefined }),
    }),
    { minLength: 2, maxLength: 60 },
  )
  .map((steps) => {
    let at = Date.UTC(2025, 2, 29, 20);
    let importWh = 1e6;
    return steps.map(({ wait, meanW, powerW }) => {
      at += wait;
      importWh += ((meanW ?? 0) * wait) / HOUR;
      return { at, ...(meanW !== undefined && { importWh }), ...(powerW !== undefined && { powerW }) };
    });
  });

describe("toQuarters", () => {
  it("conserves a register whatever gaps lie between its readings", () => {
    fc.assert(
      fc.property(day, (samples) => {
        const registers = samples.map(({ importWh }) => importWh).filter((value) => value !== undefined);
        const withRegister = samples.filter(({ importWh }) => importWh !== undefined);
        const onlyRegister = withRegister.map(({ at, importWh }) => ({ at, importWh: importWh ?? 0 }));
        const total = sum(quartersOf(onlyRegister).map(({ importWh }) => importWh));
        expect(total).toBeCloseTo((registers.at(-1) ?? 0) - (registers[0] ?? 0), 6);
      }),
    );
  });

  it("never counts more time than there is, nor less than nothing", () => {
    fc.assert(
      fc.property(day, (samples) => {
        for (const quarter of quartersOf(samples)) {
          expect(quarter.measuredMs + quarter.estimatedMs).toBeLessThanOrEqual(QUARTER_MS + 1e-6);
          expect(
            Math.min(quarter.measuredMs, quarter.estimatedMs, quarter.importWh, quarter.exportWh),
          ).toBeGreaterThanOrEqual(-1e-9);
          expect(quarter.start % QUARTER_MS).toBe(0);
        }
      }),
    );
  });

  it("counts time to the millisecond, however long it was measured without a gap", () => {
    const samples = Array.from({ length: 40_000 }, (_, index) => ({ at: 7 + index * 3 * MINUTE, powerW: index % 9 }));
    const inside = quartersOf(samples).slice(1, -1);
    expect(new Set(inside.map(({ measuredMs }) => measuredMs))).toEqual(new Set([QUARTER_MS]));
    expect(inside.length).toBeGreaterThan(7_000);
  });

  it.each<[string, Sample[], number, number]>([
    [
      "a constant power for an hour is exactly its energy",
      Array.from({ length: 61 }, (_, minute) => ({ at: minute * MINUTE, powerW: 700 })),
      700,
      0,
    ],
    [
      "a single blip adds its own duration only",
      [
        { at: 0, powerW: 0 },
        { at: MINUTE, powerW: 700 },
        { at: MINUTE + 1_000, powerW: 0 },
        { at: 4 * MINUTE, powerW: 0 },
      ],
      700 / 3_600,
      0,
    ],
    [
      "a power is held no longer than the gap limit",
      [
        { at: 0, powerW: 1_200 },
        { at: 50 * MINUTE, powerW: 0 },
      ],
      100,
      0,
    ],
    [
      "negative power is export",
      [
        { at: 0, powerW: -1_200 },
        { at: 5 * MINUTE, powerW: 0 },
      ],
      0,
      100,
    ],
    [
      "a register wins over the power between its readings",
      [
        { at: 0, powerW: 9_999, importWh: 10 },
        { at: 5 * MINUTE, powerW: 0, importWh: 110 },
      ],
      100,
      0,
    ],
    [
      "power fills in where the register has not spoken yet",
      [
        { at: 0, importWh: 10 },
        { at: MINUTE, importWh: 20, powerW: 600 },
        { at: 2 * MINUTE, powerW: 0 },
      ],
      20,
      0,
    ],
    [
      "a power that the meter cannot carry is as if not said",
      [
        { at: 0, powerW: 600 },
        { at: MINUTE, powerW: -4e9 },
        { at: 2 * MINUTE, powerW: 600 },
        { at: 3 * MINUTE, powerW: 0 },
      ],
      30,
      0,
    ],
    [
      "power fills in while a register that fell is doubted",
      [
        { at: 0, importWh: 500, powerW: 600 },
        { at: MINUTE, importWh: 3, powerW: 600 },
        { at: 2 * MINUTE, importWh: 5, powerW: 600 },
      ],
      20,
      0,
    ],
  ])("%s", (_, samples, importWh, exportWh) => {
    const quarters = quartersOf(samples);
    expect(sum(quarters.map((quarter) => quarter.importWh))).toBeCloseTo(importWh, 9);
    expect(sum(quarters.map((quarter) => quarter.exportWh))).toBeCloseTo(exportWh, 9);
  });

  it("tells what was measured from what was only inferred", () => {
    const [first, second] = quartersOf([
      { at: 0, importWh: 0 },
      { at: MINUTE, importWh: 1 },
      { at: 2 * QUARTER_MS, importWh: 30 },
    ]);
    expect(first).toMatchObject({ measuredMs: MINUTE, estimatedMs: QUARTER_MS - MINUTE });
    expect(second).toMatchObject({ measuredMs: 0, estimatedMs: QUARTER_MS });
  });
});
