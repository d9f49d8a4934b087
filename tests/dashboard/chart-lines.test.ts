import { describe, expect, it } from "vitest";
import type { SeriesDoc } from "../../lib/api/types";
import { axisFrom, mainMeters, toChartView } from "../../dashboard/src/model/chart-lines";
import { addReadings, noLines, toLines } from "../../dashboard/src/model/power-lines";
import { emptyScene } from "../support/dashboard-server";

const MINUTE = 60_000;
const EMPTY = emptyScene(0).state;
const series = (
  meter: string,
  role: SeriesDoc["series"][number]["role"],
  ...kw: number[]
): SeriesDoc["series"][number] => ({
  meter,
  role,
  at: kw.map((_, index) => index * MINUTE),
  kw,
});
const lines = (...list: SeriesDoc["series"]): ReturnType<typeof toLines> => toLines({ series: list });

describe("toLines", () => {
  it("draws the house from the meters at its edge, each value held until the next", () => {
    const { home } = lines(series("grid", "grid", 1, 2), series("roof", "solar", -3), series("heater", "load", 9));
    expect(home).toEqual([
      { x: 0, y: 4 },
      { x: MINUTE, y: 5 },
    ]);
  });

  it("leaves out gas and water", () => {
    expect(lines(series("gas", "gas", 1)).meters.size).toBe(0);
  });
});

describe("addReadings", () => {
  it("lengthens the lines of meter and house, and starts those that are new", () => {
    const drawn = noLines();
    addReadings(drawn, [{ meter: "a", role: "load", at: 5, kw: 1, homeKw: 1.5 }], EMPTY, 0);
    expect(drawn.meters.get("a")).toEqual({ role: "load", points: [{ x: 5, y: 1 }] });
    expect(drawn.home).toEqual([{ x: 5, y: 1.5 }]);
  });

  it("drops a reading that is older than its line, and replaces one of the same instant", () => {
    const drawn = noLines();
    for (const [at, kw] of [
      [5, 1],
      [4, 9],
      [5, 2],
    ] as const)
      addReadings(drawn, [{ meter: "a", at, kw }], EMPTY, 0);
    expect(drawn.meters.get("a")?.points).toEqual([{ x: 5, y: 2 }]);
  });

  it("forgets what lies before the span, but for the value that is held into it", () => {
    const drawn = lines(series("a", "load", 1, 2, 3, 4));
    addReadings(drawn, [{ meter: "a", at: 4 * MINUTE, kw: 5 }], EMPTY, 2.5 * MINUTE);
    expect(drawn.meters.get("a")?.points.map(({ y }) => y)).toEqual([3, 4, 5]);
  });
});

describe("toChartView", () => {
  it("puts the house first, then the meters at its edge, then the loads from the largest on", () => {
    const drawn = lines(series("fridge", "load", 0.1), series("oven", "load", 2), series("grid", "grid", 3));
    expect(toChartView(drawn, 0, MINUTE, 100).lines.map(({ meter }) => meter)).toEqual([
      undefined,
      "grid",
      "oven",
      "fridge",
    ]);
  });

  it("gives each meaning its colour, and each load one of its own", () => {
    const roles = ["grid", "solar", "battery", "load", "ev"] as const;
    const view = toChartView(lines(...roles.map((role) => series(role, role, 1))), 0, MINUTE, 100);
    expect(Object.fromEntries(view.lines.map(({ meter, colour }) => [meter ?? "home", colour]))).toEqual({
      home: "home",
      grid: "grid",
      solar: "solar",
      battery: "battery",
      ev: "inside1",
      load: "inside2",
    });
  });

  it("keeps a load's colour on every span, whichever is the largest there", () => {
    const colours = (oven: number, fridge: number): Record<string, string> =>
      Object.fromEntries(
        toChartView(lines(series("oven", "load", oven), series("fridge", "load", fridge)), 0, MINUTE, 100).lines.map(
          ({ id, colour }) => [id, colour],
        ),
      );
    expect(colours(2, 0.1)).toEqual(colours(0.1, 2));
  });

  it("shows the sun as people speak of it: above the axis", () => {
    const { lines: drawn } = toChartView(lines(series("roof", "solar", -3), series("g", "grid", 1)), 0, MINUTE, 100);
    expect(drawn.find(({ meter }) => meter === "roof")?.points[0]?.y).toBe(3);
  });

  it("draws a single meter without the house on top of it", () => {
    const { lines: drawn } = toChartView(lines(series("only", "load", 1)), 0, MINUTE, 100);
    expect(drawn.map(({ id }) => id)).toEqual(["meter:only"]);
  });

  it("keeps a meter called home apart from the house", () => {
    const { lines: drawn } = toChartView(lines(series("home", "load", 1), series("g", "grid", 1)), 0, MINUTE, 100);
    expect(new Set(drawn.map(({ id }) => id)).size).toBe(drawn.length);
  });

  it("draws twelve meters and says how many are left", () => {
    const many = Array.from({ length: 15 }, (_, index) => series(`m${index}`, "load", index));
    const view = toChartView(lines(...many), 0, MINUTE, 100);
    expect([view.lines.filter(({ meter }) => meter !== undefined).length, view.left]).toEqual([12, 3]);
  });
});

it("mainMeters names none while all can be asked for, else those at the edge and the largest", () => {
  const load = (index: number) => ({
    key: `m${index}`,
    role: "load" as const,
    kw: index,
    stale: false,
    quarantined: 0,
  });
  const loads = Array.from({ length: 60 }, (_, index) => load(index));
  expect(mainMeters(loads.slice(0, 40))).toBeUndefined();

  const asked = mainMeters([
    ...loads,
    { key: "grid", role: "grid", kw: 0, stale: false, quarantined: 0 },
    { ...load(99), key: "a,b" },
  ]);
  expect(asked?.slice(0, 2)).toEqual(["grid", "m59"]);
  expect(asked).toHaveLength(40);
  expect(asked).not.toContain("a,b");
});

describe("axisFrom", () => {
  const HOUR = 60 * MINUTE;

  it.each([
    ["the span, for meters that spoke before it", -MINUTE, 0],
    ["the first reading, for a meter that is new", 30 * MINUTE, 30 * MINUTE],
    ["five minutes ago, for the very first reading", HOUR - 1000, HOUR - 5 * MINUTE],
  ])("begins with %s", (_, first, expected) => {
    const drawn = noLines();
    addReadings(drawn, [{ meter: "a", at: first, kw: 1 }], EMPTY, -HOUR);
    expect(axisFrom(drawn, 0, HOUR)).toBe(expected);
  });

  it("begins with the span where nothing was measured", () => {
    expect(axisFrom(noLines(), 0, HOUR)).toBe(0);
  });
});
