import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { makeDiscovery, type Discovery } from "../../../lib/meters/discover";
import { recognise } from "../../../lib/meters/decode";
import { isAnything, type FoundDevice } from "../../../lib/meters/found-devices";
import { PROFILES } from "../../../lib/meters/family";
import { makeMemory } from "../../../lib/meters/memory";
import { tellsEnergy } from "../../../lib/meters/tells-energy";
import { matchesFilter } from "../../../lib/mqtt/topic-filter";
import { ARRIVAL } from "./said";
import { SAMPLES } from "./samples";

type Said = readonly [topic: string, payload: unknown];

const toBytes = (payload: unknown): Buffer =>
  Buffer.from(typeof payload === "string" ? payload : JSON.stringify(payload));

function hearAll(said: readonly Said[], retained = false): Discovery {
  const discovery = makeDiscovery("Europe/Madrid");
  for (const [topic, payload] of said) discovery.hear({ topic, payload: toBytes(payload), at: ARRIVAL, retained });
  return discovery;
}

const found = (...said: readonly Said[]): readonly FoundDevice[] => hearAll(said).found().devices;

const SENSOR = { Time: "2026-03-10T13:00:00", ENERGY: { Total: 12.5, Power: 180, Voltage: 231, Current: 0.78 } };
const SWITCH = { id: 0, apower: 61.5, voltage: 230.1, current: 0.27, aenergy: { total: 4321.5 } };
const NOTIFY = { src: "shellyplus1pm-a1", method: "NotifyStatus", params: { ts: ARRIVAL / 1000, "switch:0": SWITCH } };
const PLUG = { power: 42, energy: 3.5, voltage: 230, linkquality: 91 };

