import { describe, expect, it } from "vitest";
import { makeDiscoveries, type Discoveries, type DiscoveryHost } from "../../../lib/api/answers/discover";
import { DISCOVERY } from "../../../lib/api/discover-contract";
import { startMosquitto } from "../../support/mosquitto";
import { startBroker, type TestBroker } from "../../support/mqtt-broker";
import { brokerSettings, openTestBroker, type OpenedBroker } from "../../support/open-test-broker";
import { itNeeds } from "../../support/requires";
import { until } from "../../support/until";

const SENSOR = JSON.stringify({ ENERGY: { Total: 12.5, Power: 180 } });
const wish = { broker: "b", seconds: 1, zone: "Europe/Madrid" };

interface Discovering {
  readonly discoveries: Discoveries;
  readonly broker: OpenedBroker;
  /** How often a broker was given back. */
  readonly given: () => number;
}

function discoverOn(url: string, limits: Pick<DiscoveryHost, "runMs" | "unaskedMs"> = {}): Discovering {
  const broker = openTestBroker(brokerSettings(url));
  let given = 0;
  const discoveries = makeDiscoveries({
    lend: () => ({
      broker,
      giveBack: async () => {
        given += 1;
      },
    }),
    now: () => Date.parse("2026-03-10T12:00:00Z"),
    onProblem: (error) => {
      throw error;
    },
    ...limits,
  });
  return { discoveries, broker, given: () => given };
}

/** Plugs, of which the first is kept by the broker. */
async function say(mqtt: Pick<TestBroker, "client">): Promise<void> {
  await mqtt.client.publishAsync("tele/heater/SENSOR", SENSOR, { retain: true, qos: 1 });
}

