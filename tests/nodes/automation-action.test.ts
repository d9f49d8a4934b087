import { describe, expect, it } from "vitest";
import Database from "better-sqlite3";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DeviceState } from "../../lib/automation/devices";
import type { Site } from "../../lib/site/site";
import automationAction from "../../nodes/automation-action/automation-action";
import energyBroker from "../../nodes/energy-broker/energy-broker";
import energySite from "../../nodes/energy-site/energy-site";
import { siteLending } from "../../nodes/shared/borrow";
import { startFlow, stopFlow, until, type RunningFlow } from "../support/flow";
import { startBroker, type TestBroker } from "../support/mqtt-broker";
import { startPlug, type Plug, type PlugFamily } from "../support/plug";

interface Scene {
  readonly flow: RunningFlow;
  readonly site: Site;
  readonly broker: TestBroker;
  readonly plug: Plug;
  state(): DeviceState;
  /** The states sent on output 2. */
  told(): string[];
}

async function startNode(broker: TestBroker, settings: object = {}, userDir?: string): Promise<Omit<Scene, "plug">> {
  const flow = await startFlow(
    [energySite, energyBroker, automationAction],
    [
      { id: "site", type: "energy-site", name: "Home" },
      { id: "broker", type: "energy-broker", url: broker.url },
      {
        id: "action",
        type: "automation-action",
        site: "site",
        broker: "broker",
        device: "heater",
        confirmSeconds: "0.3",
        wires: [["commands"], ["states"]],
        ...settings,
      },
      { id: "commands", type: "helper" },
      { id: "states", type: "helper" },
    ],
    userDir === undefined ? {} : { userDir },
  );
  const site = siteLending.borrow("site");
  const state = (): DeviceState => {
    const device = site.devices.get("action");
    if (!device) throw new Error("no device is offered");
    return device.state();
  };
  const told = (): string[] => flow.received("states").map(({ payload }) => (payload as DeviceState).state);
  return { flow, site, broker, state, told };
}

async function startScene(settings: { profile?: PlugFamily; [key: string]: unknown } = {}): Promise<Scene> {
  const broker = await startBroker();
  const plug = await startPlug(broker.client, settings.profile ?? "tasmota");
  const scene = { ...(await startNode(broker, settings)), plug };
  await until(
    "the broker is reached",
    () => scene.flow.status("action")?.text !== "automation-action.status.connecting",
  );
  return scene;
}

const text = (flow: RunningFlow): string | undefined => flow.status("action")?.text?.split(".").at(-1);