describe("what is said on a broker, as devices", () => {
  it.each<[string, readonly Said[], Partial<FoundDevice>]>([
    [
      "Tasmota",
      [
        ["tele/heater/LWT", "Online"],
        ["tele/heater/SENSOR", SENSOR],
        ["tele/heater/STATE", { POWER: "ON" }],
      ],
      { profile: "tasmota", topic: "tele/heater/SENSOR", name: "heater", role: "load" },
    ],
    [
      "Tasmota that was asked for its status, too",
      [
        ["tele/heater/SENSOR", SENSOR],
        ["stat/heater/STATUS8", { StatusSNS: SENSOR }],
      ],
      { profile: "tasmota", topic: "+/heater/#", name: "heater" },
    ],
    [
      "Tasmota below a house of its own, with the prefix last",
      [["cabin/plug/tele/SENSOR", SENSOR]],
      { profile: "tasmota", topic: "cabin/plug/tele/SENSOR", name: "plug" },
    ],
    [
      "Shelly, first generation",
      [
        ["shellies/plug-a1/relay/0", "on"],
        ["shellies/plug-a1/relay/0/power", "60.5"],
        ["shellies/plug-a1/relay/0/energy", "1200"],
      ],
      { profile: "shelly-gen1", topic: "shellies/plug-a1/#", name: "plug-a1", messages: 2 },
    ],
    [
      "Shelly, second generation, by its notifications",
      [
        ["washer/online", "true"],
        ["washer/events/rpc", NOTIFY],
      ],
      { profile: "shelly-gen2", topic: "washer/events/rpc", name: "washer" },
    ],
    [
      "Shelly, second generation, by its status of which it may have more",
      [["washer/status/switch:0", SWITCH]],
      { profile: "shelly-gen2", topic: "washer/#", name: "washer" },
    ],
    [
      "Zigbee2MQTT",
      [
        ["zigbee2mqtt/bridge/state", "online"],
        ["zigbee2mqtt/nevera", PLUG],
        ["zigbee2mqtt/nevera/availability", { state: "online" }],
      ],
      { profile: "zigbee2mqtt", topic: "zigbee2mqtt/nevera", name: "nevera" },
    ],
    [
      "Zigbee2MQTT with a topic an attribute",
      [
        ["zigbee2mqtt/nevera/power", "42"],
        ["zigbee2mqtt/nevera/energy", "3.5"],
      ],
      { profile: "zigbee2mqtt", topic: "zigbee2mqtt/nevera/#", name: "nevera" },
    ],
    [
      "ESPHome",
      [
        ["workshop/sensor/workshop_power/state", "310"],
        ["workshop/sensor/workshop_total_energy/state", "17.25"],
        ["workshop/sensor/uptime/state", "9000"],
      ],
      { profile: "esphome", topic: "workshop/sensor/#", name: "workshop", namesItself: true },
    ],
    [
      "Homie",
      [
        ["homie/boiler/meter/power/$unit", "W"],
        ["homie/boiler/meter/power", "1500"],
        ["homie/boiler/meter/energy", "20.5"],
      ],
      { profile: "homie", topic: "homie/boiler/#", name: "boiler", namesItself: true },
    ],
    [
      "any JSON",
      [["factory/hall-2/press", { power: 5100, energy: 88.5 }]],
      { profile: "auto", topic: "factory/hall-2/press", name: "press" },
    ],
    [
      "a plain number in kW",
      [["energy/consumption", "1.25"]],
      { profile: "auto", topic: "energy/consumption", name: "consumption" },
    ],
  ])("%s is one device with one filter", (_, said, expected) => {
    const devices = found(...said);

    expect(devices).toHaveLength(1);
    expect(devices[0]).toMatchObject(expected);
  });

  it("gives what each meter of a device said last", () => {
    const [plug] = found(
      ["shellies/shellyem-1/emeter/0/power", "900"],
      ["shellies/shellyem-1/emeter/0/total", "125000"],
      ["shellies/shellyem-1/emeter/0/power", "950.5"],
      ["shellies/shellyem-1/emeter/1/power", "-40"],
    );

    expect(plug?.meters).toEqual([
      { powerW: 950.5, importWh: 125_000 },
      { channel: "1", powerW: -40 },
    ]);
    expect(plug?.messages).toBe(4);
  });

  it("tells what the broker had kept from what is said now, and lets it replace nothing", () => {
    const discovery = hearAll([["zigbee2mqtt/plug", { ...PLUG, power: 1 }]], true);
    expect(discovery.found().devices[0]).toMatchObject({ retained: true });

    const say = (power: number, retained: boolean) =>
      discovery.hear({ topic: "zigbee2mqtt/plug", payload: toBytes({ power }), at: ARRIVAL + 5, retained });
    say(50, false);
    say(2, true);

    expect(discovery.found().devices[0]).toMatchObject({ retained: false, at: ARRIVAL + 5 });
    expect(discovery.found().devices[0]?.meters).toEqual([{ powerW: 50, importWh: 3500 }]);
  });

  it("counts topics on which it recognises nothing, and lists none of them", () => {
    const said: readonly Said[] = [
      ["home/door", "open"],
      ["home/room/temperature", "21.5"],
      ["home/room", { temperature: 21.5, humidity: 40, battery: 90 }],
      ["home/room/co2", "612"],
      ["home/room/air", { value: 612 }],
      ["counter", "7"],
      ["tele/heater/SENSOR", SENSOR],
      ["tele/heater/SENSOR", SENSOR],
    ];

    const { devices, topics, otherTopics, more } = hearAll(said).found();

    expect(devices.map(({ topic }) => topic)).toEqual(["tele/heater/SENSOR"]);
    expect([topics, otherTopics, more]).toEqual([7, 6, false]);
  });

  it("believes a number or a nameless value where its unit or its topic speaks of energy", () => {
    const devices = found(
      ["a/b", "1.5 kW"],
      ["home/heatpump/power_w", "850"],
      ["home/heatpump/potencia", { value: 0.85 }],
    );

    expect(devices.map(({ topic, meters }) => [topic, meters[0]?.powerW])).toEqual([
      ["a/b", 1500],
      ["home/heatpump/power_w", 850],
      ["home/heatpump/potencia", 850],
    ]);
  });

  it.each([
    ["grid", "tele/Netzbezug/SENSOR"],
    ["grid", "tele/red/SENSOR"],
    ["grid", "tele/house-mains/SENSOR"],
    ["solar", "tele/PV_Dach/SENSOR"],
    ["solar", "tele/placas/SENSOR"],
    ["solar", "tele/SolarRoof/SENSOR"],
    ["battery", "tele/batería/SENSOR"],
    ["battery", "tele/solar-battery/SENSOR"],
    ["ev", "tele/coche/SENSOR"],
    ["ev", "tele/Wallbox-2/SENSOR"],
    ["load", "tele/water-heater/SENSOR"],
    ["load", "tele/redecoration/SENSOR"],
  ])("guesses %s from %s", (role, topic) => {
    expect(found([topic, SENSOR])[0]).toMatchObject({ role, saysRole: false });
  });

  it.each([
    ["gas", "home/gas/meter"],
    ["water", "casa/agua"],
    ["load", "home/grid"],
  ])("guesses %s of a volume on %s", (role, topic) => {
    expect(found([topic, { volume: 12.5 }])[0]).toMatchObject({ role, saysRole: false });
  });

  it("names two devices apart that would be one meter", () => {
    const devices = found(["attic/plug", { power: 1 }], ["cellar/plug", { power: 2 }], ["cellar/lamp", { power: 3 }]);

    expect(devices.map(({ name }) => name)).toEqual(["attic-plug", "cellar-plug", "lamp"]);
  });

  it("makes one of entities that only one filter catches together", () => {
    const [all, ...others] = found(
      ["statestream/sensor/dryer_power/state", "800"],
      ["statestream/sensor/dryer_energy/state", "90"],
      ["statestream/sensor/lamp_power/state", "9"],
      ["workshop/sensor/saw_power/state", "700"],
    );

    expect(all).toMatchObject({ profile: "home-assistant", name: "dryer, lamp", saysRole: true });
    expect(all?.meters.map(({ name }) => name)).toEqual(["dryer", "lamp"]);
    expect(matchesFilter(all?.topic ?? "", "statestream/sensor/lamp_power/state")).toBe(true);
    expect(others.map(({ profile }) => profile)).toEqual(["esphome"]);
  });
});

