import Database from "better-sqlite3";
import type { NodeDef, Node } from "node-red";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import automationAction from "../../nodes/automation-action/automation-action";
import energyBroker from "../../nodes/energy-broker/energy-broker";
import energySite from "../../nodes/energy-site/energy-site";
import energyStore from "../../nodes/energy-store/energy-store";
import meterIn from "../../nodes/meter-in/meter-in";
import savingsAdvisor from "../../nodes/savings-advisor/savings-advisor";
import thresholdAlert from "../../nodes/threshold-alert/threshold-alert";
import { startFlow, stopFlow, until, type FlowNode, type NodeModule } from "../support/flow";
import { startMosquitto } from "../support/mosquitto";
import { startBroker, type TestBroker } from "../support/mqtt-broker";
import { itNeeds } from "../support/requires";
import { storedPowers } from "../support/stored-powers";

/** Passes messages on in the next turn, as most nodes do that work for a while. */
const slow: NodeModule = (RED) =>
  RED.nodes.registerType("slow", function (this: Node, def: NodeDef) {
    RED.nodes.createNode(this, def);
    this.on("input", (msg, send, done) => {
      setTimeout(() => {
        send(msg);
        done();
      }, 10);
    });
  });
const MODULES = [energySite, energyBroker, meterIn, energyStore, slow];

const flow = (url: string, revision: number, changing: string): FlowNode[] => {
  const changed = (id: string) => (changing === id ? { name: `revision ${revision}` } : {});
  return [
    { id: "tab", type: "tab", label: `${changing === "tab" ? revision : 0}` },
    { id: "site", type: "energy-site", ...changed("site") },
    { id: "broker", type: "energy-broker", url, ...changed("broker") },
    {
      id: "meter",
      z: "tab",
      type: "meter-in",
      site: "site",
      broker: "broker",
      topic: "energy/consumption",
      maxPowerKw: "100000",
      wires: [["between"], []],
      ...changed("meter"),
    },
    { id: "between", z: "tab", type: "slow", wires: [["store"]], ...changed("between") },
    { id: "store", z: "tab", type: "energy-store", site: "site", wires: [[]], ...changed("store") },
  ];
};

const DEPLOYS = [
  ["nodes", "store"],
  ["nodes", "between"],
  ["nodes", "meter"],
  ["nodes", "broker"],
  ["nodes", "site"],
  ["flows", "tab"],
  ["full", "none"],
] as const;

describe("a deploy under load", () => {
  for (const [type, changing] of DEPLOYS) {
    const title = `of ${type} with another ${changing} loses and doubles no reading`;
    it(`${title}, at MQTT 3.1.1`, async () => deployUnderLoad(await startBroker(), type, changing), 60_000);
    itNeeds(
      "mosquitto",
      `${title}, at MQTT 5 with Mosquitto`,
      async (program) => deployUnderLoad(await startMosquitto(program), type, changing),
      60_000,
    );
  }
});

async function deployUnderLoad(
  { url, client }: Pick<TestBroker, "url" | "client">,
  type: "nodes" | "flows" | "full",
  changing: string,
): Promise<void> {
  const { userDir, deploy } = await startFlow(MODULES, flow(url, 0, changing));
  const file = join(userDir, "vatio", "home.db");
  await until("a first reading", async () => {
    await client.publishAsync("energy/consumption", "0", { qos: 1 });
    return storedPowers(file).length > 0;
  });

  let sent = 0;
  const load = new AbortController();
  const loading = (async () => {
    while (!load.signal.aborted) {
      client.publish("energy/consumption", String(++sent), { qos: 1 });
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  })();
  for (let revision = 1; revision <= 8; revision += 1) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    await deploy(flow(url, revision, changing), type);
  }
  load.abort();
  await loading;

  const stored = (): number[] => storedPowers(file).filter((power) => power > 0);
  await until("all of them", () => new Set(stored()).size >= sent, 40_000);
  expect(stored().sort((a, b) => a - b)).toEqual(Array.from({ length: sent }, (_, index) => (index + 1) * 1000));
}

const METER = { type: "meter-in", site: "site", broker: "broker", wires: [["store"], []] };
const subscribing = (url: string, topic: string): FlowNode[] => [
  { id: "site", type: "energy-site" },
  { id: "broker", type: "energy-broker", url },
  { ...METER, id: "meter", topic },
  { id: "store", type: "energy-store", site: "site", wires: [[]] },
];

