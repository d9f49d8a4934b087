import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Alert } from "../../lib/storage/energy-store";
import energySite from "../../nodes/energy-site/energy-site";
import { siteLending } from "../../nodes/shared/borrow";
import thresholdAlert from "../../nodes/threshold-alert/threshold-alert";
import { startFlow, stopFlow, until, type FlowNode } from "../support/flow";

const MODULES = [energySite, thresholdAlert];
const SITE = {
  id: "site",
  type: "energy-site",
  name: "Casa",
  zone: "Europe/Madrid",
  currency: "EUR",
  language: "es-ES",
  contractedKw: "5",
};
const RULE = {
  id: "rule",
  type: "threshold-alert",
  site: "site",
  holdSeconds: "0",
  quietSeconds: "0",
  wires: [["raised"], ["cleared"], ["silent"]],
};
const SINKS = ["raised", "cleared", "silent"].map((id) => ({ id, type: "helper" }));
const flow = (rule: object = {}): FlowNode[] => [SITE, { ...RULE, ...rule }, ...SINKS];

const reading = (powerW: number, more: object = {}) => ({ meter: "grid", at: Date.now(), powerW, ...more });
const storedAlerts = (): Promise<Alert[]> => siteLending.borrow("site").store.alerts({ limit: 10 });
const stored = async (holds: (alerts: Alert[]) => boolean): Promise<Alert[]> => {
  await until("the alert is stored", async () => holds(await storedAlerts()));
  return await storedAlerts();
};