describe("a thousand topics and hostile ones", () => {
  const MAX_PAUSE_MS = 20;

  it("finds every one of a thousand meters, and answers each second without holding the loop", () => {
    const said = Array.from({ length: 1_000 }, (_, n): Said => [`tele/plug-${n}/SENSOR`, SENSOR]);
    const discovery = hearAll(said);

    expect(discovery.found().devices).toHaveLength(1_000);
    expect(shortestMs(() => discovery.found())).toBeLessThan(MAX_PAUSE_MS);
  });

  it("does not hold the loop with the most devices that it lists, which all name themselves", () => {
    const discovery = hearAll(
      Array.from({ length: 6_000 }, (_, n): Said => [
        `p${n % 3_000}/sensor/${n < 3_000 ? "power" : "energy"}/state`,
        "5",
      ]),
    );

    const { devices, more } = discovery.found();
    expect([devices.length, more]).toEqual([2_000, true]);
    expect(shortestMs(() => discovery.found())).toBeLessThan(MAX_PAUSE_MS);
  });

  it("forgets nothing that it lists and remembers no more than it says, however many topics there are", () => {
    const discovery = makeDiscovery("Europe/Madrid");
    const long = "x".repeat(60_000);
    for (let n = 0; n < 30_000; n += 1) discovery.hear({ topic: `${long}/${n}`, payload: "1 kW", at: n });
    for (let n = 0; n < 30_000; n += 1) discovery.hear({ topic: `number/${n}`, payload: "on", at: n });
    for (let n = 0; n < 3_000; n += 1)
      discovery.hear({ topic: `shellies/plug/relay/${n % 10}/x${n}/power`, payload: "5", at: n });

    const { devices, topics, more } = discovery.found();
    expect([devices.length, topics, more]).toEqual([0, 20_000, true]);
  });

  it("bounds what it keeps of one device", () => {
    const discovery = makeDiscovery("Europe/Madrid");
    for (let n = 0; n < 5_000; n += 1) {
      discovery.hear({ topic: `p/sensor/room${n}_power/state`, payload: String(n), at: n });
    }
    const [device] = discovery.found().devices;
    expect(device?.meters).toHaveLength(40);
    expect(device?.topic).toBe("p/sensor/#");
  });

  it.each([
    ["a variable of ours", "tele/${HOME}/SENSOR"],
    ["a variable of ours, as it was written before", "tele/$(HOME)/SENSOR"],
    ["a wildcard", "tele/#/SENSOR"],
    ["a wildcard level", "tele/+/SENSOR"],
    ["a NUL", "tele/a\0b/SENSOR"],
    ["the broker's own", "$SYS/tele/a/SENSOR"],
    ["nothing", ""],
    ["more than a filter may have", `tele/${"a".repeat(1_100)}/SENSOR`],
  ])("never proposes a topic with %s", (_, topic) => {
    expect(found([topic, SENSOR])).toEqual([]);
  });

  it.each(["__proto__", "constructor", "toString", "<img src=x onerror=alert(1)>", "a b\u202ec", " ", "ñ".repeat(400)])(
    "takes %j for a name like any other",
    (name) => {
      const devices = found(
        [`tele/${name}/SENSOR`, SENSOR],
        [
          "w",
          { _: "telegram", media: "gas", meter: "m", id: "1", timestamp: "2026-03-10T12:00:00Z", name, total_m3: 5 },
        ],
      );

      expect(devices).toHaveLength(2);
      for (const device of devices) {
        expect(device.name.length).toBeLessThanOrEqual(100);
        expect(device.name).not.toMatch(/[\p{Cc}\p{Cf}]/u);
        expect(matchesFilter(device.topic, device.profile === "tasmota" ? `tele/${name}/SENSOR` : "w")).toBe(true);
      }
    },
  );
});

