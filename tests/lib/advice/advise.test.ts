import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AdviceInput } from "../../../lib/advice/advice-input";
import { advise } from "../../../lib/advice/advise";
import type { SiteQuarter } from "../../../lib/advice/site-quarters";
import { KIND_DEFAULTS } from "../../../lib/energy/site-facts";
import type { Advice } from "../../../lib/storage/energy-store";
import { daysOf, FIRST_DAY, type PowerAt } from "./days";

const PRICE = 0.25;

function input(quarters: readonly SiteQuarter[], more: Partial<AdviceInput> = {}): AdviceInput {
  const now = quarters.at(-1) ? quarters.at(-1)!.from + 900_000 : 0;
  return { now, quarters, pricePerKwh: PRICE, shiftKwh: 1, kind: KIND_DEFAULTS.home, ...more };
}
function adviceOf(id: string, given: AdviceInput): Advice | undefined {
  const advised = advise(given);
  return "advice" in advised ? advised.advice.find((one) => one.id === id) : undefined;
}
/** 100 W at rest, 2 kW from 19 to 22. */
const evening: PowerAt = (hour) => (hour >= 19 && hour < 22 ? 2000 : 100);
/** The same, with the sun giving 500 W too much from 12 to 15. */
const sunny: PowerAt = (hour, day) => (hour >= 12 && hour < 15 ? -500 : evening(hour, day));