describe("what is remembered of a session", () => {
  it("goes on without it when it cannot be written, and says so", async () => {
    const mqtt = await startBroker();
    const { userDir, deploy, RED } = await startFlow(MODULES, subscribing(mqtt.url, "first"));
    const file = join(userDir, "vatio", "home.db");
    await until("both connections", () => mqtt.guests() === 2);
    const warned: unknown[] = [];
    RED.log.addHandler({ emit: (_: string, { msg }: { msg: unknown }) => warned.push(msg) } as never);

    mkdirSync(join(userDir, "vatio", "mqtt-sessions.json.new"));
    await deploy(subscribing(mqtt.url, "second"), "nodes");
    await until("a reading of the new topic", async () => {
      await mqtt.client.publishAsync("second", "1", { qos: 1 });
      return storedPowers(file).length > 0;
    });
    expect(warned.join()).toContain("mqtt-sessions.json");
  });

  it("is of one broker: back at the first, what was added meanwhile is subscribed to there too", async () => {
    const [here, there] = [await startBroker(), await startBroker()];
    const userDir = mkdtempSync(join(tmpdir(), "vatio-test-"));
    onTestFinished(() => rmSync(userDir, { recursive: true, force: true }));
    const subscribedAt = async ({ client, guests, url }: TestBroker, topic: string): Promise<void> => {
      await startFlow(MODULES, subscribing(url, topic), { userDir });
      await until("both connections", () => guests() === 2);
      const file = join(userDir, "vatio", "home.db");
      const before = storedPowers(file).length;
      await until(`a reading from ${topic}`, async () => {
        await client.publishAsync(topic, "1", { qos: 1 });
        return storedPowers(file).length > before;
      });
      await stopFlow();
    };
    await subscribedAt(here, "first");
    await subscribedAt(there, "second");
    await subscribedAt(here, "second");
  });
});

describe("many deploys", () => {
  it("leave no listener, timer, thread or connection behind", async () => {
    const mqtt = await startBroker();
    const nodes = (revision: number): FlowNode[] => [
      ...subscribing(mqtt.url, `topic/${revision}`),
      { ...METER, id: "homeless", site: "", broker: "broker", topic: "other/+", wires: [["home"], []] },
      { id: "home", type: "energy-store", wires: [[]] },
      { id: "rule", type: "threshold-alert", limitKw: "3", wires: [[], [], []] },
      { id: "adviser", type: "savings-advisor", wires: [[]] },
      { id: "switch", type: "automation-action", broker: "broker", device: "heater", wires: [[], []] },
    ];
    const { deploy, RED } = await startFlow([...MODULES, thresholdAlert, savingsAdvisor, automationAction], nodes(0));
    const count = (kind: string): number => process.getActiveResourcesInfo().filter((one) => one === kind).length;
    const held = () => ({
      listeners: RED.events.listenerCount("flows:started") + RED.events.listenerCount("flows:stopping"),
      connections: count("TCPSocketWrap"),
      // Linux alone counts them.
      threads: existsSync("/proc/self/task") ? readdirSync("/proc/self/task").length : 0,
    });
    await deploy(nodes(1), "full");
    await until("its connections", () => mqtt.guests() === 2);
    const [before, timers] = [held(), count("Timeout")];
    for (let revision = 2; revision <= 41; revision += 1)
      await deploy(nodes(revision), revision % 2 ? "full" : "nodes");
    await until("as many things as before", () => JSON.stringify(held()) === JSON.stringify(before));
    // The MQTT client's last ones run out by themselves.
    await until("as many timers as before", () => count("Timeout") <= timers + 2, 20_000);
  }, 60_000);
});

describe("a close", () => {
  it.each([
    ["the database is locked", (file: string) => lock(file)],
    ["the broker takes no connection", undefined],
  ])(
    "takes no longer than Node-RED waits while %s",
    async (_, hold) => {
      const mqtt = await startBroker();
      const { userDir, deploy } = await startFlow(MODULES, subscribing(mqtt.url, "topic"));
      const file = join(userDir, "vatio", "home.db");
      await until("a reading", async () => {
        await mqtt.client.publishAsync("topic", "1", { qos: 1 });
        return storedPowers(file).length > 0;
      });
      const letGo = hold?.(file);
      if (hold) for (let index = 0; index < 20; index += 1) mqtt.client.publish("topic", String(index), { qos: 1 });
      else await mqtt.shut();
      await new Promise((resolve) => setTimeout(resolve, 200));

      const startedAt = performance.now();
      await deploy(subscribing(mqtt.url, "topic"), "full");
      expect(performance.now() - startedAt).toBeLessThan(13_000);
      letGo?.();
    },
    40_000,
  );
});

function lock(file: string): () => void {
  const other = new Database(file);
  other.exec("BEGIN IMMEDIATE");
  return () => {
    other.exec("ROLLBACK");
    other.close();
  };
}
