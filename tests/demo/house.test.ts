import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { makeHistory } from "../../scripts/demo/house/history.ts";
import { fillWasher, makeHouse, nextHouse, PLUGS, switchPlug, type House } from "../../scripts/demo/house/house.ts";
import { makeSurroundings } from "../../scripts/demo/house/surroundings.ts";

const HOUR = 3_600_000;
const START = Date.UTC(2025, 10, 24, 10);
const hourOf = (at: number): number => (at / HOUR) % 24;
const around = makeSurroundings(hourOf);

const step = fc.oneof(
  fc.integer({ min: 1, max: 120_000 }).map((ms) => (house: House) => nextHouse(house, house.at + ms, around)),
  fc.record({ plug: fc.constantFrom(...PLUGS), on: fc.boolean() }).map(
    ({ plug, on }) =>
      (house: House) =>
        switchPlug(house, plug, on, around),
  ),
  fc.constant((house: House) => fillWasher(house, around)),
);

/** Every state the house goes through. */
function live(steps: readonly ((house: House) => House)[]): House[] {
  const states = [makeHouse(START, around)];
  for (const next of steps) states.push(next(states.at(-1)!));
  return states;
}

describe("the simulated house", () => {
  it("draws from the grid what its loads need less what the sun gives, at every instant", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        for (const { powersW: w } of live(steps)) {
          expect(w.grid).toBeCloseTo(w.base + w.heater + w.washer + w.fridge - w.solar, 9);
        }
      }),
    );
  });

  it("counts in its registers exactly what its powers did over their time", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const states = live(steps);
        const sum = (powerW: (house: House) => number): number =>
          states.slice(1).reduce((wh, { at }, i) => wh + (powerW(states[i]!) * (at - states[i]!.at)) / HOUR, 0);
        const { counters } = states.at(-1)!;
        for (const plug of PLUGS)
          expect(counters[plug]).toBeCloseTo(
            sum((house) => house.powersW[plug]),
            6,
          );
        expect(counters.solar).toBeCloseTo(
          sum((house) => house.powersW.solar),
          6,
        );
        expect(counters.gridImport - counters.gridExport).toBeCloseTo(
          sum((house) => house.powersW.grid),
          6,
        );
      }),
    );
  });

  it("never counts backwards", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const states = live(steps);
        states.slice(1).forEach(({ counters }, i) => {
          for (const [name, wh] of Object.entries(states[i]!.counters)) {
            expect(counters[name as keyof typeof counters]).toBeGreaterThanOrEqual(wh);
          }
        });
      }),
    );
  });

  it.each(PLUGS)("draws nothing through the %s's plug while it is off, and the grid feels it at once", (plug) => {
    const on = fillWasher(nextHouse(makeHouse(START, around), START + 90_000, around), around);
    const off = switchPlug(on, plug, false, around);

    expect(on.powersW[plug]).toBeGreaterThan(0);
    expect(off.powersW[plug]).toBe(0);
    expect(on.powersW.grid - off.powersW.grid).toBeCloseTo(on.powersW[plug], 9);
  });

  it("keeps a room warm, a fridge cold and a washing machine idle once it is done", () => {
    let house = makeHouse(START, around);
    for (let minute = 0; minute < 24 * 60; minute += 1) house = nextHouse(house, house.at + 60_000, around);

    expect(house.roomC).toBeGreaterThan(20);
    expect(house.roomC).toBeLessThan(22);
    expect(house.fridgeC).toBeGreaterThan(4);
    expect(house.fridgeC).toBeLessThan(6);
    expect(house.powersW.washer).toBeLessThan(2);
  });

  it("lets the sun shine by day alone", () => {
    expect(around.solarW(Date.UTC(2025, 5, 1, 2))).toBe(0);
    expect(around.solarW(Date.UTC(2025, 5, 1, 13))).toBeGreaterThan(100);
  });
});

describe("its history", () => {
  const { moments, now } = makeHistory(START, 14, around, hourOf);

  it("covers fourteen days in order, without a hole of more than five minutes", () => {
    expect(moments[0]!.at).toBeLessThanOrEqual(START - 14 * 24 * HOUR + 5 * 60_000);
    expect(now.at).toBe(START);
    moments.slice(1).forEach(({ at }, i) => {
      expect(at).toBeGreaterThan(moments[i]!.at);
      expect(at - moments[i]!.at).toBeLessThanOrEqual(5 * 60_000);
    });
  });

  it("goes over 4.6 kW now and then, and feeds in on some days", () => {
    expect(moments.some(({ powersW }) => powersW.grid > 4_600)).toBe(true);
    expect(moments.filter(({ powersW }) => powersW.grid > 4_600).length).toBeLessThan(moments.length / 20);
    expect(now.counters.gridExport).toBeGreaterThan(0);
  });

  it("ends with every plug on, so that the demonstration has something to switch off", () => {
    expect(now.plugs).toEqual({ heater: true, washer: true, fridge: true });
  });
});
