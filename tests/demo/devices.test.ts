import { Aedes } from "aedes";
import mqtt from "mqtt";
import { createServer, type AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeHouse } from "../../scripts/demo/house/house.ts";
import { makeDevices, runHouse, type RunningHouse } from "../../scripts/demo/house/run-house.ts";
import { makeSurroundings } from "../../scripts/demo/house/surroundings.ts";
import { retainedTopics } from "./retained";

const around = makeSurroundings(() => 12);

/** Everything said on a real broker, and a way to speak there. */
interface Network {
  readonly client: mqtt.MqttClient;
  readonly said: { readonly topic: string; readonly payload: string; readonly retain: boolean }[];
  readonly url: string;
}

let network: Network;
let house: RunningHouse;
let closeBroker: () => Promise<void>;

beforeEach(async () => {
  const broker = await Aedes.createBroker();
  const server = createServer(broker.handle);
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const url = `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = await mqtt.connectAsync(url);
  const said: Network["said"] = [];
  client.on("message", (topic, payload, { retain }) => said.push({ topic, payload: payload.toString(), retain }));
  await client.subscribeAsync("#");
  network = { client, said, url };
  closeBroker = async () => {
    await client.endAsync();
    await new Promise<void>((resolve) => broker.close(() => resolve()));
    await new Promise<void>((resolve) => void server.close(() => resolve()));
  };
  house = await runHouse(url, makeHouse(Date.now(), around), around, makeDevices("", around));
});

afterEach(async () => {
  await house.close();
  await closeBroker();
});

/** The next thing said under `topic` from now on for which `holds`. */
async function hears(topic: string, holds: (payload: string) => boolean = () => true): Promise<string> {
  const from = network.said.length;
  return expect
    .poll(() => network.said.slice(from).find((message) => message.topic === topic && holds(message.payload)), {
      timeout: 5_000,
    })
    .toBeDefined()
    .then(() => network.said.slice(from).find((message) => message.topic === topic && holds(message.payload))!.payload);
}

describe("the devices of the simulated house", () => {
  it("says every meter within two seconds, in its maker's words", async () => {
    const [grid, solar, heater, washer, fridge] = await Promise.all(
      ["grid/status/em1:0", "solar/inverter", "tele/heater/SENSOR", "washer/status/switch:0", "zigbee2mqtt/fridge"].map(
        async (topic) => JSON.parse(await hears(topic)) as Record<string, unknown>,
      ),
    );

    expect(grid).toMatchObject({ id: 0, act_power: expect.any(Number) });
    expect(solar).toMatchObject({ ac_power_w: expect.any(Number), energy_total_wh: expect.any(Number) });
    expect(heater).toMatchObject({ ENERGY: { Power: expect.any(Number), Total: expect.any(Number) } });
    expect(washer).toMatchObject({ output: true, apower: expect.any(Number), aenergy: { total: expect.any(Number) } });
    expect(fridge).toMatchObject({ state: "ON", power: expect.any(Number), energy: expect.any(Number) });
  });

  it("switches the heater as Tasmota does, and the grid falls with its next message", async () => {
    const before = JSON.parse(await hears("grid/status/em1:0")) as { act_power: number };
    network.client.publish("cmnd/heater/POWER", "OFF");

    expect(await hears("stat/heater/POWER")).toBe("OFF");
    const after = JSON.parse(await hears("grid/status/em1:0")) as { act_power: number };
    expect(after.act_power).toBeLessThan(before.act_power - 800);
  });

  it("switches the washing machine as a Shelly does, with a reply, a status and a notification", async () => {
    const call = { id: 7, src: "someone", method: "Switch.Set", params: { id: 0, on: false } };
    const answers = Promise.all([
      hears("someone/rpc"),
      hears("washer/status/switch:0", (payload) => payload.includes('"output":false')),
      hears("washer/events/rpc"),
    ]);
    network.client.publish("washer/rpc", JSON.stringify(call));

    const [reply, status, notification] = (await answers).map((text) => JSON.parse(text) as unknown);
    expect(reply).toMatchObject({ id: 7, src: "washer", dst: "someone", result: { was_on: true } });
    expect(status).toMatchObject({ output: false, apower: 0 });
    expect(notification).toMatchObject({ method: "NotifyStatus", params: { "switch:0": { output: false } } });
  });

  it.each(["OFF", '{"state":"OFF"}'])("switches the fridge as Zigbee2MQTT does on %s", async (payload) => {
    network.client.publish("zigbee2mqtt/fridge/set", payload);

    const said = await hears("zigbee2mqtt/fridge", (text) => text.includes('"OFF"'));
    expect(JSON.parse(said)).toMatchObject({ state: "OFF", power: 0 });
  });

  it.each([
    ["cmnd/heater/POWER", "maybe"],
    ["washer/rpc", "{"],
    ["washer/rpc", '{"src":"a/#","method":"Switch.Set","params":{"on":false}}'],
    ["zigbee2mqtt/fridge/set", "[1]"],
  ])("is not confused by %s %s", async (topic, payload) => {
    network.client.publish(topic, payload);

    const heater = JSON.parse(await hears("tele/heater/SENSOR")) as { ENERGY: { Power: number } };
    expect(heater.ENERGY.Power).toBeGreaterThan(800);
  });

  it("leaves nothing retained on the broker when it ends", async () => {
    const greeted = (): boolean => network.said.some(({ payload }) => payload === "Online");
    await expect.poll(greeted).toBe(true);
    await house.close();

    expect(await retainedTopics(network.url)).toEqual([]);
  });
});
