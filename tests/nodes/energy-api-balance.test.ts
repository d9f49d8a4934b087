import { describe, expect, it } from "vitest";
import type { BalanceDoc, ProblemDoc } from "../../lib/api/types";
import type { Reading, Role } from "../../lib/energy/reading";
import { startApi } from "../support/api-flow";
import { ask } from "../support/http";

const HOUR = 3_600_000;
/** Noon in Madrid. */
const NOON = Date.UTC(2026, 0, 15, 11);

async function start() {
  const api = await startApi();
  const headers = { Authorization: `Bearer ${await api.token(["read"])}` };
  const describeMeter = (key: string, role: Role, parent?: string) =>
    api.site.meters.describe({ key, role, gapLimitMs: 2 * HOUR, ...(parent !== undefined && { parent }) });
  describeMeter("grid", "grid");
  describeMeter("roof", "solar");
  describeMeter("heater", "load", "grid");
  const said = (meter: string, hour: number, importWh: number, exportWh = 0): Reading => ({
    meter,
    at: NOON + hour * HOUR,
    importWh,
    exportWh,
    source: "imported",
  });
  await api.site.keep({
    readings: [0, 1, 2].flatMap((hour) => [
      said("grid", hour, 900 * hour, 100 * hour),
      said("roof", hour, 0, 400 * hour),
      said("heater", hour, 250 * hour),
    ]),
  });
  const get = (query: string) => ask(api.port, `/api/v1/balance?from=2026-01-15T11:00:00Z&${query}`, { headers });
  return { ...api, get };
}

describe("the balance", () => {
  it("tells by hour what was used and from where, how much the site lives on its own, and what no meter tracks", async () => {
    const { get } = await start();
    const { site, untracked } = (await get("to=2026-01-15T13:00:00Z&interval=hour")).json<BalanceDoc>();
    const hour = {
      usedKwh: 1.2,
      importKwh: 0.9,
      exportKwh: 0.1,
      solarKwh: 0.4,
      batteryKwh: 0,
      selfConsumption: 0.75,
      selfSufficiency: 0.25,
      coverage: 1,
    };
    expect(site).toEqual([
      { from: "2026-01-15T12:00:00.000+01:00", to: "2026-01-15T13:00:00.000+01:00", ...hour },
      { from: "2026-01-15T13:00:00.000+01:00", to: "2026-01-15T14:00:00.000+01:00", ...hour },
    ]);
    expect(untracked.map(({ meter, kwh, coverage }) => [meter, kwh, coverage])).toEqual([
      ["grid", 0.55, 1],
      ["grid", 0.55, 1],
    ]);
  });

  it.each([
    ["ends before it begins", "to=2026-01-15T10:00:00Z"],
    ["is too long for its interval", "to=2026-03-15T10:00:00Z&interval=quarter"],
    ["has no such interval", "to=2026-01-15T13:00:00Z&interval=minute"],
  ])("refuses a range that %s", async (_, query) => {
    const { get } = await start();
    const answer = await get(query);
    expect([answer.status, answer.json<ProblemDoc>().code]).toEqual([400, "invalid-query"]);
  });
});
