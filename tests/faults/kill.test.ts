import type { MqttClient } from "mqtt";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { startBroker } from "../support/mqtt-broker";
import { startMosquitto } from "../support/mosquitto";
import { startNodeRedProcess } from "../support/node-red-process";
import { itNeeds } from "../support/requires";
import { makeRandom, seed } from "../support/seed";
import { storedPowers } from "../support/stored-powers";
import { until } from "../support/until";

/** FAULTS.md, row 1. In short: ten kills a run; `FULL=1`: 200. */
const MESSAGES = process.env.FULL ? 9_000 : 3_000;
/** How long it may work between two kills: so that there is something left to say at each. */
const WORK_MS = process.env.FULL ? 40 : 150;
const PATIENCE_MS = process.env.FULL ? 1_800_000 : 120_000;
const TOPIC = "energy/consumption";
const START = Date.UTC(2025, 5, 1);

interface Form {
  readonly name: string;
  readonly payload: (index: number) => string;
  readonly powerW: (index: number) => number;
}
const PLAIN: Form = {
  name: "plain numbers",
  payload: (index) => String((index + 1) / 1000),
  powerW: (index) => index + 1,
};
const STAMPED: Form = {
  name: "stamped JSON",
  payload: (index) => JSON.stringify({ power: index + 1, time: START + index * 100 }),
  powerW: (index) => index + 1,
};

describe(`a process killed while ${MESSAGES} messages arrive (SEED=${seed})`, () => {
  const random = makeRandom();

  for (const [form, kills] of [
    [PLAIN, process.env.FULL ? 50 : 3],
    [STAMPED, process.env.FULL ? 50 : 2],
  ] as const) {
    const title = `loses none of the ${form.name} and doubles none, killed ${kills} times`;
    it(
      `${title}, with an embedded broker`,
      async () => {
        const { url, client } = await startBroker();
        await killAndCount(url, client, form, kills, random);
      },
      PATIENCE_MS,
    );
    itNeeds(
      "mosquitto",
      `${title}, with Mosquitto`,
      async (program) => {
        const { url, client } = await startMosquitto(program);
        await killAndCount(url, client, form, kills, random);
      },
      PATIENCE_MS,
    );
  }
});

async function killAndCount(
  url: string,
  client: MqttClient,
  form: Form,
  kills: number,
  random: () => number,
): Promise<void> {
  const userDir = mkdtempSync(join(tmpdir(), "vatio-kill-"));
  onTestFinished(() => rmSync(userDir, { recursive: true, force: true }));
  const file = join(userDir, "vatio", "home.db");
  const flow = [
    { id: "tab", type: "tab", label: "kill" },
    { id: "broker", type: "energy-broker", url, persistent: true },
    { id: "meter", z: "tab", type: "meter-in", broker: "broker", topic: TOPIC, wires: [["store"], []] },
    { id: "store", z: "tab", type: "energy-store", wires: [[]] },
  ];

  // The session must exist before the first message: that is what a broker promises.
  let running = await startNodeRedProcess(userDir, flow);
  await until("a first reading", async () => {
    await client.publishAsync(TOPIC, form.payload(0), { qos: 1 });
    return count(file) > 0;
  });
  for (let index = 1; index < MESSAGES; index += 1) client.publish(TOPIC, form.payload(index), { qos: 1 });

  for (let kill = 0; kill < kills; kill += 1) {
    const before = count(file);
    await until("more readings", () => count(file) > before || count(file) >= MESSAGES);
    await new Promise((resolve) => setTimeout(resolve, random() * WORK_MS));
    await running.kill();
    running = await startNodeRedProcess(userDir, flow);
  }

  await until("all of them", () => distinct(file) >= MESSAGES, PATIENCE_MS / 4);
  // The broker has nothing left to say: the last one comes after all the others.
  await client.publishAsync(TOPIC, "9.9", { qos: 1 });
  await until("the last one", () => storedPowers(file).includes(9_900));
  await running.stop();

  const stored = storedPowers(file).filter((power) => power !== 9_900);
  const repeatedFirst = stored.filter((power) => power === form.powerW(0)).length - 1;
  expect(stored.length - (form === PLAIN ? repeatedFirst : 0)).toBe(MESSAGES);
  expect([...new Set(stored)].sort((a, b) => a - b)).toEqual(
    Array.from({ length: MESSAGES }, (_, index) => form.powerW(index)),
  );
}

const count = (file: string): number => storedPowers(file).length;
const distinct = (file: string): number => new Set(storedPowers(file)).size;