describe("threshold-alert", () => {
  it("forgets what it raised when it is taken away: brought back, it raises again", async () => {
    const { send, received, deploy } = await startFlow(MODULES, flow({ limitKw: "3" }));
    await send("rule", { payload: reading(3100) });
    await stored((alerts) => alerts.length === 1);
    await deploy([SITE, ...SINKS], "nodes");
    await stored(([alert]) => alert?.clearedAt !== undefined);
    await deploy(flow({ limitKw: "3" }), "nodes");
    await send("rule", { payload: reading(3200) });
    expect(await stored((alerts) => alerts.length === 2)).toMatchObject([{ values: { power: 3200 } }, {}]);
    expect(received("raised")).toHaveLength(2);
  });

  it("raises once, clears once, and keeps the alert", async () => {
    const { send, received } = await startFlow(MODULES, flow({ limitKw: "3" }));
    const high = reading(3100);
    await send("rule", { payload: high, tag: "passes through" });
    await send("rule", { payload: reading(3200, { at: high.at + 1 }) });
    await send("rule", { payload: reading(100, { at: high.at + 2 }) });

    expect(received("raised")).toMatchObject([
      {
        topic: "grid",
        tag: "passes through",
        reading: high,
        payload: { kind: "meter-above", rule: "rule", values: { power: 3100, limit: 3000 } },
      },
    ]);
    expect(received("cleared")).toMatchObject([
      { topic: "grid", payload: { kind: "meter-above", clearedAt: expect.any(Number) } },
    ]);
    const [alert, ...others] = await stored(([first]) => first?.clearedAt !== undefined);
    expect(others).toEqual([]);
    expect(alert!.id).toBe((received("raised")[0]!.payload as Alert).id);
  });

  it("repeats nothing after a restart, and clears what was raised before it", async () => {
    const userDir = mkdtempSync(join(tmpdir(), "vatio-test-"));
    const before = await startFlow(MODULES, flow({ limitKw: "3" }), { userDir });
    await before.send("rule", { payload: reading(3100) });
    expect(before.received("raised")).toHaveLength(1);
    await stopFlow();

    const after = await startFlow(MODULES, flow({ limitKw: "3" }), { userDir });
    await after.send("rule", { payload: reading(3100) });
    expect(after.received("raised")).toEqual([]);
    await after.send("rule", { payload: reading(10, { at: Date.now() + 1 }) });
    expect(after.received("cleared")).toHaveLength(1);
    expect(await stored(([first]) => first?.clearedAt !== undefined)).toHaveLength(1);
  });

  it("raises when a hold ends with no new reading", async () => {
    const { send, received } = await startFlow(MODULES, flow({ limitKw: "3", holdSeconds: "1" }));
    await send("rule", { payload: reading(3100) });
    expect(received("raised")).toEqual([]);
    await until("the hold is over", () => received("raised").length === 1);
  });

  it("takes the contracted power for its limit when it has none", async () => {
    const { send, received } = await startFlow(MODULES, flow());
    await send("rule", { payload: reading(4900) });
    await send("rule", { payload: reading(5100, { at: Date.now() + 1 }) });
    expect(received("raised")).toMatchObject([{ payload: { values: { limit: 5000 } } }]);
  });

  it("says that it needs a limit when nobody set one, and raises nothing", async () => {
    const { send, received, status } = await startFlow(MODULES, [
      { id: "rule", type: "threshold-alert", wires: [["raised"]] },
      ...SINKS,
    ]);
    await until("status", () => status("rule") !== undefined);
    expect(status("rule")).toEqual({ fill: "yellow", shape: "ring", text: "threshold-alert.status.noLimit" });
    expect(await send("rule", { payload: reading(1e6) })).toBeUndefined();
    expect(received("raised")).toEqual([]);
  });

  it.each([
    ["retained", { source: "retained" }],
    ["old", { at: Date.now() - 3_600_000 }],
    ["of the future", { at: Date.now() + 3_600_000 }],
  ])("uses no reading that is %s", async (_, more) => {
    const { send, received } = await startFlow(MODULES, flow({ limitKw: "3" }));
    expect(await send("rule", { payload: reading(9000, more) })).toBeUndefined();
    expect(received("raised")).toEqual([]);
  });

  it("tells silence on an output of its own", async () => {
    const { send, received } = await startFlow(MODULES, flow({ noDataSeconds: "1" }));
    await send("rule", { payload: reading(1) });
    await until("silence", () => received("silent").length === 1);
    await send("rule", { payload: reading(1) });
    expect(received("silent")).toMatchObject([
      { payload: { kind: "no-data", meter: "grid" } },
      { payload: { clearedAt: expect.any(Number) } },
    ]);
    expect([...received("raised"), ...received("cleared")]).toEqual([]);
  });

  it("shows how things stand", async () => {
    const { send, status } = await startFlow(MODULES, flow({ limitKw: "3" }));
    await until("status", () => status("rule") !== undefined);
    expect(status("rule")).toEqual({ fill: "yellow", shape: "ring", text: "threshold-alert.status.waiting" });
    await send("rule", { payload: reading(3100) });
    expect(status("rule")).toEqual({ fill: "red", shape: "dot", text: "threshold-alert.status.raised" });
    await send("rule", { payload: reading(1, { at: Date.now() + 1 }) });
    expect(status("rule")).toEqual({ fill: "green", shape: "dot", text: "threshold-alert.status.normal" });
  });

  it("shows a settings error, and refuses what is no reading", async () => {
    const { status } = await startFlow(MODULES, flow({ limitKw: "3", clearKw: "4" }));
    expect(status("rule")).toMatchObject({
      fill: "red",
      shape: "ring",
      text: expect.stringContaining("failure.invalid-config"),
    });
    await stopFlow();

    const again = await startFlow(MODULES, flow({ limitKw: "3" }));
    expect(await again.send("rule", { payload: "4000" })).toMatchObject({ code: "invalid-reading" });
  });

  it("judges the whole site", async () => {
    const { send, received } = await startFlow(MODULES, flow({ limitKw: "3", subject: "site" }));
    const site = siteLending.borrow("site");
    await site.keep({ readings: [reading(2000, { meter: "oven" }), reading(1500, { meter: "heater" })] });
    await send("rule", { payload: reading(1500, { meter: "heater" }) });
    await until("the alert", () => received("raised").length === 1);
    expect(received("raised")).toMatchObject([
      { topic: "Casa", payload: { kind: "site-above", values: { power: 3500 } } },
    ]);
    expect(received("raised")[0]!.payload).not.toHaveProperty("meter");
  });
});
