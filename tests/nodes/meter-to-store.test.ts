import type { Reading } from "../../lib/energy/reading";
import type { Node, NodeDef } from "node-red";
import { describe, expect, it } from "vitest";
import { siteLending } from "../../nodes/shared/borrow";
import { openNodeBroker } from "../../nodes/shared/node-broker";
import energyBroker from "../../nodes/energy-broker/energy-broker";
import energySite from "../../nodes/energy-site/energy-site";
import energyStore from "../../nodes/energy-store/energy-store";
import meterIn from "../../nodes/meter-in/meter-in";
import { startFlow, stopFlow, until, type FlowNode, type NodeModule, type RunningFlow } from "../support/flow";
import { startBroker } from "../support/mqtt-broker";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const MODULES = [energySite, energyBroker, meterIn, energyStore];
const SITE = { id: "site", type: "energy-site", name: "Plant", kind: "plant", zone: "Europe/Madrid" };
const METER = {
  id: "meter",
  type: "meter-in",
  site: "site",
  broker: "broker",
  topic: "energy/consumption",
  wires: [["store"], ["refused"]],
};
const STORE = { id: "store", type: "energy-store", site: "site", wires: [["out"]] };
const SINKS = [
  { id: "out", type: "helper" },
  { id: "refused", type: "helper" },
];
const broker = (url: string, more: object = {}): FlowNode => ({ id: "broker", type: "energy-broker", url, ...more });
const flow = (url: string): FlowNode[] => [SITE, broker(url), METER, STORE, ...SINKS];

/** Asks the store as a flow would; readings that pass meanwhile carry no query. */
async function storedReadings({ send, received }: Pick<RunningFlow, "send" | "received">): Promise<Reading[]> {
  await send("store", { query: { from: 0, to: Date.now() + 3_600_000 } });
  return received("out").findLast((msg) => "query" in msg)?.payload as Reading[];
}

/** A function between meter and store that breaks some readings. */
const spoiler: NodeModule = (RED) =>
  RED.nodes.registerType("spoiler", function (this: Node, def: NodeDef) {
    RED.nodes.createNode(this, def);
    this.on("input", (msg, send, done) => {
      const reading = msg.payload as Reading;
      send(reading.powerW === 13_000 ? { ...msg, payload: { ...reading, at: "yesterday" } } : msg);
      done();
    });
  });

