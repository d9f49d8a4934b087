import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { EnergyError } from "../../../lib/errors";
import type { Broker, BrokerSettings, BrokerState } from "../../../lib/mqtt/broker";
import { openBroker } from "../../../lib/mqtt/open-broker";
import { startBroker } from "../../support/mqtt-broker";
import { startMosquitto } from "../../support/mosquitto";
import { freePort } from "../../support/node-red-process";
import { itNeeds } from "../../support/requires";
import { until } from "../../support/until";

const TLS = { verify: true };
const settings = (url: string, more: Partial<BrokerSettings> = {}): BrokerSettings => ({
  url,
  tls: TLS,
  clientId: `test-${Math.random().toString(36).slice(2)}`,
  version: 4,
  persistent: true,
  connections: 1,
  ...more,
});

function open(given: BrokerSettings): Broker & { states: BrokerState[]; failure(): string | undefined } {
  let filters: readonly string[] = [];
  const broker = openBroker(given, { load: () => filters, save: (saved) => (filters = saved) });
  const states: BrokerState[] = [];
  broker.onState((state) => states.push(state));
  onTestFinished(() => broker.close());
  return {
    ...broker,
    states,
    failure: () => states.flatMap((state) => (state.kind === "failed" ? [state.failure] : [])).at(-1),
  };
}

const connected = (broker: { states: BrokerState[] }) => broker.states.at(-1)?.kind === "connected";

describe("a broker connection", () => {
  it.each([
    ["unknown-host", "mqtt://no-such-host.invalid:1883"],
    ["unreachable", "mqtt://127.0.0.1:1"],
  ])("says %s within 10 s", async (failure, url) => {
    const broker = open(settings(url));
    broker.release();
    await until(failure, () => broker.failure() === failure, 10_000);
    await expect(broker.publish("a", "b")).rejects.toMatchObject({ code: "broker-offline" });
  });

  it("says that the password is wrong, asks no more than twice a minute, and heals when it is mended", async () => {
    const login = { user: "u", password: "other" };
    const mqtt = await startBroker(login);
    const broker = open(settings(mqtt.url, { user: "u", password: "right" }));
    broker.release();
    await until("the reason", () => broker.failure() === "wrong-password");
    login.password = "right";
    await until("recovery", () => connected(broker), 40_000);
    const tries = broker.states.filter(({ kind }) => kind === "failed").length;
    expect(tries).toBe(1);
  }, 60_000);

  itNeeds("mosquitto", "refuses a certificate that nobody vouches for, unless told not to look", async (program) => {
    const folder = mkdtempSync(join(tmpdir(), "vatio-tls-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
    execFileSync(
      "openssl",
      [
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-keyout",
        key,
        "-out",
        cert,
        "-subj",
        "/CN=localhost",
        "-addext",
        "subjectAltName=DNS:localhost,IP:127.0.0.1",
      ],
      { stdio: "ignore" },
    );
    const port = await freePort();
    await startMosquitto(program, `allow_anonymous true\nlistener ${port} 127.0.0.1\nkeyfile ${key}\ncertfile ${cert}`);
    const url = `mqtts://127.0.0.1:${port}`;

    const strict = open(settings(url));
    strict.release();
    await until("the refusal", () => strict.failure() === "refused-tls", 10_000);

    const trusting = open(settings(url, { tls: { verify: true, ca: readFileSync(cert, "utf8") } }));
    trusting.release();
    await until("trust in the named authority", () => connected(trusting));

    const careless = open(settings(url, { tls: { verify: false } }));
    careless.release();
    await until("no check", () => connected(careless));
    writeFileSync(join(folder, "done"), "");
  });

  it("comes back after the broker was away, with what it kept", async () => {
    const mqtt = await startBroker();
    const broker = open(settings(mqtt.url));
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
    await until("it is back", () => connected(broker) && mqtt.guests() === 2, 10_000);
    await mqtt.client.publishAsync("a/b", "after", { qos: 1 });
    await until("what came after", () => heard.includes("after"));
  }, 30_000);

  it("keeps a message at the broker that its subscriber could not keep, and takes it again later", async () => {
    const mqtt = await startBroker();
    const broker = open(settings(mqtt.url));
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
    await until("it stands again", () => connected(broker));
  }, 30_000);

  it("holds a message whose subscriber is about to come, while the flows change", async () => {
    const mqtt = await startBroker();
    const broker = open(settings(mqtt.url));
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
    const broker = open(settings(mqtt.url));
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
