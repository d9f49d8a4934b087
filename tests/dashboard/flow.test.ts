import { describe, expect, it } from "vitest";
import type { StateDoc } from "../../lib/api/types";
import { layoutFlow, shorten, toFlow } from "../../dashboard/src/model/flow";
import { busyScene } from "../support/dashboard-server";

const { state } = busyScene(0);
const withPower = (power: StateDoc["power"], loads: readonly [string, number][] = []): StateDoc => ({
  ...state,
  power,
  meters: loads.map(([key, kw]) => ({ key, role: "load", kw, stale: false, quarantined: 0 })),
});
const kinds = (power: StateDoc["power"]): [string[], string[]] => {
  const { sources, sinks } = toFlow(withPower(power));
  return [sources.map(({ kind }) => kind), sinks.map(({ kind }) => kind)];
};

describe("toFlow", () => {
  it.each<[string, StateDoc["power"], string[], string[]]>([
    ["buying", { homeKw: 1, gridKw: 1 }, ["grid"], ["rest"]],
    ["selling", { homeKw: 1, gridKw: -2, solarKw: 3 }, ["solar"], ["rest", "export"]],
    ["charging", { homeKw: 1, gridKw: 0, solarKw: 3, batteryKw: 2 }, ["solar"], ["rest", "battery"]],
    ["discharging", { homeKw: 1, gridKw: 0, batteryKw: -1 }, ["battery"], ["rest"]],
    ["at night", { homeKw: 0, solarKw: 0 }, [], []],
  ])("%s", (_, power, sources, sinks) => {
    expect(kinds(power)).toEqual([sources, sinks]);
  });

  it("counts all as bought where no meter stands at the grid or on the roof", () => {
    const { sources } = toFlow(withPower({ homeKw: 1.25 }, [["oven", 1.25]]));
    expect(sources).toEqual([{ kind: "grid", kw: 1.25 }]);
  });

  it("names the largest loads and sums up the rest", () => {
    const { sinks } = toFlow(
      withPower({ homeKw: 3 }, [
        ["a", 0.1],
        ["b", 1],
        ["c", 0.5],
        ["d", 0.2],
        ["e", 0.3],
        ["off", 0],
      ]),
    );
    expect(sinks.map(({ meter, kind }) => meter ?? kind)).toEqual(["b", "c", "e", "d", "rest"]);
    expect(sinks.at(-1)?.kw).toBeCloseTo(1);
  });
});

describe("layoutFlow", () => {
  it.each([326, 700, 1200])("keeps everything inside a card of %i px, and labels apart", (width) => {
    const { sinks, sources, height, labelWidth } = layoutFlow(toFlow(state), width);
    const rows = sinks.map(({ y }) => y);

    expect(Math.max(...sinks.map(({ x }) => x)) + labelWidth).toBeLessThanOrEqual(width);
    expect([...sources, ...sinks].every(({ y }) => y > 0 && y < height)).toBe(true);
    for (const [index, y] of rows.slice(1).entries()) expect(y - rows[index]!).toBeGreaterThan(40);
  });
});

it.each([
  ["Heater", 10, "Heater"],
  ["Washing machine", 10, "Washing m…"],
  ["👨‍👩‍👧 family", 3, "👨‍👩‍👧 …"],
])("shorten(%s, %i) is %s", (name, most, expected) => {
  expect(shorten(name, most)).toBe(expected);
});
