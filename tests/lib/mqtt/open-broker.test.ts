import { describe, expect, it } from "vitest";
import { EnergyError } from "../../../lib/errors";
import { makeCertificate } from "../../support/certificate";
import { brokerSettings, openTestBroker } from "../../support/open-test-broker";
import { startBroker } from "../../support/mqtt-broker";
import { startMosquitto } from "../../support/mosquitto";
import { freePort } from "../../support/node-red-process";
import { itNeeds } from "../../support/requires";
import { until } from "../../support/until";

type Certificate = ReturnType<typeof makeCertificate>;

describe("a broker connection", () => {
  it.each([
    ["unknown-host", "mqtt://no-such-host.invalid:1883"],
    ["unreachable", "mqtt://127.0.0.1:1"],
  ])("says %s within 10 s", async (failure, url) => {
    const broker = openTestBroker(brokerSettings(url));
    broker.release();
    await until(failure, () => broker.failure() === failure, 10_000);
    await expect(broker.publish("a", "b")).rejects.toMatchObject({ code: "broker-offline" });
  });

  it("speaks MQTT 3.1.1 to a broker that knows no other, and calls that no failure", async () => {
    const mqtt = await startBroker();
    const broker = openTestBroker(brokerSettings(mqtt.url, { version: 5 }));
    broker.release();
    await until("both connections", () => mqtt.guests() === 2);
    expect(broker.states.map(({ kind }) => kind)).not.toContain("failed");
  });

  it("says that the password is wrong, asks no more than twice a minute, and heals when it is mended", async () => {
    const login = { user: "u", password: "other" };
    const mqtt = await startBroker(login);
    const broker = openTestBroker(brokerSettings(mqtt.url, { user: "u", password: "right" }));
    broker.release();
    await until("the reason", () => broker.failure() === "wrong-password");
    login.password = "right";
    await until("recovery", () => broker.connected(), 40_000);
    const tries = broker.states.filter(({ kind }) => kind === "failed").length;
    expect(tries).toBe(1);
  }, 60_000);

  it.each([
    ["certificate", ({ key }: Certificate) => ({ cert: "not PEM", key })],
    ["key", ({ cert }: Certificate) => ({ cert, key: "not PEM" })],
    ["key of another certificate", ({ cert }: Certificate) => ({ cert, key: makeCertificate().key })],
  ])("says that TLS fails with an unusable %s, and goes on trying", async (_, pair) => {
    const tls = { verify: true, ...pair(makeCertificate()) };
    const broker = openTestBroker(brokerSettings("mqtts://127.0.0.1:1", { tls }));
    broker.release();
    await until("two tries", () => broker.states.filter(({ kind }) => kind === "failed").length > 1);
    expect(broker.failure()).toBe("refused-tls");
  });

  itNeeds("mosquitto", "refuses a certificate that nobody vouches for, unless told not to look", async (program) => {
    const { keyFile, certFile, cert } = makeCertificate();
    const port = await freePort();
    await startMosquitto(
      program,
      `allow_anonymous true\nlistener ${port} 127.0.0.1\nkeyfile ${keyFile}\ncertfile ${certFile}`,
    );
    const url = `mqtts://127.0.0.1:${port}`;

    const strict = openTestBroker(brokerSettings(url));
    strict.release();
    await until("the refusal", () => strict.failure() === "refused-tls", 10_000);

    const trusting = openTestBroker(brokerSettings(url, { tls: { verify: true, ca: cert } }));
    trusting.release();
    await until("trust in the named authority", () => trusting.connected());

    const careless = openTestBroker(brokerSettings(url, { tls: { verify: false } }));
    careless.release();
    await until("no check", () => careless.connected());
  });

  it("comes back after the broker was away, with what it kept", async () => {
    const mqtt = await startBroker();
    const broker = openTestBroker(brokerSettings(mqtt.url));
    const heard: string[] = [];
    broker.subscribe("a/+", ({ payload }) => {
      heard.push(payload.toString());
      return Promise.resolve();
    });
    broker.release();
    await until("both connections", () => mqtt.guests() === 2);
    await until("the subscription", async () => {
      await mqtt.client.publishAsync("a/b", "before", { qos: 1 });
      return heard.length > 0;
    });
    await mqtt.shut();
    await until("it notices", () => broker.failure() === "unreachable");
    await mqtt.open();
    await until("it is back", () => broker.connected() && mqtt.guests() === 2, 10_000);
    await mqtt.client.publishAsync("a/b", "after", { qos: 1 });
    await until("what came after", () => heard.includes("after"));
  }, 30_000);

  it("is back at once after a connection that stood, however often it failed before and however quiet it was", async () => {
    const mqtt = await startBroker();
    const broker = openTestBroker(brokerSettings(mqtt.url));
    await mqtt.shut();
    broker.release();
    await until("the longest wait", () => broker.states.filter(({ kind }) => kind === "failed").length === 4);
    await mqtt.open();
    await until("both connections", () => broker.connected() && mqtt.guests() === 2);
    await new Promise((resolve) => setTimeout(resolve, 4_100));

    await mqtt.shut();
    await mqtt.open();
    await until("it notices", () => !broker.connected());
    const lostAt = performance.now();
    await until("it is back", () => broker.connected() && mqtt.guests() === 2);
    expect(performance.now() - lostAt).toBeLessThan(2_000);
  }, 30_000);

  it("keeps a message at the broker that its subscriber could not keep, and takes it again later", async () => {
    const mqtt = await startBroker();
    const broker = openTestBroker(brokerSettings(mqtt.url));
    const heard: { text: string; dup: boolean }[] = [];
    broker.subscribe("a", ({ payload, dup }) => {
      heard.push({ text: payload.toString(), dup });
      const failing = payload.toString() === "hard" && heard.filter(({ text }) => text === "hard").length < 3;
      return failing ? Promise.reject(new EnergyError("storage-busy", "locked")) : Promise.resolve();
    });
    broker.release();
    await until("the subscription", async () => {
      await mqtt.client.publishAsync("a", "easy", { qos: 1 });
      return heard.length > 0;
    });
    await mqtt.client.publishAsync("a", "hard", { qos: 1 });
    await until("the reason", () => broker.failure() === "storage-busy");
    await until("the third try", () => heard.filter(({ text }) => text === "hard").length === 3, 10_000);
    expect(heard.filter(({ text }) => text === "hard").map(({ dup }) => dup)).toEqual([false, true, true]);
    await until("it stands again", () => broker.connected());
  }, 30_000);

  it("holds a message whose subscriber is about to come, while the flows change", async () => {
    const mqtt = await startBroker();
    const broker = openTestBroker(brokerSettings(mqtt.url));
    const first = broker.subscribe("a", () => Promise.resolve());
    broker.release();
    await until("both connections", () => mqtt.guests() === 2);
    await mqtt.client.publishAsync("a", "1", { qos: 1 });

    broker.hold();
    first();
    await mqtt.client.publishAsync("a", "2", { qos: 1 });
    await new Promise((resolve) => setTimeout(resolve, 200));
    const heard: string[] = [];
    broker.subscribe("a", ({ payload }) => {
      heard.push(payload.toString());
      return Promise.resolve();
    });
    broker.release();
    await until("the held message", () => heard.includes("2"));
  });

  it("hears device reports while ingest waits for storage", async () => {
    const mqtt = await startBroker();
    const broker = openTestBroker(brokerSettings(mqtt.url));
    let stuck = false;
    broker.subscribe("readings", () => {
      stuck = true;
      return new Promise(() => undefined);
    });
    const reports: string[] = [];
    broker.listen("reports", ({ payload }) => void reports.push(payload.toString()));
    broker.release();
    await until("ingest to be stuck", async () => {
      await mqtt.client.publishAsync("readings", "1", { qos: 1 });
      return stuck;
    });
    await mqtt.client.publishAsync("reports", "ON", { qos: 1 });
    await until("the report", () => reports.length > 0);
    await broker.publish("commands", "OFF");
    expect(mqtt.seen.at(-1)).toEqual({ topic: "commands", payload: "OFF" });
  });
});