/** Of this process alone, best of some tries: the machine may be busy with something else. */
function shortestMs(work: () => unknown): number {
  let shortest = Infinity;
  for (let run = 0; run < 10; run += 1) {
    const from = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(from);
    shortest = Math.min(shortest, (user + system) / 1000);
  }
  return shortest;
}

it("makes one of devices that share one topic, and of the components of one device", () => {
  const grott = (device: string) => ({ device, time: "2026-03-10T12:00:00", values: { pvstatus: 1, pvpowerout: 900 } });
  const devices = found(
    ["energy/growatt", grott("A1")],
    ["energy/growatt", grott("B2")],
    ["house/status/em:0", { id: 0, total_act_power: 1500, total_aprt_power: 1600 }],
    ["house/status/emdata:0", { id: 0, total_act: 90_000, total_act_ret: 12 }],
  );

  expect(devices.map(({ topic, name }) => [topic, name])).toEqual([
    ["energy/growatt", "A1, B2"],
    ["house/#", "house"],
  ]);
  expect(devices[1]?.meters).toEqual([{ powerW: 1500, importWh: 90_000, exportWh: 12 }]);
});

const CORPUS = "../shared/corpus/payloads.json";
const title = "a node with what was found hears every real message that gave a reading, and reads the same from it";
if (!existsSync(CORPUS)) it.skip(`${title} (${CORPUS} is not here)`, () => undefined);
else it(title, hearsTheCorpus);

interface Heard {
  readonly topic: string;
  readonly payload: Buffer;
  readonly at: number;
}

const heardOf = ({ topic, payload }: { readonly topic: string; readonly payload: unknown }): Heard => {
  return { topic, payload: Buffer.isBuffer(payload) ? payload : toBytes(payload), at: ARRIVAL };
};

/** Topics that gave a reading and that no node made of what was found would hear, or from which it would read something else. */
function missed(messages: readonly Heard[]): { devices: readonly FoundDevice[]; read: number; missed: string[] } {
  const discovery = makeDiscovery("Europe/Madrid");
  for (const message of messages) discovery.hear(message);
  const { devices } = discovery.found();
  const [one, other] = [makeMemory(), makeMemory()];
  const missed: string[] = [];
  let read = 0;
  for (const message of messages) {
    const { decoded, family, message: opened } = recognise(message, { profile: "auto", zone: "Europe/Madrid" }, one);
    if (decoded.kind !== "readings" || !family || !opened) continue;
    // A bare number under a name that does not speak of energy is nobody's meter yet.
    if (isAnything(family) && !tellsEnergy(opened)) continue;
    read += 1;
    const device = devices.find(
      ({ topic, profile }) => matchesFilter(topic, message.topic) && [family.profile, "auto"].includes(profile),
    );
    const profile = device?.profile ?? "auto";
    const again = recognise(message, { profile, zone: "Europe/Madrid" }, other).decoded;
    if (!device || JSON.stringify(again) !== JSON.stringify(decoded)) missed.push(message.topic);
  }
  return { devices, read, missed };
}

it.each(PROFILES)(
  "a node with what was found of %s hears all that gave a reading, and reads the same from it",
  (profile) => {
    const samples = SAMPLES[profile].filter(({ topic }) => topic !== "").map(heardOf);
    const found = missed([...samples, ...samples]);

    expect(found.read).toBeGreaterThan(0);
    expect(found.missed).toEqual([]);
  },
);

interface Real {
  readonly transport: string;
  readonly topic: string;
  readonly payload: unknown;
}

function hearsTheCorpus(): void {
  const read = JSON.parse(readFileSync(CORPUS, "utf8")) as readonly Real[] | { readonly payloads: readonly Real[] };
  const all = "payloads" in read ? read.payloads : read;
  const found = missed(all.filter(({ transport, topic }) => transport === "mqtt" && topic !== "").map(heardOf));

  expect(found.devices.length).toBeGreaterThan(20);
  expect(found.missed).toEqual([]);
}
