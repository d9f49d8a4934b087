import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toQuarters, type EnergyRules } from "../../../lib/energy/quarters";
import { seed } from "../../support/seed";
import { life, tell } from "./generator";

const RULES: EnergyRules = { gapLimitMs: 300_000, maxPowerW: 100_000 };

describe("what is counted of a meter's life", () => {
  it("is the truth to the Wh where the readings tell it, and the rest is flagged", () => {
    fc.assert(
      fc.property(life, (lived) => {
        const { samples, rulings, knownWh, flagged } = tell(lived);
        const { quarters, findings } = toQuarters(samples, { ...RULES, rulings });

        const counted = quarters.reduce((sum, { importWh }) => sum + importWh, 0);
        expect(Math.abs(counted - knownWh)).toBeLessThan(1e-3);
        expect(findings.map(({ reason, at }) => ({ reason, at }))).toEqual(flagged);
        expect(quarters.every(({ importWh, exportWh }) => importWh >= -1e-9 && exportWh === 0)).toBe(true);
      }),
      { seed, numRuns: 200 },
    );
  }, 60_000);
});
