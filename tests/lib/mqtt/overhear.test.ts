import { Aedes } from "aedes";
import { writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "mqtt";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Overhearing } from "../../../lib/mqtt/broker";
import { overhear } from "../../../lib/mqtt/overhear";
import { startMosquitto } from "../../support/mosquitto";
import { startBroker } from "../../support/mqtt-broker";
import { brokerSettings, openTestBroker } from "../../support/open-test-broker";
import { itNeeds } from "../../support/requires";
import { until } from "../../support/until";

interface Overheard {
  readonly heard: string[];
  readonly failures: string[];
  isListening(): boolean;
  end(): Promise<void>;
}

/** Overhears a broker until the test ends; retained messages are marked. */
function overhearAll(url: string, options: Partial<Overhearing> = {}, settings = brokerSettings(url)): Overheard {
  const heard: string[] = [];
  const failures: string[] = [];
  let listening = false;
  const end = overhear(settings, {
    onMessage: (topic, payload, retained) => heard.push(`${topic} ${payload.toString()}${retained ? " kept" : ""}`),
    onListening: () => (listening = true),
    onFailed: (failure) => failures.push(failure),
    ...options,
  });
  onTestFinished(end);
  return { heard, failures, isListening: () => listening, end };
}

/** A broker that does to subscriptions what it is told. */
async function startRefusing(onSubscribe: "refuse" | "hang up"): Promise<string> {
  const aedes = await Aedes.createBroker({
    authorizeSubscribe: (client, _subscription, done) => {
      if (onSubscribe === "hang up") client.close();
      else done(null, null);
    },
  });
  const server = createServer(aedes.handle);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    await new Promise<void>((resolve) => aedes.close(resolve));
    server.close();
  });
  return `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe("overhearing a broker", () => {
  it("hears what it keeps and what is said, publishes nothing and leaves nothing behind", async () => {
    const mqtt = await startBroker();
    await mqtt.client.publishAsync("a/kept", "1", { retain: true, qos: 1 });
    const overheard = overhearAll(mqtt.url);
    await until("the kept message", () => overheard.heard.length > 0);
    await mqtt.client.publishAsync("b/now", "2", { qos: 1 });
    await until("the other one", () => overheard.heard.length > 1);

    expect(overheard.heard).toEqual(["a/kept 1 kept", "b/now 2"]);
    expect(mqtt.seen.map(({ topic }) => topic)).toEqual(["a/kept", "b/now"]);
    expect(mqtt.guests()).toBe(1);
    await overheard.end();
    await until("its leave", () => mqtt.guests() === 0);
  });

  itNeeds("mosquitto", "does so with Mosquitto in every dialect, and keeps no session", async (program) => {
    const { url, client } = await startMosquitto(program);
    await client.publishAsync("a/kept", "1", { retain: true, qos: 1 });
    const watcher: string[] = [];
    client.on("message", (topic) => watcher.push(topic));
    await client.subscribeAsync("#", { qos: 0 });
    for (const version of [4, 5] as const) {
      const settings = brokerSettings(url, {
        version,
        clientId: `overhearer-${version}`,
        connections: 3,
        group: "all",
      });
      const overheard = overhearAll(url, {}, settings);
      await until("the kept message", () => overheard.heard.length > 0);
      expect(overheard.heard).toEqual(["a/kept 1 kept"]);
      await overheard.end();

      const next = connect(url, { clientId: `overhearer-${version}-discover`, clean: false });
      const isKept = await new Promise((resolve) => {
        next.once("connect", ({ sessionPresent }) => resolve(sessionPresent));
      });
      expect(isKept).toBe(false);
      await next.endAsync(true);
    }
    await client.publishAsync("last", "");
    await until("the last word", () => watcher.includes("last"));
    expect(watcher).toEqual(["a/kept", "last"]);
  });

  itNeeds(
    "mosquitto",
    "hears only what its login may read where the broker keeps the rest to itself",
    async (program) => {
      const acl = join(tmpdir(), `vatio-acl-${process.pid}`);
      writeFileSync(acl, "topic readwrite open/#\n");
      const { url, client } = await startMosquitto(program, `allow_anonymous true\nacl_file ${acl}`);
      const overheard = overhearAll(url);
      await until("the subscription", overheard.isListening);
      await client.publishAsync("closed/a", "1", { qos: 1 });
      await client.publishAsync("open/a", "2", { qos: 1 });
      await until("a message", () => overheard.heard.length > 0);
      expect([overheard.heard, overheard.failures]).toEqual([["open/a 2"], []]);
    },
  );

  it.each(["refuse", "hang up"] as const)("says so where the broker does not tell everything: %s", async (how) => {
    const overheard = overhearAll(await startRefusing(how));
    await until("the refusal", () => overheard.failures.length > 0);
    expect(overheard.failures[0]).toBe("refuses-all");
    expect(overheard.isListening()).toBe(false);
  });

  it.each([
    ["unreachable", "mqtt://127.0.0.1:1"],
    ["unknown-host", "mqtt://no-such-host.invalid:1883"],
  ])("says %s", async (failure, url) => {
    const overheard = overhearAll(url);
    await until(failure, () => overheard.failures.includes(failure));
  });

  it("says that the password is wrong", async () => {
    const mqtt = await startBroker({ user: "u", password: "right" });
    const overheard = overhearAll(mqtt.url, {}, brokerSettings(mqtt.url, { user: "u", password: "wrong" }));
    await until("the reason", () => overheard.failures.includes("wrong-password"));
  });

  it("lets others take their turn while a thousand messages come at once", async () => {
    const mqtt = await startBroker();
    for (let n = 0; n < 1_000; n += 1) mqtt.client.publish(`kept/${n}`, "1", { retain: true, qos: 0 });
    await until("all to be kept", () => mqtt.seen.length === 1_000);

    let turns = 0;
    let heard = 0;
    const count = (): void => {
      if (heard > 0) turns += 1;
      if (heard < 1_000) setImmediate(count);
    };
    setImmediate(count);
    overhearAll(mqtt.url, {
      onMessage: () => {
        heard += 1;
        const until = performance.now() + 1;
        while (performance.now() < until);
      },
    });
    await until("all of them", () => heard === 1_000);
    // A second of work in turns of 8 ms.
    expect(turns).toBeGreaterThan(60);
  });

  it("ends with its broker", async () => {
    const mqtt = await startBroker();
    const broker = openTestBroker(brokerSettings(mqtt.url));
    const heard: string[] = [];
    broker.overhear({
      onMessage: (topic) => heard.push(topic),
      onListening: () => void mqtt.client.publish("a", "1"),
      onFailed: () => undefined,
      onClosed: () => heard.push("closed"),
    });
    await until("a message", () => heard.length > 0);
    await broker.close();
    expect(heard).toEqual(["a", "closed"]);
    await until("its leave", () => mqtt.guests() === 0);
  });
});