describe("advise", () => {
  it.each([
    ["nothing", [], 3],
    ["two days", daysOf(2, evening), 1],
    [
      "three days, one of them measured for half of it",
      daysOf(3, evening, (hour, day) => (day === 1 && hour < 12 ? 0 : 1)),
      1,
    ],
    ["thirty days that were estimated", daysOf(30, evening, () => 0.5), 3],
  ])("says how many days it still needs after %s", (_, quarters, daysMissing) => {
    expect(advise(input(quarters))).toEqual({ daysMissing });
  });

  it("is surer of more days, and of days without holes, but never certain", () => {
    const confidence = (quarters: SiteQuarter[]): number => adviceOf("base-load", input(quarters))!.confidence;
    expect(confidence(daysOf(3, evening))).toBeCloseTo(3 / 14, 2);
    expect(confidence(daysOf(7, evening))).toBeCloseTo(0.5, 2);
    expect(confidence(daysOf(30, evening))).toBe(0.9);
    expect(confidence(daysOf(30, evening, (hour) => (hour === 20 ? 0 : 1)))).toBeLessThan(0.9);
  });

  it("keeps its words within bounds, whatever was measured", () => {
    const power = fc.array(fc.integer({ min: -5000, max: 9000 }), { minLength: 24, maxLength: 24 });
    const price = fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined });
    fc.assert(
      fc.property(power, price, fc.double({ min: 0, max: 20, noNaN: true }), (hours, pricePerKwh, shiftKwh) => {
        const { pricePerKwh: _, ...rest } = input(
          daysOf(4, (hour) => hours[hour] ?? 0),
          { contractedW: 4000, shiftKwh },
        );
        const advised = advise({ ...rest, ...(pricePerKwh !== undefined && { pricePerKwh }) });
        for (const { savingPerYear, confidence, values, evidence } of "advice" in advised ? advised.advice : []) {
          expect(confidence).toBeGreaterThanOrEqual(0);
          expect(confidence).toBeLessThanOrEqual(1);
          if (savingPerYear !== undefined) expect(savingPerYear).toBeGreaterThanOrEqual(0);
          if (pricePerKwh === undefined) expect(savingPerYear).toBeUndefined();
          for (const value of Object.values({ ...values, ...evidence.figures })) expect(value).toBeTypeOf("number");
          for (const value of Object.values(values)) expect(Number.isFinite(value)).toBe(true);
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe("base load", () => {
  it("is what the nights draw, and what that costs in a year", () => {
    const advice = adviceOf("base-load", input(daysOf(10, evening)));
    expect(advice).toMatchObject({
      kind: "base-load",
      savingPerYear: 0,
      evidence: { figures: { nights: 10, baseW: 100 } },
    });
    expect(advice!.values.cost).toBeCloseTo(0.1 * 8766 * PRICE, 6);
  });

  it.each<[string, PowerAt]>([
    ["a fridge that pauses", (hour) => (hour === 2 ? 100 : hour < 5 ? 160 : 500)],
    ["a car that charges half the night", (hour) => (hour < 3 ? 7400 : hour < 5 ? 100 : 500)],
    ["two nights of a party", (hour, day) => (day < 2 ? 3000 : hour < 5 ? 100 : 500)],
    ["two nights away", (hour, day) => (day < 2 ? 20 : hour < 5 ? 100 : 500)],
  ])("is not misled by %s", (_, powerAt) => {
    expect(adviceOf("base-load", input(daysOf(10, powerAt)))!.values.base).toBe(100);
  });

  it("saves what being as quiet as on the quietest nights would save", () => {
    const advice = adviceOf("base-load", input(daysOf(10, (_, day) => (day === 3 ? 60 : 100))));
    expect(advice!.values.quietest).toBe(60);
    expect(advice!.savingPerYear).toBeCloseTo(0.04 * 8766 * PRICE, 6);
  });

  it("rests on no night that was not measured", () => {
    const holes = daysOf(
      10,
      (hour, day) => (day < 8 ? 0 : evening(hour, day)),
      (hour, day) => (day < 8 && hour < 5 ? 0 : 1),
    );
    expect(adviceOf("base-load", input(holes))).toBeUndefined();
  });

  it("names no money where no price is known", () => {
    const { pricePerKwh: _, ...unpriced } = input(daysOf(10, evening));
    expect(adviceOf("base-load", unpriced)).toMatchObject({ kind: "base-load-unpriced" });
    expect(adviceOf("base-load", unpriced)).not.toHaveProperty("savingPerYear");
  });
});

describe("the most expensive hours", () => {
  it("are the three on end in which most is bought; at one price moving saves nothing", () => {
    const advice = adviceOf("costly-hours", input(daysOf(10, evening)));
    expect(advice).toMatchObject({
      kind: "costly-hours-flat",
      savingPerYear: 0,
      values: { costlyFrom: 19, costlyTo: 22 },
    });
    expect(advice!.values.share).toBeCloseTo(6 / 8.1, 12);
  });

  it("may reach over midnight", () => {
    const late: PowerAt = (hour) => ([23, 0, 1].includes(hour) ? 2000 : 100);
    expect(adviceOf("costly-hours", input(daysOf(10, late)))!.values).toMatchObject({ costlyFrom: 23, costlyTo: 26 });
  });

  it.each([
    ["the load that can be moved", 1, 1],
    ["what would else be exported", 5, 1.5],
    ["nothing, when nothing can be moved", 0, 0],
  ])("save, by moving to the sun, %s", (_, shiftKwh, movedKwh) => {
    const advice = adviceOf("costly-hours", input(daysOf(10, sunny), { shiftKwh }));
    expect(advice!.savingPerYear).toBeCloseTo(movedKwh * 365.25 * PRICE, 6);
    if (movedKwh > 0)
      expect(advice).toMatchObject({ kind: "costly-hours-surplus", values: { cheapFrom: 12, cheapTo: 15 } });
  });

  it("save no more than was bought in them", () => {
    const modest: PowerAt = (hour) => (hour >= 12 && hour < 15 ? -3000 : hour >= 19 && hour < 22 ? 200 : 10);
    expect(adviceOf("costly-hours", input(daysOf(10, modest), { shiftKwh: 5 }))!.savingPerYear).toBeCloseTo(
      0.6 * 365.25 * PRICE,
      6,
    );
  });

  it("count the sun on the days on which it shone", () => {
    const everyOther: PowerAt = (hour, day) => (day % 2 === 0 ? sunny(hour, day) : evening(hour, day));
    expect(adviceOf("costly-hours", input(daysOf(10, everyOther)))!.savingPerYear).toBeCloseTo(0.5 * 365.25 * PRICE, 6);
  });

  it("are only the busiest ones where no price is known", () => {
    const { pricePerKwh: _, ...unpriced } = input(daysOf(10, evening));
    expect(adviceOf("costly-hours", unpriced)).toMatchObject({ kind: "busy-hours", values: { costlyFrom: 19 } });
  });

  it("do not exist where nothing is bought", () => {
    expect(adviceOf("costly-hours", input(daysOf(10, () => -100)))).toBeUndefined();
  });
});

describe("peaks near the contracted power", () => {
  it("say how many, when and how near", () => {
    const cooking: PowerAt = (hour, day) => (hour === 14 ? (day === 3 ? 4600 : 4250) : evening(hour, day));
    const advice = adviceOf("near-contracted", input(daysOf(10, cooking), { contractedW: 5000 }));
    expect(advice!.values).toEqual({
      count: 40,
      days: 10,
      threshold: 0.85,
      contracted: 5000,
      busiestFrom: 14,
      busiestTo: 15,
      peak: 4600,
      nearest: 0.92,
      peakAt: FIRST_DAY.plus({ days: 3, hours: 14 }).toMillis(),
    });
    expect(advice).not.toHaveProperty("savingPerYear");
  });

  it("begin in a plant where demand is about to cost", () => {
    const cooking: PowerAt = (hour, day) => (hour === 14 ? (day === 3 ? 4600 : 4250) : evening(hour, day));
    const plant = { contractedW: 5000, kind: KIND_DEFAULTS.plant };
    expect(adviceOf("near-contracted", input(daysOf(10, cooking), plant))!.values).toMatchObject({ count: 4 });
  });

  it.each([
    ["there are none", 2500],
    ["no power is contracted", undefined],
  ])("are not mentioned where %s", (_, contractedW) => {
    expect(
      adviceOf("near-contracted", input(daysOf(10, evening), contractedW === undefined ? {} : { contractedW })),
    ).toBeUndefined();
  });
});