describe("meter-in → energy-store", () => {
  it("keeps a plain number published in kW, and passes it on", async () => {
    const mqtt = await startBroker();
    const { received, send } = await startFlow(MODULES, flow(mqtt.url));
    await until("subscription", () => mqtt.isAwaited("energy/consumption"));
    await until("reading", async () => {
      await mqtt.client.publishAsync("energy/consumption", "1.25", { qos: 1 });
      return received("out").length > 0;
    });
    expect(received("out")[0]).toMatchObject({
      topic: "consumption",
      payload: { meter: "consumption", powerW: 1250, source: "live" },
    });

    const [stored] = await storedReadings({ send, received });
    expect(stored).toMatchObject({ meter: "consumption", powerW: 1250 });
  });

  it("keeps every one of a burst, and what arrives while it is stopped", async () => {
    const mqtt = await startBroker();
    const userDir = mkdtempSync(join(tmpdir(), "vatio-test-"));
    await startFlow(MODULES, flow(mqtt.url), { userDir });
    await until("subscription", () => mqtt.isAwaited("energy/consumption"));
    await mqtt.client.publishAsync("energy/consumption", "0", { qos: 1 });
    for (let index = 1; index <= 300; index += 1)
      void mqtt.client.publish("energy/consumption", String(index), { qos: 1 });
    await stopFlow();
    for (let index = 301; index <= 600; index += 1)
      await mqtt.client.publishAsync("energy/consumption", String(index), { qos: 1 });
    const { send, received } = await startFlow(MODULES, flow(mqtt.url), { userDir });
    let powers: number[] = [];
    await until("all of them", async () => {
      powers = (await storedReadings({ send, received })).map(({ powerW }) => (powerW ?? 0) / 1000);
      return powers.filter((power) => power > 0).length >= 600;
    });
    expect(powers.filter((power) => power > 0).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 600 }, (_, index) => index + 1),
    );
  });

  it("acknowledges what the store of another site keeps", async () => {
    const mqtt = await startBroker();
    const { received, send, status } = await startFlow(MODULES, [
      SITE,
      { id: "other", type: "energy-site", name: "Office" },
      broker(mqtt.url),
      METER,
      { ...STORE, site: "other" },
      ...SINKS,
    ]);
    await until("subscription", () => mqtt.isAwaited("energy/consumption"));
    await until("a reading", async () => {
      await mqtt.client.publishAsync("energy/consumption", "1", { qos: 1 });
      return received("out").length > 0;
    });
    await mqtt.client.publishAsync("energy/consumption", "2", { qos: 1 });
    await until(
      "the next one",
      () => received("out").some(({ payload }) => (payload as Reading).powerW === 2000),
      3_000,
    );
    await until("the next one in store", async () =>
      (await storedReadings({ send, received })).some(({ powerW }) => powerW === 2000),
    );
    expect(status("meter")).toMatchObject({ fill: "green" });
  });

  it("sends what it cannot decode to the second output with the reason", async () => {
    const { received, send, status } = await startFlow(MODULES, [
      SITE,
      { ...METER, topic: "", broker: "" },
      STORE,
      ...SINKS,
    ]);
    await send("meter", { topic: "energy/consumption", payload: "twelve" });
    expect(received("refused")).toMatchObject([{ payload: "twelve", reason: "not-a-number" }]);
    expect(status("meter")).toMatchObject({ fill: "red", shape: "dot" });
  });

  it("takes no more meters than a site has room for, whether by name in a topic or ready made", async () => {
    const { received, send } = await startFlow(MODULES, [SITE, { ...METER, topic: "", broker: "" }, STORE, ...SINKS]);
    const { meters } = siteLending.borrow("site");
    await meters.ready();
    for (let index = 0; index < 9_999; index += 1) meters.admits(`m${index}`);
    await send("meter", { topic: "energy/last", payload: "1" });
    await send("meter", { topic: "energy/stranger", payload: "1" });
    await send("meter", { topic: "energy/last", payload: "2" });
    const error = await send("store", { payload: { meter: "stranger", at: Date.now(), powerW: 1 } });

    expect(received("refused")).toMatchObject([{ reason: "too-many-meters", detail: "stranger" }]);
    expect(error).toMatchObject({ code: "invalid-reading" });
    let stored: string[] = [];
    await until("both readings of the last one", async () => {
      stored = (await storedReadings({ send, received })).map(({ meter }) => meter);
      return stored.length >= 2;
    });
    expect(stored).toEqual(["last", "last"]);
  });

  it("does not have what cannot be kept delivered again and again: what comes after it is kept", async () => {
    const mqtt = await startBroker();
    const spoil = { ...METER, wires: [["spoil"], []] };
    const { received, send } = await startFlow(
      [...MODULES, spoiler],
      [SITE, broker(mqtt.url), spoil, { id: "spoil", type: "spoiler", wires: [["store"]] }, STORE, ...SINKS],
    );
    await until("subscription", () => mqtt.isAwaited("energy/consumption"));
    await until("a reading", async () => {
      await mqtt.client.publishAsync("energy/consumption", "13", { qos: 1 });
      await mqtt.client.publishAsync("energy/consumption", "1", { qos: 1 });
      return received("out").length > 0;
    });
    const [stored] = await storedReadings({ send, received });
    expect(stored).toMatchObject({ powerW: 1000 });
    expect(received("out").filter(({ payload }) => (payload as Reading).powerW === 13_000)).toEqual([]);
  });

  it("passes a retained reading on, marked, and does not keep it", async () => {
    const mqtt = await startBroker();
    await mqtt.client.publishAsync("energy/consumption", "9", { qos: 1, retain: true });
    const { received, send } = await startFlow(MODULES, flow(mqtt.url));
    await until("retained reading", () => received("out").length === 1);
    expect(received("out")[0]).toMatchObject({ payload: { powerW: 9000, source: "retained" }, retain: true });
    expect(await storedReadings({ send, received })).toEqual([]);
  });

  it("sets a reading from the future aside instead of moving it", async () => {
    const { received, send, status } = await startFlow(MODULES, [SITE, STORE, ...SINKS]);
    await send("store", { payload: { meter: "m", at: Date.now() + 600_000, powerW: 1 } });
    expect(await storedReadings({ send, received })).toEqual([]);
    expect(status("store")).toMatchObject({ fill: "red" });
  });

  it("shows a wrong password on the node that uses the broker", async () => {
    const mqtt = await startBroker({ user: "u", password: "right" });
    const { status } = await startFlow(MODULES, [SITE, broker(mqtt.url), METER, STORE, ...SINKS], {
      credentials: { broker: { user: "u", password: "wrong" } },
    });
    await until("the reason", () => status("meter")?.text?.includes("wrong-password") ?? false);
    expect(status("meter")).toMatchObject({ fill: "red", shape: "ring" });
  });

  it("does not tell the password that somebody wrote into a broker's address", async () => {
    const { RED } = await startFlow(MODULES, [SITE]);
    for (const url of ["http://vatio:s3cret@host", "mqtt:vatio:s3cret@host", "vatio:s3cret@host:1883"]) {
      const open = (): unknown => openNodeBroker(RED, "broker", { url }, {});
      expect(open).toThrow("…@host");
      expect(open).not.toThrow("s3cret");
    }
  });

  it.each([
    ["topic", { topic: "a/#/b" }],
    ["gapLimitSeconds", { gapLimitSeconds: "soon" }],
    ["site", { site: "gone" }],
    ["broker", { broker: "gone" }],
  ])("shows a settings error in %s instead of starting", async (_, setting) => {
    const { status } = await startFlow(MODULES, [
      SITE,
      broker("mqtt://127.0.0.1:9"),
      { ...METER, ...setting },
      ...SINKS,
      STORE,
    ]);
    expect(status("meter")).toMatchObject({
      fill: "red",
      shape: "ring",
      text: expect.stringContaining("invalid-config") as string,
    });
  });
});
