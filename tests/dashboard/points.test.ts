import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { holdMs, thin, valueAt, withGaps, type Point } from "../../dashboard/src/model/points";

const MINUTE = 60_000;
const at = (x: number, y: number): Point => ({ x, y });

const line = fc
  .array(fc.double({ min: -100, max: 100, noNaN: true }), { maxLength: 400 })
  .map((values) => values.map((y, x) => at(x, y)));

describe("thin", () => {
  it("keeps the first, the last, the lowest and the highest point, in order and within the limit", () => {
    fc.assert(
      fc.property(line, fc.integer({ min: 4, max: 100 }), (points, limit) => {
        const kept = thin(points, limit);
        const heights = (some: readonly Point[]): number[] => some.map(({ y }) => y);

        expect(kept.length).toBeLessThanOrEqual(Math.max(limit, 0));
        expect(kept).toEqual([...kept].sort((one, other) => one.x - other.x));
        expect(kept.every((point) => points.includes(point))).toBe(true);
        expect([kept[0], kept.at(-1)]).toEqual([points[0], points.at(-1)]);
        expect(Math.max(...heights(kept))).toBe(Math.max(...heights(points)));
        expect(Math.min(...heights(kept))).toBe(Math.min(...heights(points)));
      }),
    );
  });

  it("leaves a line alone that has room", () => {
    const points = [at(0, 1), at(1, 2)];
    expect(thin(points, 10)).toEqual(points);
  });
});

describe("holdMs", () => {
  it.each([
    ["five minutes for a meter that speaks every second", [at(0, 1), at(1000, 1), at(2000, 1)], 5 * MINUTE],
    ["four intervals for a meter that speaks every quarter of an hour", [at(0, 1), at(15 * MINUTE, 1)], 60 * MINUTE],
    [
      "an hour's quarter-hours, whatever burst came after",
      [0, 15, 30, 45, 60, ...Array.from({ length: 50 }, (_, index) => 60 + index / 60)].map((minute) =>
        at(minute * MINUTE, 1),
      ),
      60 * MINUTE,
    ],
    [
      "five minutes, whatever silence came between",
      [at(0, 1), at(MINUTE, 1), at(2 * MINUTE, 1), at(6 * MINUTE, 1)],
      5 * MINUTE,
    ],
    ["five minutes for a single point", [at(0, 1)], 5 * MINUTE],
  ])("is %s", (_, points, expected) => {
    expect(holdMs(points)).toBe(expected);
  });
});

describe("withGaps", () => {
  it("holds the last value until now", () => {
    expect(withGaps([at(0, 1)], MINUTE, 30_000)).toEqual([at(0, 1), at(30_000, 1)]);
  });

  it("ends the line where the meter fell silent", () => {
    const drawn = withGaps([at(0, 1), at(10 * MINUTE, 2)], MINUTE, 10 * MINUTE);
    expect(drawn).toEqual([at(0, 1), at(MINUTE, 1), at(MINUTE, NaN), at(10 * MINUTE, 2)]);
  });
});

describe("valueAt", () => {
  const points = [at(10, 1), at(20, NaN), at(30, 3)];

  it.each([
    [5, undefined],
    [10, 1],
    [19, 1],
    [25, undefined],
    [99, 3],
  ])("at %i is %s", (x, expected) => {
    expect(valueAt(points, x)).toBe(expected);
  });
});
