import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EnergyError } from "../../../lib/errors";
import {
  afterWaiting,
  makeThreshold,
  nextAlertState,
  NORMAL,
  type AlertState,
  type Power,
  type Threshold,
} from "../../../lib/alerts/threshold";

const MINUTE = 60_000;
const above = makeThreshold({ direction: "above", limitW: 3000, clearW: 2500, holdMs: MINUTE, quietMs: 0 });
const below = makeThreshold({ direction: "below", limitW: -2000, clearW: -1500, holdMs: 0, quietMs: 0 });
const quiet = { ...above, holdMs: 0, quietMs: 10 * MINUTE };

const normal = (at: number, quietUntil = -1): AlertState => ({ kind: "normal", at, quietUntil });
const pending = (since: number, at = since, quietUntil = -1): AlertState => ({
  kind: "pending",
  since,
  at,
  quietUntil,
});
const raised = (since: number, at: number): AlertState => ({ kind: "raised", since, at });
const power = (at: number, powerW: number): Power => ({ at, powerW });

describe("nextAlertState", () => {
  it.each<[string, Threshold, AlertState, Power, AlertState]>([
    ["stays normal at the limit", above, NORMAL, power(0, 3000), normal(0)],
    ["waits before raising", above, NORMAL, power(0, 3001), pending(0)],
    ["forgets a short peak", above, pending(0), power(1, 3000), normal(1)],
    ["keeps waiting until the hold is over", above, pending(0), power(MINUTE - 1, 9000), pending(0, MINUTE - 1)],
    ["raises after the hold", above, pending(0), power(MINUTE, 3001), raised(0, MINUTE)],
    ["stays raised inside the gap", above, raised(0, 8), power(9, 2500), raised(0, 9)],
    ["clears below the gap", above, raised(0, 8), power(9, 2499), normal(9, 9)],
    ["raises at once without a hold", below, NORMAL, power(0, -2001), raised(0, 0)],
    ["is over above the gap when it watches for too little", below, raised(0, 0), power(1, -1499), normal(1, 1)],
    ["stays raised below the limit", below, raised(0, 0), power(1, -1500), raised(0, 1)],
    ["skips what is older than what it used", above, raised(0, 9), power(8, 0), raised(0, 9)],
    ["skips a second reading of one instant", above, raised(0, 9), power(9, 0), raised(0, 9)],
    ["is quiet after it cleared", quiet, normal(0, 10 * MINUTE), power(1, 5000), pending(1, 1, 10 * MINUTE)],
    [
      "raises what lasts beyond the quiet time",
      quiet,
      pending(1, 1, 10 * MINUTE),
      power(10 * MINUTE, 5000),
      raised(1, 10 * MINUTE),
    ],
  ])("%s", (_, limit, state, reading, expected) => {
    expect(nextAlertState(state, reading, limit)).toEqual(expected);
  });

  const powers = fc.array(
    fc.record({ at: fc.integer({ min: 0, max: 1000 }), powerW: fc.integer({ min: 0, max: 200 }) }),
  );
  const limits = fc
    .record({
      limitW: fc.integer({ min: 50, max: 150 }),
      gapW: fc.integer({ min: 0, max: 50 }),
      holdMs: fc.integer({ min: 0, max: 100 }),
      quietMs: fc.integer({ min: 0, max: 100 }),
    })
    .map(({ limitW, gapW, ...times }) =>
      makeThreshold({ direction: "above", limitW, clearW: limitW - gapW, ...times }),
    );

  it("never raises without its hold, nor within the quiet time after it cleared", () => {
    fc.assert(
      fc.property(powers, limits, (readings, limit) => {
        let state = NORMAL;
        let clearedAt = -Infinity;
        for (const reading of readings) {
          const next = nextAlertState(state, reading, limit);
          if (state.kind !== "raised" && next.kind === "raised") {
            expect(reading.at - next.since).toBeGreaterThanOrEqual(limit.holdMs);
            expect(reading.at - clearedAt).toBeGreaterThanOrEqual(limit.quietMs);
            expect(reading.powerW).toBeGreaterThan(limit.limitW);
          }
          if (state.kind === "raised" && next.kind !== "raised") {
            expect(next.kind).toBe("normal");
            expect(reading.powerW).toBeLessThan(limit.clearW);
            clearedAt = reading.at;
          }
          state = next;
        }
      }),
    );
  });

  it("is not moved by doubles, nor by a restart in between", () => {
    fc.assert(
      fc.property(powers, limits, (readings, limit) => {
        const end = (all: readonly Power[], restart: boolean): AlertState =>
          all.reduce<AlertState>((state, reading) => {
            const known = restart ? (JSON.parse(JSON.stringify(state)) as AlertState) : state;
            return nextAlertState(known, reading, limit);
          }, NORMAL);
        const doubled = readings.flatMap((reading) => [reading, reading]);
        expect(end(doubled, true)).toEqual(end(readings, false));
      }),
    );
  });
});

describe("afterWaiting", () => {
  it.each<[string, AlertState, number, AlertState]>([
    ["raises what still holds when the hold is over", pending(0, 5), MINUTE, raised(0, 5)],
    ["waits for the rest of the hold", pending(0, 5), MINUTE - 1, pending(0, 5)],
    ["waits for the rest of the quiet time", pending(0, 5, 2 * MINUTE), MINUTE, pending(0, 5, 2 * MINUTE)],
    ["leaves a normal state alone", normal(0), 9 * MINUTE, normal(0)],
  ])("%s", (_, state, at, expected) => {
    expect(afterWaiting(state, at, above)).toEqual(expected);
  });
});

describe("makeThreshold", () => {
  it.each<[string, Partial<Threshold>, string]>([
    ["clears above its limit", { clearW: 3001 }, "clearKw"],
    ["clears below its limit when it watches for too little", { direction: "below", clearW: 2999 }, "clearKw"],
    ["holds for less than no time", { holdMs: -1 }, "holdSeconds"],
    ["is quiet for less than no time", { quietMs: -1 }, "quietSeconds"],
  ])("refuses one that %s, and names the setting", (_, wrong, field) => {
    expect(() => makeThreshold({ ...above, ...wrong })).toThrow(EnergyError);
    expect(() => makeThreshold({ ...above, ...wrong })).toThrow(
      expect.objectContaining({ code: "invalid-config", field }),
    );
  });
});
