import { describe, expect, it } from "vitest";
import { siteQuarters } from "../../../lib/advice/site-quarters";
import type { Role } from "../../../lib/energy/reading";
import { QUARTER_MS } from "../../../lib/energy/quarters";
import type { EnergyInterval, EnergyQuery } from "../../../lib/storage/energy-store";

const ZONE = "Europe/Madrid";
/** A store that knows the same of each quarter: every meter took 100 Wh, solar gave 300. */
function storeOf(roles: Record<string, Role>) {
  const asked: EnergyQuery[] = [];
  return {
    asked,
    roleOf: (meter: string): Role => roles[meter] ?? "load",
    store: {
      meters: async () => Object.entries(roles).map(([key, role], id) => ({ id, key, role, gapLimitMs: 0 })),
      energy: async (query: EnergyQuery): Promise<EnergyInterval[]> => {
        asked.push(query);
        const starts = Array.from(
          { length: (query.to - query.from) / QUARTER_MS },
          (_, index) => query.from + index * QUARTER_MS,
        );
        return starts.flatMap((from) =>
          (query.meters ?? []).map((meter) => ({
            meter,
            from,
            to: from + QUARTER_MS,
            importWh: roles[meter] === "solar" ? 0 : 100,
            exportWh: roles[meter] === "solar" ? 300 : 0,
            volumeM3: 0,
            measuredMs: QUARTER_MS,
            estimatedMs: 0,
          })),
        );
      },
    },
  };
}

describe("siteQuarters", () => {
  it.each<[string, Record<string, Role>, number, string[]]>([
    [
      "takes the meters at the edge where there is one",
      { grid: "grid", roof: "solar", fridge: "load" },
      400,
      ["grid", "roof"],
    ],
    ["adds the loads up where there is none", { fridge: "load", car: "ev", gas: "gas" }, 200, ["fridge", "car"]],
  ])("%s", async (_, roles, usedWh, meters) => {
    const { store, roleOf, asked } = storeOf(roles);
    const from = Date.UTC(2026, 0, 5);
    const quarters = await siteQuarters({ store, roleOf, zone: ZONE }, from, from + 2 * QUARTER_MS);
    expect(quarters).toMatchObject([
      { from, day: "2026-01-05", hour: 1, usedWh, coverage: 1 },
      { from: from + QUARTER_MS, usedWh },
    ]);
    expect(asked[0]?.meters).toEqual(meters);
  });

  it("counts no load twice that is behind another", async () => {
    const { store, roleOf, asked } = storeOf({ kitchen: "load", fridge: "load", car: "ev" });
    const behind = async () =>
      (await store.meters()).map((meter) => (meter.key === "fridge" ? { ...meter, parent: "kitchen" } : meter));
    const from = Date.UTC(2026, 0, 5);
    const parts = { store: { ...store, meters: behind }, roleOf, zone: ZONE };
    expect(await siteQuarters(parts, from, from + QUARTER_MS)).toMatchObject([{ usedWh: 200 }]);
    expect(asked[0]?.meters).toEqual(["kitchen", "car"]);
  });

  it("asks for one local day at a time, the long one of autumn too", async () => {
    const { store, roleOf, asked } = storeOf({ grid: "grid" });
    const [from, to] = [Date.parse("2026-10-24T00:00+02:00"), Date.parse("2026-10-26T00:00+01:00")];
    const quarters = await siteQuarters({ store, roleOf, zone: ZONE }, from, to);
    expect(asked.map((query) => (query.to - query.from) / 3_600_000)).toEqual([24, 25]);
    expect(quarters).toHaveLength(49 * 4);
    expect(new Set(quarters.map(({ day }) => day))).toEqual(new Set(["2026-10-24", "2026-10-25"]));
  });

  it("asks nothing where there is no meter", async () => {
    const { store, roleOf, asked } = storeOf({});
    expect(await siteQuarters({ store, roleOf, zone: ZONE }, 0, 1)).toEqual([]);
    expect(asked).toEqual([]);
  });
});
