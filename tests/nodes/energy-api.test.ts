import { describe, expect, it } from "vitest";
import type { SimpleReadingDoc, StateDoc } from "../../lib/api/types";
import energyApi from "../../nodes/energy-api/energy-api";
import { siteLending } from "../../nodes/shared/borrow";
import energySite from "../../nodes/energy-site/energy-site";
import { startFlow, until } from "../support/flow";
import { ask, serve } from "../support/http";

const SITE = { id: "site", type: "energy-site", name: "Home", timezone: "Europe/Madrid" };
const API = { id: "api", type: "energy-api", site: "site", wires: [["out"]] };
const OUT = { id: "out", type: "helper" };

async function startApi(settings: Record<string, unknown> = {}) {
  const flow = await startFlow([energySite, energyApi], [SITE, { ...API, ...settings }, OUT]);
  return { flow, port: await serve(flow.RED.httpNode), site: siteLending.borrow("site") };
}

describe("a fresh energy-api", () => {
  it("answers this machine's reads and says that nobody can log in yet", async () => {
    const { flow, port, site } = await startApi();
    site.meters.describe({ key: "grid", role: "grid", gapLimitMs: 300_000 });
    await site.keep({ readings: [{ meter: "grid", at: Date.now(), powerW: 1250 }] });

    const answer = await ask(port, "/api/energy");
    expect(answer.status).toBe(200);
    expect(answer.json<SimpleReadingDoc[]>()).toMatchObject([{ meter: "grid", consumption: 1.25 }]);
    await until("a yellow status", () => flow.status("api")?.fill === "yellow");

    const state = await ask(port, "/api/v1/state");
    expect(state.json<StateDoc>()).toMatchObject({
      scopes: ["read"],
      meters: [{ key: "grid", kw: 1.25, stale: false }],
    });
  });
});
