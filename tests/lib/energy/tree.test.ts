import { describe, expect, it } from "vitest";
import type { Role } from "../../../lib/energy/reading";
import { countedMeters, untracked, type Placed } from "../../../lib/energy/tree";

const HOUR = 3_600_000;
const meter = (key: string, role: Role, more: Partial<Placed> = {}): Placed => ({ key, role, ...more });
const row = (key: string, importWh: number, exportWh = 0, hour = 0, measuredMs = HOUR) => ({
  meter: key,
  from: hour * HOUR,
  to: (hour + 1) * HOUR,
  importWh,
  exportWh,
  measuredMs,
});

describe("countedMeters", () => {
  it.each<[string, Placed[], string[]]>([
    [
      "leaves out what is behind another of its kind, however far",
      [
        meter("floor", "load"),
        meter("kitchen", "load", { parent: "floor" }),
        meter("fridge", "load", { parent: "kitchen" }),
        meter("charger", "ev", { parent: "floor" }),
      ],
      ["floor"],
    ],
    [
      "counts what is behind another kind",
      [meter("grid", "grid"), meter("kitchen", "load", { parent: "grid" }), meter("roof", "solar", { parent: "grid" })],
      ["grid", "kitchen", "roof"],
    ],
    ["counts what is behind a meter that nobody knows", [meter("fridge", "load", { parent: "gone" })], ["fridge"]],
    [
      "leaves out a computed meter where its parts are counted",
      [
        meter("a", "load"),
        meter("b", "load"),
        meter("both", "load", { formula: { plus: ["a", "b"], minus: [] } }),
        meter("all", "load", { formula: { plus: ["both"], minus: [] } }),
      ],
      ["a", "b"],
    ],
    [
      "counts a computed meter of another kind than its parts",
      [meter("L1", "load"), meter("L2", "load"), meter("grid", "grid", { formula: { plus: ["L1", "L2"], minus: [] } })],
      ["L1", "L2", "grid"],
    ],
    [
      "counts what is behind a computed meter that is not counted",
      [
        meter("a", "load", { parent: "both" }),
        meter("b", "load", { parent: "both" }),
        meter("both", "load", { formula: { plus: ["a", "b"], minus: [] } }),
      ],
      ["a", "b"],
    ],
    [
      "leaves out what is computed from itself",
      [meter("a", "load", { formula: { plus: ["a"], minus: [] } }), meter("b", "load")],
      ["b"],
    ],
    [
      "comes to an end where parents go round in a circle",
      [meter("a", "load", { parent: "b" }), meter("b", "solar", { parent: "a" })],
      ["a", "b"],
    ],
    [
      "loses no energy where meters of one kind go round in a circle",
      [meter("a", "load", { parent: "b" }), meter("b", "load", { parent: "a" }), meter("c", "load", { parent: "a" })],
      ["a", "b"],
    ],
  ])("%s", (_, meters, counted) => {
    expect([...countedMeters(meters)].sort()).toEqual(counted);
  });
});

describe("untracked", () => {
  const meters = [
    meter("grid", "grid"),
    meter("kitchen", "load", { parent: "grid" }),
    meter("roof", "solar", { parent: "grid" }),
    meter("fridge", "load", { parent: "kitchen" }),
  ];

  it("is what passes a meter and none of those behind it, hour by hour", () => {
    const rows = [
      row("grid", 1_000),
      row("kitchen", 300),
      row("roof", 0),
      row("fridge", 80),
      row("grid", 0, 500, 1),
      row("kitchen", 400, 0, 1),
      row("roof", 0, 1_200, 1),
      row("fridge", 90, 0, 1),
    ];
    expect(untracked(rows, meters)).toEqual([
      { meter: "grid", from: 0, to: HOUR, untrackedWh: 700, coverage: 1 },
      // Of 1,200 from the roof 500 were sold and 400 went to the kitchen.
      { meter: "grid", from: HOUR, to: 2 * HOUR, untrackedWh: 300, coverage: 1 },
      { meter: "kitchen", from: 0, to: HOUR, untrackedWh: 220, coverage: 1 },
      { meter: "kitchen", from: HOUR, to: 2 * HOUR, untrackedWh: 310, coverage: 1 },
    ]);
  });

  it("is never less than nothing, and says how much of it was measured", () => {
    const rows = [row("kitchen", 50, 0, 0, HOUR / 2), row("fridge", 80, 0, 0, HOUR / 4)];
    expect(untracked(rows, meters)).toEqual([{ meter: "kitchen", from: 0, to: HOUR, untrackedWh: 0, coverage: 0.25 }]);
    expect(untracked([row("kitchen", 50)], meters)).toEqual([
      { meter: "kitchen", from: 0, to: HOUR, untrackedWh: 50, coverage: 0 },
    ]);
  });

  it("takes nothing off twice for a meter that is computed from those behind it", () => {
    const both = meter("cold", "load", { parent: "kitchen", formula: { plus: ["fridge"], minus: [] } });
    const rows = [row("kitchen", 300), row("fridge", 80), row("cold", 80)];
    expect(untracked(rows, [...meters, both])[0]).toMatchObject({ meter: "kitchen", untrackedWh: 220 });
  });

  it("has nothing to say of a meter that is its own parent", () => {
    expect(untracked([row("a", 5)], [meter("a", "load", { parent: "a" })])).toEqual([]);
  });

  it("has nothing to say of meters that go round in a circle, and much of what is behind one of them", () => {
    const circle = [meter("a", "load", { parent: "b" }), meter("b", "load", { parent: "a" })];
    const rows = [row("a", 50), row("b", 20), row("c", 15)];
    expect(untracked(rows, circle)).toEqual([]);
    expect(untracked(rows, [...circle, meter("c", "load", { parent: "a" })])).toMatchObject([
      { meter: "a", untrackedWh: 35 },
    ]);
  });
});
