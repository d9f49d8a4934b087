import { describe, expect, it } from "vitest";
import { computedPowerW, partsOf, type Formula } from "../../../lib/energy/formula";

const formulas: Record<string, Formula> = {
  floor: { plus: ["left", "right"], minus: [] },
  rest: { plus: ["grid"], minus: ["floor"] },
  egg: { plus: ["hen"], minus: [] },
  hen: { plus: ["egg"], minus: [] },
};
const formulaOf = (meter: string): Formula | undefined => formulas[meter];

describe("partsOf", () => {
  it("names the meters at the bottom, with their signs", () => {
    expect(partsOf({ plus: ["solar"], minus: ["rest"] }, formulaOf)).toEqual([
      { meter: "solar", sign: 1 },
      { meter: "grid", sign: -1 },
      { meter: "left", sign: 1 },
      { meter: "right", sign: 1 },
    ]);
  });

  it("gives nothing for what is made of itself", () => {
    expect(partsOf({ plus: ["egg"], minus: [] }, formulaOf)).toBeUndefined();
  });

  it("gives nothing for what grows without end", () => {
    const twice = (meter: string): Formula => ({ plus: Array<string>(40).fill(`${meter}x`), minus: [] });
    expect(partsOf({ plus: ["a"], minus: [] }, twice)).toBeUndefined();
  });
});

describe("computedPowerW", () => {
  const parts = [
    { meter: "grid", sign: 1 },
    { meter: "heater", sign: -1 },
  ] as const;

  it("adds up and takes off", () => {
    expect(computedPowerW(parts, (meter) => (meter === "grid" ? 3000 : 1200))).toBe(1800);
  });

  it("is unknown while a part is", () => {
    expect(computedPowerW(parts, (meter) => (meter === "grid" ? 3000 : undefined))).toBeUndefined();
  });
});
