import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { phaseSample, type Netting } from "../../../lib/energy/netting";
import { QUARTER_MS, toQuarters, type EnergyRules, type Quarter, type Sample } from "../../../lib/energy/quarters";
import { seed } from "../../support/seed";

const MINUTE = 60_000;
const RULES: EnergyRules = { gapLimitMs: 5 * MINUTE, maxPowerW: 100_000, zone: "Europe/Madrid" };

const figures = ({ importWh, exportWh }: Quarter) => [importWh, exportWh].map((value) => Math.round(value * 1e6) / 1e6);
const netted = (samples: readonly Sample[], netting: Netting) =>
  toQuarters(samples, { ...RULES, netting }).quarters.map(figures);

/** 600 W taken in the first half of each of two quarters, 400 W given in the second; then an hour's half with 100 W given. */
const both: Sample[] = [
  { at: 0, importWh: 0, exportWh: 0 },
  { at: 7.5 * MINUTE, importWh: 75, exportWh: 0 },
  { at: 15 * MINUTE, importWh: 75, exportWh: 50 },
  { at: 22.5 * MINUTE, importWh: 150, exportWh: 50 },
  { at: 30 * MINUTE, importWh: 150, exportWh: 100 },
  { at: 45 * MINUTE, importWh: 150, exportWh: 125 },
  { at: 60 * MINUTE, importWh: 150, exportWh: 150 },
];

describe("netting", () => {
  it("by device leaves both registers as they are", () => {
    expect(netted(both, "device")).toEqual([
      [75, 50],
      [75, 50],
      [0, 25],
      [0, 25],
    ]);
  });

  it("by quarter leaves what is left of the larger", () => {
    expect(netted(both, "quarter")).toEqual([
      [25, 0],
      [25, 0],
      [0, 25],
      [0, 25],
    ]);
  });

  it("by hour leaves nothing where as much was given as taken", () => {
    expect(netted(both, "hour")).toEqual([
      [0, 0],
      [0, 0],
      [0, 0],
      [0, 0],
    ]);
  });

  it("by hour keeps the shares of the quarters", () => {
    const more = both.map((sample) => ({ ...sample, importWh: 2 * (sample.importWh ?? 0) }));
    expect(netted(more, "hour")).toEqual([
      [75, 0],
      [75, 0],
      [0, 0],
      [0, 0],
    ]);
  });

  it("by hour means the wall clock's hours, which begin at half past in some places", () => {
    const rules = { ...RULES, netting: "hour", zone: "Asia/Kolkata" } as const;
    expect(toQuarters(both, rules).quarters.map(figures)).toEqual([
      [25, 0],
      [25, 0],
      [0, 25],
      [0, 25],
    ]);
  });

  const phases = { L1: { powerW: 1_000 }, L2: { powerW: -400 }, L3: { powerW: -100 } };
  const everyMinute = (netting: Netting, said: Omit<Sample, "at"> = {}) =>
    Array.from({ length: 16 }, (_, minute) => phaseSample({ at: minute * MINUTE, ...said }, phases, netting));

  it("by instant sums the phases before it asks for the direction", () => {
    expect(netted(everyMinute("instant"), "instant")).toEqual([[125, 0]]);
  });

  it("by instant believes the power where registers say both", () => {
    const samples = everyMinute("instant").map((sample, minute) => ({
      ...sample,
      importWh: minute * 16,
      exportWh: minute * 8,
    }));
    expect(netted(samples, "instant")).toEqual([[125, 0]]);
    const silent = [...samples, { at: 25 * MINUTE, importWh: 15 * 16 + 100, exportWh: 15 * 8 }];
    expect(netted(silent, "instant")).toEqual([
      [125, 0],
      [100, 0],
    ]);
  });

  it("by phase counts each phase for itself", () => {
    expect(netted(everyMinute("phase"), "phase")).toEqual([[250, 125]]);
    const [quarter] = toQuarters(everyMinute("phase"), { ...RULES, netting: "phase" }).quarters;
    expect(quarter).toMatchObject({ minW: 500, maxW: 500, powerMs: QUARTER_MS });
  });

  it("by phase prefers the phases' own registers", () => {
    const registers = (minute: number) => ({
      L1: { powerW: 1_000, importWh: 100 + minute * 10, exportWh: 0 },
      L2: { powerW: -400, importWh: 50, exportWh: 20 + minute * 4 },
    });
    const samples = [0, 5, 10, 15].map((minute) =>
      phaseSample({ at: minute * MINUTE, importWh: 7, powerW: 600 }, registers(minute), "phase"),
    );
    expect(netted(samples, "phase")).toEqual([[150, 60]]);
  });

  it("by phase waits for all phases to say what one says", () => {
    const sample = phaseSample({ at: 0, importWh: 7 }, { L1: { importWh: 1 }, L2: { powerW: 5 } }, "phase");
    expect(sample).toEqual({ at: 0, importWh: 7 });
  });

  it("never changes what import is more than export, and leaves one of them", () => {
    const steps = fc.array(fc.tuple(fc.integer({ min: 0, max: 900 }), fc.integer({ min: 0, max: 900 })), {
      minLength: 2,
      maxLength: 60,
    });
    fc.assert(
      fc.property(steps, fc.constantFrom("Europe/Madrid", "Australia/Lord_Howe"), (rises, zone) => {
        let [importWh, exportWh] = [0, 0];
        const samples = [
          { at: Date.UTC(2025, 3, 5, 12), importWh, exportWh },
          ...rises.map(([taken, given], index) => {
            importWh += taken;
            exportWh += given;
            return { at: Date.UTC(2025, 3, 5, 12) + (index + 1) * 5 * MINUTE, importWh, exportWh };
          }),
        ];
        const rules = { ...RULES, zone };
        const plain = toQuarters(samples, rules).quarters;
        const quarterly = toQuarters(samples, { ...rules, netting: "quarter" }).quarters;
        quarterly.forEach((quarter, index) => {
          const before = plain[index];
          expect(Math.min(quarter.importWh, quarter.exportWh)).toBe(0);
          expect(quarter.importWh - quarter.exportWh).toBeCloseTo((before?.importWh ?? 0) - (before?.exportWh ?? 0), 6);
        });
        const total = (quarters: readonly Quarter[]) =>
          quarters.reduce((sum, quarter) => sum + quarter.importWh - quarter.exportWh, 0);
        expect(total(toQuarters(samples, { ...rules, netting: "hour" }).quarters)).toBeCloseTo(total(plain), 6);
      }),
      { seed },
    );
  });
});
