import type { NodeDef, Node } from "node-red";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import energyBroker from "../../nodes/energy-broker/energy-broker";
import energySite from "../../nodes/energy-site/energy-site";
import energyStore from "../../nodes/energy-store/energy-store";
import meterIn from "../../nodes/meter-in/meter-in";
import { startFlow, until, type FlowNode, type NodeModule } from "../support/flow";
import { startBroker } from "../support/mqtt-broker";
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
      wires: [["between"], []],
      ...changed("meter"),
    },
    { id: "between", z: "tab", type: "slow", wires: [["store"]], ...changed("between") },
    { id: "store", z: "tab", type: "energy-store", site: "site", wires: [[]], ...changed("store") },
  ];
};

describe("a deploy under load", () => {
  it.each([
    ["nodes", "store"],
    ["nodes", "between"],
    ["nodes", "meter"],
    ["nodes", "broker"],
    ["nodes", "site"],
    ["flows", "tab"],
    ["full", "none"],
  ] as const)(
    "of %s with another %s loses and doubles no reading",
    async (type, changing) => {
      const mqtt = await startBroker();
      const { userDir, deploy } = await startFlow(MODULES, flow(mqtt.url, 0, changing));
      const file = join(userDir, "vatio", "home.db");
      await until("a first reading", async () => {
        await mqtt.client.publishAsync("energy/consumption", "0", { qos: 1 });
        return storedPowers(file).length > 0;
      });

      let sent = 0;
      const load = new AbortController();
      const loading = (async () => {
        while (!load.signal.aborted) {
          mqtt.client.publish("energy/consumption", String(++sent), { qos: 1 });
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
      })();
      for (let revision = 1; revision <= 8; revision += 1) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        await deploy(flow(mqtt.url, revision, changing), type);
      }
      load.abort();
      await loading;

      const stored = (): number[] => storedPowers(file).filter((power) => power > 0);
      await until("all of them", () => new Set(stored()).size >= sent, 40_000);
      expect(stored().sort((a, b) => a - b)).toEqual(Array.from({ length: sent }, (_, index) => (index + 1) * 1000));
    },
    60_000,
  );
});