describe("a discovery", () => {
  it("answers what the broker keeps, what is said, and how much else there is, as the contract has it", async () => {
    const mqtt = await startBroker();
    await say(mqtt);
    const { discoveries } = discoverOn(mqtt.url);
    const asked = discoveries.ask(wish);
    await until("the listener", () => mqtt.guests() === 1);
    await mqtt.client.publishAsync("zigbee2mqtt/red", '{"power":-20,"produced_energy":2.5}');
    await mqtt.client.publishAsync("home/door", "open");
    const answer = await asked;

    expect(DISCOVERY.parse(answer)).toEqual(answer);
    expect(answer).toMatchObject({ listening: true, topics: 3, otherTopics: 1, more: false });
    expect(answer.secondsLeft).toBeGreaterThan(20);
    // Numbered as they were heard: what the broker keeps may come before or after what is said.
    expect(answer.devices.map(({ id }) => id)).toEqual(["1", "2"]);
    const byName = answer.devices.map(({ id: _, ...device }) => device).sort((a, b) => (a.name < b.name ? -1 : 1));
    expect(byName).toEqual([
      {
        ...{ name: "heater", family: "Tasmota", topic: "tele/heater/SENSOR", profile: "tasmota" },
        ...{ meter: "heater", role: "load", saysRole: false, messages: 1, retained: true },
        at: "2026-03-10T13:00:00.000+01:00",
        meters: [{ meter: "heater", kw: 0.18, importKwh: 12.5 }],
      },
      {
        ...{ name: "red", family: "Zigbee2MQTT", topic: "zigbee2mqtt/red", profile: "zigbee2mqtt" },
        ...{ meter: "red", role: "grid", saysRole: false, messages: 1, retained: false },
        at: "2026-03-10T13:00:00.000+01:00",
        meters: [{ meter: "red", kw: -0.02, exportKwh: 2.5 }],
      },
    ]);
    expect(mqtt.seen.map(({ topic }) => topic)).toEqual(["tele/heater/SENSOR", "zigbee2mqtt/red", "home/door"]);
  });

  itNeeds("mosquitto", "finds a thousand meters that Mosquitto keeps", async (program) => {
    const mqtt = await startMosquitto(program);
    await Promise.all(
      Array.from({ length: 1_000 }, (_, n) =>
        mqtt.client.publishAsync(`shellies/plug-${n}/relay/0/power`, String(n), { retain: true, qos: 1 }),
      ),
    );
    const { discoveries } = discoverOn(mqtt.url);
    const { devices, topics } = await discoveries.ask(wish);

    expect([devices.length, topics]).toEqual([1_000, 1_000]);
    expect(devices.every(({ retained, topic, name }) => retained && topic === `shellies/${name}/#`)).toBe(true);
  });

  it("is one for all who ask meanwhile, and grows while somebody asks", async () => {
    const mqtt = await startBroker();
    const { discoveries } = discoverOn(mqtt.url);
    const [one, other] = await Promise.all([discoveries.ask(wish), discoveries.ask(wish)]);
    expect(mqtt.guests()).toBe(1);
    expect(other.run).toBe(one.run);
    await say(mqtt);
    expect(await discoveries.ask(wish)).toMatchObject({ run: one.run, devices: [{ name: "heater" }] });
  });

  it("ends by itself after its time, tells those who wait, and begins anew for the next", async () => {
    const mqtt = await startBroker();
    await say(mqtt);
    const { discoveries, given } = discoverOn(mqtt.url, { runMs: 1_200 });
    const first = await discoveries.ask(wish);
    const last = await discoveries.ask(wish);
    expect([first.listening, last.listening, last.secondsLeft]).toEqual([true, false, 0]);
    expect(last.devices).toHaveLength(1);
    await until("its leave", () => mqtt.guests() === 0 && given() === 1);

    const next = await discoveries.ask(wish);
    expect(next.run).not.toBe(first.run);
    expect(next.listening).toBe(true);
  });

  it("tells its end to one who asks right after it", async () => {
    const mqtt = await startBroker();
    await say(mqtt);
    const { discoveries } = discoverOn(mqtt.url, { runMs: 1_200 });
    const { run } = await discoveries.ask(wish);
    await until("its leave", () => mqtt.guests() === 0);
    expect(await discoveries.ask(wish)).toMatchObject({ run, listening: false, devices: [{ name: "heater" }] });
    expect((await discoveries.ask(wish)).run).not.toBe(run);
  });

  it("ends when nobody asks any more, an asker who has gone included", async () => {
    const mqtt = await startBroker();
    const { discoveries, given } = discoverOn(mqtt.url, { unaskedMs: 100 });
    const gone = new AbortController();
    const asked = discoveries.ask({ ...wish, seconds: 20 }, gone.signal);
    await until("the listener", () => mqtt.guests() === 1);
    gone.abort();
    await asked;
    await until("its leave", () => mqtt.guests() === 0 && given() === 1);
  });

  it("never answers what was heard long ago", async () => {
    const mqtt = await startBroker();
    await say(mqtt);
    const { discoveries } = discoverOn(mqtt.url, { unaskedMs: 100 });
    const { run } = await discoveries.ask(wish);
    await until("its leave", () => mqtt.guests() === 0);
    expect((await discoveries.ask(wish)).run).not.toBe(run);
  });

  it("ends with its broker, and begins anew on the next one", async () => {
    const mqtt = await startBroker();
    const { discoveries, broker } = discoverOn(mqtt.url);
    const asked = discoveries.ask({ ...wish, seconds: 20 });
    await until("the listener", () => mqtt.guests() === 1);
    await broker.close();
    expect(await asked).toMatchObject({ listening: false });
    await until("its leave", () => mqtt.guests() === 0);
  });

  it("refuses at once, with the reason, where the broker cannot be heard, and tries again when asked again", async () => {
    const mqtt = await startBroker();
    await mqtt.shut();
    const { discoveries, given } = discoverOn(mqtt.url);
    const refused = { code: "not-ready", sentence: "brokerUnreachable" };
    await expect(discoveries.ask({ ...wish, seconds: 20 })).rejects.toMatchObject(refused);
    expect(given()).toBe(1);
    await mqtt.open();
    expect(await discoveries.ask(wish)).toMatchObject({ listening: true });
  });

  it("waits for a broker that goes for a moment in the middle", async () => {
    const mqtt = await startBroker();
    const { discoveries } = discoverOn(mqtt.url);
    const { run } = await discoveries.ask(wish);
    await mqtt.shut();
    await mqtt.open();
    await until("the listener", () => mqtt.guests() === 1);
    await say(mqtt);
    expect(await discoveries.ask(wish)).toMatchObject({ run, listening: true, devices: [{ name: "heater" }] });
  });
});
