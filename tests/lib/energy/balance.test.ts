import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { homePowerW, siteEnergy, siteEnergyByInterval } from "../../../lib/energy/balance";
import type { Role } from "../../../lib/energy/reading";

const HOUR = 3_600_000;
const row = (meter: string, importWh: number, exportWh = 0, measuredMs = HOUR) => ({
  meter,
  from: 0,
  to: HOUR,
  importWh,
  exportWh,
  measuredMs,
});
/** Meters are called by their roles. */
const rolesOf = (rows: readonly { readonly meter: string }[]): Map<string, Role> =>
  new Map(rows.map(({ meter }) => [meter, meter.split(" ")[0] as Role]));

describe("siteEnergy", () => {
  it.each([
    ["what a lone grid meter took", [row("grid", 500)], { usedWh: 500, importWh: 500, exportWh: 0, solarWh: 0 }],
    [
      "what the sun gave and was not sold",
      [row("grid", 100, 300), row("solar", 0, 900)],
      { usedWh: 700, importWh: 100, exportWh: 300, solarWh: 900 },
    ],
    [
      "what a battery gave, less what it took",
      [row("grid", 1000), row("battery", 400, 100)],
      { usedWh: 700, importWh: 1000, exportWh: 0, solarWh: 0 },
    ],
    [
      "the loads where there is no grid meter",
      [row("load a", 200), row("load b", 300), row("ev", 50)],
      { usedWh: 550, importWh: 550, exportWh: 0, solarWh: 0 },
    ],
    [
      "the edge alone, not the loads inside it once more",
      [row("grid", 1000), row("load", 400), row("gas", 7)],
      { usedWh: 1000, importWh: 1000, exportWh: 0, solarWh: 0 },
    ],
    ["nothing of nothing", [], { usedWh: 0, importWh: 0, exportWh: 0, solarWh: 0, coverage: 0 }],
  ] as const)("counts %s", (_, rows, expected) => {
    expect(siteEnergy(rows, rolesOf(rows))).toMatchObject(expected);
  });

  it("says how much of the time was measured", () => {
    const rows = [row("grid", 1, 0, HOUR), row("solar", 0, 1, HOUR / 2)];
    expect(siteEnergy(rows, rolesOf(rows)).coverage).toBe(0.75);
  });

  it("balances whatever the meters say, unless they contradict each other", () => {
    const wh = fc.double({ min: 0, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(wh, wh, wh, wh, wh, (bought, sold, sun, charged, given) => {
        const rows = [row("grid", bought, sold), row("solar", 0, sun), row("battery", charged, given)];
        const { usedWh, importWh, exportWh, solarWh, batteryWh, ...shares } = siteEnergy(rows, rolesOf(rows));
        expect([importWh, exportWh, solarWh, batteryWh]).toEqual([bought, sold, sun, given - charged]);
        // Used = solar + battery + grid.
        expect(usedWh).toBeCloseTo(Math.max(0, solarWh + batteryWh + (importWh - exportWh)), 3);
        for (const share of [shares.selfConsumption, shares.selfSufficiency]) {
          expect(share === undefined || (share >= 0 && share <= 1)).toBe(true);
        }
      }),
    );
  });

  it.each([
    ["all of the sun kept, half of what was used bought", 400, 0, 400, 1, 0.5],
    ["a quarter of the sun kept, nothing bought", 0, 300, 400, 0.25, 1],
    ["no sun", 400, 0, 0, undefined, 0],
    ["more sold than the sun gave", 100, 500, 400, 0, undefined],
  ])("tells how much a site lives on its own: %s", (_, bought, sold, sun, selfConsumption, selfSufficiency) => {
    const rows = [row("grid", bought, sold), row("solar", 0, sun)];
    const sum = siteEnergy(rows, rolesOf(rows));
    expect([sum.selfConsumption, sum.selfSufficiency]).toEqual([selfConsumption, selfSufficiency]);
  });

  it("tells it hour by hour", () => {
    const later = { from: HOUR, to: 2 * HOUR };
    const rows = [
      { ...row("grid", 0, 300), ...later },
      { ...row("solar", 0, 400), ...later },
      row("grid", 400),
      row("solar", 0, 400),
    ];
    expect(
      siteEnergyByInterval(rows, rolesOf(rows)).map(({ from, to, selfConsumption }) => [
        from / HOUR,
        to / HOUR,
        selfConsumption,
      ]),
    ).toEqual([
      [0, 1, 1],
      [1, 2, 0.25],
    ]);
  });

  it("counts no meter that has no role in it", () => {
    const rows = [row("load a", 200), row("behind a", 150)];
    expect(siteEnergy(rows, new Map([["load a", "load"]])).usedWh).toBe(200);
  });

  it("takes nothing else for what was bought while the grid's meter is silent, and its time is missing", () => {
    const rows = [row("load", 400), row("solar", 0, 300)];
    const sum = siteEnergy(rows, new Map([...rolesOf(rows), ["grid", "grid"]]));
    expect(sum).toEqual({ usedWh: 300, importWh: 0, exportWh: 0, solarWh: 300, batteryWh: 0, coverage: 0.5 });
    expect(siteEnergy([row("load", 400)], new Map([["grid", "grid"]])).coverage).toBe(0);
  });
});

describe("homePowerW", () => {
  it.each([
    ["the grid alone", [{ role: "grid", powerW: 500 }], 500],
    [
      "sold sun",
      [
        { role: "grid", powerW: -1000 },
        { role: "solar", powerW: -3000 },
      ],
      2000,
    ],
    [
      "a battery that charges",
      [
        { role: "grid", powerW: 2000 },
        { role: "battery", powerW: 1500 },
      ],
      500,
    ],
    [
      "two grid meters",
      [
        { role: "grid", powerW: 1 },
        { role: "grid", powerW: 2 },
      ],
      3,
    ],
    [
      "loads without a grid meter",
      [
        { role: "load", powerW: 1 },
        { role: "ev", powerW: 2 },
      ],
      3,
    ],
    ["a grid meter that is silent", [{ role: "grid" }, { role: "load", powerW: 5 }], undefined],
    ["sun that is silent", [{ role: "grid", powerW: 5 }, { role: "solar" }], undefined],
    ["a load that is silent behind a grid meter", [{ role: "grid", powerW: 5 }, { role: "load" }], 5],
    ["gas alone", [{ role: "gas", powerW: 5 }], undefined],
    ["no meter", [], undefined],
  ] as const)("with %s", (_, powers, expected) => {
    expect(homePowerW(powers)).toBe(expected);
  });
});