describe("automation-action", () => {
  it("says what to do next while no device is chosen, and switches nothing", async () => {
    const flow = await startFlow([automationAction], [{ id: "action", type: "automation-action" }]);
    await until("it says so", () => text(flow) === "chooseDevice");
    expect(flow.status("action")).toMatchObject({ fill: "yellow", shape: "ring" });
    expect(await flow.send("action", { payload: true })).toBeUndefined();
  });

  it.each<[PlugFamily]>([["tasmota"], ["shelly-gen1"], ["shelly-gen2"], ["zigbee2mqtt"]])(
    "switches a %s plug on and off and hears that it obeyed",
    async (profile) => {
      const { flow, plug, state, told } = await startScene({ profile, confirmSeconds: "5" });
      expect(await flow.send("action", { payload: "ON" })).toBeUndefined();
      expect(plug.on).toBe(true);
      expect(state()).toMatchObject({ state: "on", name: "heater" });

      expect(await flow.send("action", { payload: false })).toBeUndefined();
      expect(plug).toMatchObject({ on: false, commands: [true, false] });
      expect(told().slice(-2)).toEqual(["on", "off"]);
      expect(flow.received("commands")).toHaveLength(2);
    },
  );

  it("sends the command as a message that keeps what came with the input", async () => {
    const { flow } = await startScene();
    await flow.send("action", { payload: true, room: "bath" });
    expect(flow.received("commands")).toMatchObject([{ topic: "cmnd/heater/POWER", payload: "ON", room: "bath" }]);
    expect(flow.received("states").at(-1)).toMatchObject({ topic: "heater", payload: { state: "on" }, room: "bath" });
  });

  it("gives up on a mute device after three tries: unknown, an error to catch, and one alert", async () => {
    const { flow, site, plug, state, told } = await startScene();
    plug.mute = true;
    expect(await flow.send("action", { payload: true })).toMatchObject({ code: "no-answer" });
    expect(plug.commands).toEqual([true, true, true]);
    expect(state().state).toBe("unknown");
    expect(told().at(-1)).toBe("unknown");
    await flow.send("action", { payload: true });
    await until("the alert is stored", async () => (await site.store.alerts({ limit: 9 })).length > 0);
    expect(await site.store.alerts({ limit: 9 })).toMatchObject([
      { kind: "device-unknown", rule: "action", severity: "warning", values: { device: "heater" } },
    ]);

    plug.mute = false;
    await flow.send("action", { payload: true });
    expect(state().state).toBe("on");
    await until("the alert is over", async () => (await site.store.alerts({ limit: 9, openOnly: true })).length === 0);
  });

  it("leaves alone what a person switched", async () => {
    const { flow, plug, state, told } = await startScene();
    await flow.send("action", { payload: true });
    await plug.press();
    await until("the press is heard", () => state().state === "off");
    expect(plug).toMatchObject({ on: false, commands: [true] });
    expect(told().at(-1)).toBe("off");
  });

  it("does for the dashboard what it does for its input", async () => {
    const { site, plug, state } = await startScene({ minOnSeconds: "3600" });
    const device = site.devices.get("action");
    await device?.command(true, "somebody");
    expect(plug.on).toBe(true);

    await device?.command(false, "somebody");
    const { waitsUntil = 0, pending } = state();
    expect(pending).toMatchObject({ on: false });
    expect(waitsUntil - site.now()).toBeGreaterThan(3_500_000);
    expect(plug.commands).toEqual([true]);
  });

  it("never switches on what is stale, retained, imported or a mere reading", async () => {
    const { flow, plug } = await startScene();
    const now = Date.now();
    const messages: object[] = [
      { payload: true, retain: true },
      { payload: true, reading: { meter: "grid", at: now - 6 * 60_000, powerW: 1 } },
      { payload: true, reading: { meter: "grid", at: now, source: "retained" } },
      { payload: true, reading: { meter: "grid", at: now, source: "imported" } },
      { payload: { meter: "grid", at: now, powerW: 4_000 } },
    ];
    for (const msg of messages) expect(await flow.send("action", msg as never)).toBeUndefined();
    expect(await flow.send("action", { payload: "perhaps" })).toMatchObject({ code: "invalid-command" });
    expect(plug.commands).toEqual([]);
  });

  it("sheds its load on an alert and takes it up again when that is over", async () => {
    const { flow, plug } = await startScene();
    plug.on = true;
    const alert = { id: "1", at: Date.now(), rule: "r", severity: "warning", kind: "site-above", values: {} };
    await flow.send("action", { payload: alert });
    expect(plug.on).toBe(false);
    await flow.send("action", { payload: { ...alert, clearedAt: Date.now() } });
    expect(plug.on).toBe(true);
  });

  it("shows a retained report, and does not take it for an answer", async () => {
    const broker = await startBroker();
    await broker.client.publishAsync("stat/heater/POWER", "ON", { qos: 1, retain: true });
    const { flow, state } = await startNode(broker);
    await until("the retained report came", () => state().state === "on");
    expect(state().confirmedAt).toBeUndefined();
    expect(await flow.send("action", { payload: true })).toMatchObject({ code: "no-answer" });
  });

  it("holds minimum times over a restart, and switches nothing by it", async () => {
    const broker = await startBroker();
    const plug = await startPlug(broker.client, "tasmota");
    const userDir = mkdtempSync(join(tmpdir(), "vatio-test-"));
    const first = await startNode(broker, { minOnSeconds: "3600" }, userDir);
    await first.flow.send("action", { payload: true });
    const { store } = first.site;
    await until("it is stored", async () => "turned" in (await store.recall("action")));
    await stopFlow();

    const { flow, state } = await startNode(broker, { minOnSeconds: "3600" }, userDir);
    await until("it asked how the plug is", () => state().state === "on");
    expect(await flow.send("action", { payload: false })).toBeUndefined();
    expect(state().waitsUntil).toBeGreaterThan(Date.now() + 3_500_000);
    expect(plug).toMatchObject({ on: true, commands: [true] });
    await stopFlow();
    rmSync(userDir, { recursive: true, force: true });
  });

  it("sends a wish made in a short outage once the broker is back", async () => {
    const { flow, broker, plug } = await startScene({ confirmSeconds: "5" });
    await broker.shut();
    await until("the outage shows", () => text(flow) === "unreachable");
    const sent = flow.send("action", { payload: true });
    expect(plug.commands).toEqual([]);
    await broker.open();
    expect(await sent).toBeUndefined();
    expect(plug.on).toBe(true);
  });

  it("gives a wish up in a long outage, and never delivers it afterwards", async () => {
    const { flow, broker, plug, state } = await startScene({ confirmSeconds: "0.1" });
    await broker.shut();
    await until("the outage shows", () => text(flow) === "unreachable");
    expect(await flow.send("action", { payload: true })).toMatchObject({ code: "broker-offline" });
    await broker.open();
    await until("the plug is heard again", () => state().confirmedAt !== undefined);
    expect(plug).toMatchObject({ on: false, commands: [] });
  });

  it("is not delayed by somebody who holds the database, and remembers afterwards", async () => {
    const { flow, site, plug, state } = await startScene({ confirmSeconds: "5" });
    const other = new Database(site.settings.file);
    other.exec("BEGIN IMMEDIATE");
    expect(await flow.send("action", { payload: true })).toBeUndefined();
    expect(plug).toMatchObject({ on: true, commands: [true] });
    expect(state().state).toBe("on");

    other.exec("ROLLBACK");
    other.close();
    await until("it is remembered", async () => "turned" in (await site.store.recall("action")));
  });

  it("falls back to its safe state when its input falls silent", async () => {
    const { flow, plug, state } = await startScene({ repeatSeconds: "1", safeState: "off" });
    await flow.send("action", { payload: true });
    const heardAt = Date.now();
    await until("it is safe", () => state().state === "off", 2_000);
    expect(Date.now() - heardAt).toBeLessThan(2_000);
    expect(plug.commands).toEqual([true, false]);
    await until("the status says why", () => text(flow) === "silent");
  });

  it("believes the power of a meter where the device never reports", async () => {
    const topics = { profile: "generic", device: "", commandTopic: "pump/set", confirmMeter: "pump", confirmW: "20" };
    const broker = await startBroker();
    const { flow, site, state } = await startNode(broker, { ...topics, confirmSeconds: "5" });
    const done = flow.send("action", { payload: "on" });
    await until("the command is out", () => broker.seen.some(({ topic }) => topic === "pump/set"));
    site.live.publish({ kind: "reading", reading: { meter: "pump", at: site.now() + 1, powerW: 350 } });
    expect(await done).toBeUndefined();
    expect(state()).toMatchObject({ state: "on", meter: "pump" });
  });

  it("stays honestly unknown where nothing can confirm", async () => {
    const broker = await startBroker();
    const { flow, state, told } = await startNode(broker, { profile: "generic", device: "", commandTopic: "pump/set" });
    expect(await flow.send("action", { payload: 1 })).toBeUndefined();
    expect(broker.seen).toContainEqual({ topic: "pump/set", payload: "on" });
    expect(state().state).toBe("unknown");
    expect(told()).toEqual(["unknown"]);
  });

  it.each([
    ["a wildcard as device", { device: "#" }],
    ["a time that is no number", { minOnSeconds: "soon" }],
    ["a safe state nobody knows", { safeState: "maybe" }],
  ])("shows a settings error for %s instead of starting", async (_, settings) => {
    const flow = await startFlow(
      [automationAction],
      [{ id: "action", type: "automation-action", device: "d", ...settings }],
    );
    await until("it shows", () => flow.status("action")?.fill === "red");
    expect(text(flow)).toBe("invalid-config");
  });
});
