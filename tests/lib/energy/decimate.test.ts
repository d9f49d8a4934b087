import fc from "fast-check";
import { expect, it } from "vitest";
import { decimate } from "../../../lib/energy/decimate";

const line = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: -9_000, max: 9_000 })), { maxLength: 500 })
  .map((steps) => {
    let at = 0;
    return steps.map(([wait, powerW]) => ({ at: (at += wait), powerW }));
  });

it("keeps the extremes of a line, its order and no more points than asked for", () => {
  fc.assert(
    fc.property(line, fc.integer({ min: 2, max: 100 }), (points, most) => {
      const thin = decimate(
        points.map(({ at }) => at),
        points.map(({ powerW }) => powerW),
        most,
      );
      expect(thin.at.length).toBeLessThanOrEqual(most);
      expect(thin.at).toEqual([...thin.at].sort((a, b) => a - b));
      const known = new Map(points.map(({ at, powerW }) => [at, powerW]));
      for (const [index, at] of thin.at.entries()) expect(known.get(at)).toBe(thin.powerW[index]);
      if (points.length > 0) {
        expect(Math.max(...thin.powerW)).toBe(Math.max(...points.map(({ powerW }) => powerW)));
        expect(Math.min(...thin.powerW)).toBe(Math.min(...points.map(({ powerW }) => powerW)));
      }
    }),
  );
});
