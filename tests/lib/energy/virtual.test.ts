import { describe, expect, it } from "vitest";
import { QUARTER_MS } from "../../../lib/energy/quarters";
import { computedQuarter, type PartQuarter } from "../../../lib/energy/virtual";

const quarter = (importWh: number, exportWh = 0, more: Partial<PartQuarter> = {}): PartQuarter => ({
  importWh,
  exportWh,
  volumeM3: 0,
  powerMs: 0,
  powerWms: 0,
  measuredMs: QUARTER_MS,
  estimatedMs: 0,
  ...more,
});
const plus = (meter: string) => ({ meter, sign: 1 }) as const;
const minus = (meter: string) => ({ meter, sign: -1 }) as const;

describe("a computed quarter", () => {
  const quarters: Readonly<Record<string, PartQuarter>> = {
    a: quarter(300, 20),
    b: quarter(100, 0, { measuredMs: QUARTER_MS / 3, estimatedMs: QUARTER_MS / 3 }),
    sun: quarter(0, 500),
  };
  const of = (meter: string) => quarters[meter];

  it.each([
    ["adds imports to imports and exports to exports", [plus("a"), plus("b")], 400, 20],
    ["takes what is behind another meter off it", [plus("a"), minus("b")], 180, 0],
    ["gives where more is taken off than there is", [plus("b"), minus("a")], 0, 180],
    ["takes for used what a source gives", [plus("a"), minus("sun")], 780, 0],
    ["counts what is named twice twice", [plus("b"), plus("b")], 200, 0],
    ["is nothing of nothing", [], 0, 0],
  ])("%s", (_, parts, importWh, exportWh) => {
    expect(computedQuarter(parts, of)).toMatchObject({ importWh, exportWh });
  });

  it("was measured no longer than the part that was measured least", () => {
    const sum = computedQuarter([plus("a"), plus("b")], of);
    expect(sum).toMatchObject({ measuredMs: QUARTER_MS / 3, estimatedMs: QUARTER_MS / 3 });
    expect(computedQuarter([plus("a"), plus("nobody")], of)).toMatchObject({
      importWh: 300,
      measuredMs: 0,
      estimatedMs: 0,
    });
  });

  it("is not known where a part of a difference said nothing", () => {
    for (const parts of [
      [plus("a"), minus("nobody")],
      [plus("nobody"), minus("a")],
    ]) {
      expect(computedQuarter(parts, of)).toMatchObject({ importWh: 0, exportWh: 0, measuredMs: 0, estimatedMs: 0 });
    }
  });

  it("has the sum of the mean powers while all of them are known", () => {
    const power = (watts: number, powerMs: number) => quarter(0, 0, { powerMs, powerWms: watts * powerMs });
    const both = new Map([
      ["a", power(600, QUARTER_MS)],
      ["b", power(-200, QUARTER_MS / 2)],
    ]);
    const sum = computedQuarter([plus("a"), minus("b")], (meter) => both.get(meter));
    expect(sum).toMatchObject({ minW: 800, maxW: 800, powerMs: QUARTER_MS / 2, powerWms: 400 * QUARTER_MS });
    const silent = computedQuarter([plus("a"), plus("nobody")], (meter) => both.get(meter));
    expect(silent).toMatchObject({ minW: null, maxW: null, powerMs: 0, powerWms: 0 });
  });

  it("adds volumes, and takes off no more than there is", () => {
    const gas = (volumeM3: number) => quarter(0, 0, { volumeM3 });
    const parts = new Map([
      ["all", gas(3)],
      ["stove", gas(1)],
    ]);
    const cubic = (...signed: ReturnType<typeof plus | typeof minus>[]) =>
      computedQuarter(signed, (meter) => parts.get(meter)).volumeM3;
    expect([cubic(plus("all"), plus("stove")), cubic(plus("all"), minus("stove"))]).toEqual([4, 2]);
    expect(cubic(plus("stove"), minus("all"))).toBe(0);
  });
});
