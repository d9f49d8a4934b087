import { describe, expect, it } from "vitest";
import { makeMeterSettings, type MeterDef } from "../../nodes/meter-in/meter-settings";

const SITE = { zone: "Europe/Madrid", kind: "home" } as const;
const make = (def: MeterDef) => makeMeterSettings(def, SITE);

describe("the settings of a meter", () => {
  it("are the site's and the device's where nothing is set", () => {
    expect(make({})).toMatchObject({
      reversed: false,
      covers: { kind: "instant" },
      described: { gapLimitMs: 300_000 },
      staleMs: 300_000,
      maxPowerW: 100_000,
    });
    expect(make({})).not.toHaveProperty("role");
  });

  it.each([
    ["an office", "office", 2_000_000],
    ["a plant", "plant", 100_000_000],
  ] as const)("let %s carry more", (_, kind, maxPowerW) => {
    expect(makeMeterSettings({}, { ...SITE, kind })).toMatchObject({ maxPowerW });
  });

  it("are told to the store in its units", () => {
    const def = { maxPowerKw: "11", rolloverKwh: "99999.9", staleSeconds: "60", netting: "hour", parent: " grid " };
    expect(make(def).described).toEqual({
      gapLimitMs: 300_000,
      staleMs: 60_000,
      maxPowerW: 11_000,
      rolloverWh: 99_999_900,
      netting: "hour",
      parent: "grid",
    });
  });

  it("hold the mean power of an interval until the next one", () => {
    expect(make({ covers: "interval", intervalMinutes: "60" }).described.gapLimitMs).toBe(3_600_000);
    expect(make({ covers: "interval", intervalMinutes: "1440" }).described.gapLimitMs).toBe(25 * 3_600_000);
    expect(make({ covers: "registers", intervalMinutes: "60" }).described.gapLimitMs).toBe(300_000);
  });

  it("name the parts of a computed meter, which subscribes to nothing", () => {
    const settings = make({ profile: "computed", meter: "rest", plus: "grid, solar,grid", minus: "heat pump" });
    expect(settings).toMatchObject({
      filter: "",
      described: { formula: { plus: ["grid", "solar"], minus: ["heat pump"] } },
    });
  });

  it.each<[string, MeterDef, string]>([
    ["a topic that is no filter", { topic: "a/#/b" }, "topic"],
    ["a limit of nothing", { maxPowerKw: "0" }, "maxPowerKw"],
    ["a power that is no number", { maxPowerKw: "much" }, "maxPowerKw"],
    ["a silence of less than nothing", { staleSeconds: "-1" }, "staleSeconds"],
    ["a netting that no country has", { netting: "year" }, "netting"],
    ["an interval that no meter has", { covers: "interval", intervalMinutes: "7" }, "intervalMinutes"],
    ["a computed meter without a name", { profile: "computed", plus: "grid" }, "meter"],
    ["a computed meter of nothing", { profile: "computed", meter: "rest", minus: "grid" }, "plus"],
    ["a computed meter of itself", { profile: "computed", meter: "rest", plus: "grid,rest" }, "plus"],
  ])("refuse %s, and name the field", (_, def, field) => {
    expect(() => make(def)).toThrow(expect.objectContaining({ code: "invalid-config", field }) as Error);
  });
});
