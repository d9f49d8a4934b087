import { describe, expect, it } from "vitest";
import type { DiscoveryDoc, ProblemDoc } from "../../lib/api/types";
import energyApi from "../../nodes/energy-api/energy-api";
import energyBroker from "../../nodes/energy-broker/energy-broker";
import energySite from "../../nodes/energy-site/energy-site";
import meterIn from "../../nodes/meter-in/meter-in";
import { startFlow, until, type FlowNode } from "../support/flow";
import { ask, serve, type Asking } from "../support/http";
import { startBroker } from "../support/mqtt-broker";

const PATH = "/vatio/meter-in/discover";
const OWN = { "X-Vatio": "1", "Content-Type": "application/json" };

/** Node-RED with a broker config node, deployed or not, served as the editor and as the API. */
async function startDiscovery(flow: readonly FlowNode[]) {
  const running = await startFlow([energySite, energyApi, energyBroker, meterIn], flow);
  const admin = await serve(running.RED.httpAdmin);
  const port = await serve(running.RED.httpNode);
  const editor = (query: string, headers: Record<string, string> = OWN, asking: Asking = {}) =>
    ask(admin, `${PATH}${query}`, { ...asking, headers });
  return { running, admin, port, editor };
}

const site = { id: "site", type: "energy-site", name: "Home", zone: "Europe/Madrid" };
const api = { id: "api", type: "energy-api", site: "site", wires: [[]] };

describe("discovery over HTTP", () => {
  it("answers the editor before any meter is deployed, and publishes nothing", async () => {
    const mqtt = await startBroker();
    await mqtt.client.publishAsync("tele/red/SENSOR", '{"ENERGY":{"Power":900}}', { retain: true, qos: 1 });
    const { editor } = await startDiscovery([{ id: "broker", type: "energy-broker", url: mqtt.url }]);

    const answer = await editor("?broker=broker&seconds=1");
    expect([answer.status, answer.headers["cache-control"]]).toEqual([200, "no-store"]);
    expect(answer.json<DiscoveryDoc>()).toMatchObject({
      listening: true,
      devices: [{ name: "red", role: "grid", topic: "tele/red/SENSOR", meters: [{ meter: "red", kw: 0.9 }] }],
    });
    expect(mqtt.seen.map(({ topic }) => topic)).toEqual(["tele/red/SENSOR"]);
  });

  it("does not answer the API to who may only control: it shows all that is said", async () => {
    const { port } = await startDiscovery([site, { ...api, localMayControl: true }]);
    expect((await ask(port, "/api/v1/discover?broker=broker&seconds=1")).status).toBe(401);
  });

  it("begins anew on a broker that was deployed anew", async () => {
    const mqtt = await startBroker();
    const flow = [{ id: "broker", type: "energy-broker", url: mqtt.url }];
    const { running, editor } = await startDiscovery(flow);
    const first = (await editor("?broker=broker&seconds=1")).json<DiscoveryDoc>();
    await running.deploy(flow, "full");
    const next = (await editor("?broker=broker&seconds=1")).json<DiscoveryDoc>();
    expect(next.run).not.toBe(first.run);
    expect(next.listening).toBe(true);
    // The broker's own connection and the one that discovers.
    await until("the leave of the first", () => mqtt.guests() === 2);
  });

  it.each([
    ["en", "noBroker", "?broker=new", 404, "deploy first"],
    ["es-MX", "noBroker", "?broker=new", 404, "instancie primero"],
    ["en", "brokerUnreachable", "?broker=nobody", 503, "No broker answers"],
    ["es", "brokerUnreachable", "?broker=nobody", 503, "Ningún bróker responde"],
  ])("says in words, in %s, what is wrong: %s", async (language, _, query, status, words) => {
    const { editor } = await startDiscovery([{ id: "nobody", type: "energy-broker", url: "mqtt://127.0.0.1:1" }]);
    const answer = await editor(query, { ...OWN, "Accept-Language": language });
    expect(answer.headers["content-type"]).toContain("application/problem+json");
    expect(answer.json<ProblemDoc>()).toMatchObject({ status, field: "broker" });
    expect(answer.json<ProblemDoc>().detail).toContain(words);
  });

  it.each<[string, string, Record<string, string>, number]>([
    ["no header of ours", "?broker=broker", { "Content-Type": "application/json" }, 403],
    ["another content type", "?broker=broker", { "X-Vatio": "1" }, 415],
    ["another site", "?broker=broker", { ...OWN, Origin: "https://evil.example" }, 403],
    ["another site's page", "?broker=broker", { ...OWN, "Sec-Fetch-Site": "cross-site" }, 403],
    ["too long a wait", "?broker=broker&seconds=3600", OWN, 400],
    ["half a second", "?broker=broker&seconds=0.5", OWN, 400],
    ["two brokers", "?broker=a&broker=b", OWN, 400],
    ["a list", "?broker[]=a", OWN, 400],
    ["a field that is none", "?broker=a&topic=x", OWN, 400],
  ])("refuses %s", async (_, query, headers, status) => {
    const mqtt = await startBroker();
    const { editor } = await startDiscovery([{ id: "broker", type: "energy-broker", url: mqtt.url }]);
    await until("both connections", () => mqtt.guests() === 2);
    expect((await editor(query, headers)).status).toBe(status);
    expect(mqtt.guests()).toBe(2);
  });

  it("answers the API to whoever may administer, from the run that the editor began", async () => {
    const mqtt = await startBroker();
    await mqtt.client.publishAsync("zigbee2mqtt/nevera", '{"power":60}', { retain: true, qos: 1 });
    const { running, port, admin, editor } = await startDiscovery([
      { id: "broker", type: "energy-broker", url: mqtt.url },
      site,
      api,
    ]);
    await until("a status", () => running.status("api") !== undefined);
    const made = await ask(admin, "/vatio/energy-api/api/tokens", { body: { name: "a", scopes: ["admin"] } });
    const { token } = made.json<{ token: string }>();
    const { run } = (await editor("?broker=broker&seconds=1")).json<DiscoveryDoc>();
    const answer = await ask(port, "/api/v1/discover?broker=broker&seconds=1", {
      headers: { Authorization: `Bearer ${token}` },
    });
    expect(answer.status).toBe(200);
    expect(answer.json<DiscoveryDoc>().run).toBe(run);
    expect(answer.json<DiscoveryDoc>().devices).toMatchObject([
      { name: "nevera", profile: "zigbee2mqtt", at: expect.stringMatching(/\+0[12]:00$/) as string },
    ]);
  });
});
