import { decode, type RawMessage } from "../lib/meters/decode";
import { makeMemory } from "../lib/meters/memory";
import { atLeast, type Figure } from "./figure";

const LEAST_PER_SECOND = 100_000;
const TURN_MS = 300;
/** The best of so many turns: the machine may be busy with something else. */
const TURNS = 3;

/** A message of each family, as its devices send it; what changes between two messages changes here too. */
const FAMILIES: Readonly<Record<string, (n: number) => { topic: string; body: unknown }>> = {
  number: (n) => ({ topic: "energy/consumption", body: (n % 5000) / 1000 }),
  json: (n) => ({
    topic: "house/main",
    body: {
      ts: 1_773_144_000 + n,
      power: n % 5000,
      energy_total: 1234.5 + n / 1000,
      voltage: 231.2,
      current: 4.3,
      pf: 0.97,
    },
  }),
  tasmota: (n) => ({
    topic: "tele/heater/SENSOR",
    body: {
      Time: `2026-03-10T13:00:${String(n % 60).padStart(2, "0")}`,
      ENERGY: {
        ...{ TotalStartTime: "2024-01-01T00:00:00", Total: 1234.5 + n / 1000, Yesterday: 9.5, Today: 1.2, Period: 12 },
        ...{ Power: n % 3000, ApparentPower: 1510, ReactivePower: 170, Factor: 0.99, Voltage: 231, Current: 6.5 },
      },
    },
  }),
  "shelly-gen2": (n) => ({
    topic: "washer/events/rpc",
    body: {
      ...{ src: "shellyplus1pm-4417939341dc", dst: "washer/events", method: "NotifyStatus" },
      params: {
        ts: 1_773_144_000.5 + n,
        "switch:0": {
          ...{ id: 0, apower: n % 2000, voltage: 231.5, current: 1.2, pf: 0.98, freq: 50 },
          aenergy: { by_minute: [12.5, 13.5, 11.5], minute_ts: 1_773_144_000, total: 5125.5 + n },
        },
      },
    },
  }),
  esphome: (n) => ({ topic: "plug/sensor/power/state", body: n % 2000 }),
  "home-assistant": (n) => ({ topic: "ha/statestream/sensor/washer_power/state", body: n % 2000 }),
  homie: (n) => ({ topic: "homie/5/plug/meter/power", body: n % 2000 }),
  ewelink: (n) => ({
    topic: "sonoff/garage",
    body: {
      ...{ switches: [{ switch: "on", outlet: 0 }], fwVersion: "1.4.0", rssi: -50, actPow_00: n, voltage_00: 23055 },
      ...{ current_00: 536, reactPow_00: 1200, apparentPow_00: 124000, actPow_01: 0, voltage_01: 23055, current_01: 0 },
    },
  }),
  wmbus: (n) => ({
    topic: "wmbusmeters/00112233",
    body: {
      ...{ _: "telegram", media: "electricity", meter: "amiplus", name: "House", id: "00112233" },
      ...{ total_energy_consumption_kwh: 1234.5 + n / 1000, current_power_consumption_kw: (n % 5000) / 1000 },
      ...{ voltage_at_phase_1_v: 230, voltage_at_phase_2_v: 231, timestamp: "2026-03-10T12:00:00Z" },
    },
  }),
  lorawan: (n) => ({
    topic: "application/1f/device/0102030405060708/event/up",
    body: {
      ...{ time: "2026-03-10T12:00:00.123Z", devAddr: "01020304", fPort: 2, fCnt: n, data: "AQID" },
      deviceInfo: { deviceName: "Hall", deviceProfileName: "Clamp", applicationName: "plant", devEui: "0102" },
      object: { power: n % 5000, energy_wh: 7000 + n, voltage: 231 },
    },
  }),
  sparkplug: (n) => ({
    topic: "spBv1.0/Plant/DDATA/Edge/Press",
    body: {
      timestamp: 1_773_144_000_000 + n,
      metrics: [
        { name: "Active Power (kW)", timestamp: 1_773_144_000_000 + n, dataType: "Double", value: n / 1000 },
        { name: "Total Energy (kWh)", timestamp: 1_773_144_000_000 + n, dataType: "Double", value: 5 + n / 1000 },
      ],
    },
  }),
  zigbee2mqtt: (n) => ({
    topic: "zigbee2mqtt/fridge",
    body: {
      ...{ child_lock: "UNLOCK", current: 0.4, energy: 12.34 + n / 1000, indicator_mode: "off", linkquality: 102 },
      ...{ power: n % 200, power_outage_memory: "off", state: "ON", update_available: null, voltage: 233 },
    },
  }),
};

/** Messages a second of one core, from bytes to readings. */
export default async function measureDecode(): Promise<Figure[]> {
  return Object.entries(FAMILIES).map(([family, make]) => {
    const messages = Array.from({ length: 1000 }, (_, n): RawMessage => {
      const { topic, body } = make(n);
      return { topic, payload: Buffer.from(JSON.stringify(body)), at: Date.parse("2026-03-10T12:00:00Z") };
    });
    turn(messages); // warms up
    const best = Math.max(...Array.from({ length: TURNS }, () => turn(messages)));
    return atLeast(`decode ${family}`, Math.round(best), "messages/s", LEAST_PER_SECOND);
  });
}

/** By the processor's time, so that a busy machine does not count as slow code. */
function turn(messages: readonly RawMessage[]): number {
  const settings = { profile: "auto", zone: "Europe/Madrid" } as const;
  const memory = makeMemory();
  const end = performance.now() + TURN_MS;
  const from = process.cpuUsage();
  let done = 0;
  while (performance.now() < end) {
    for (const message of messages) if (decode(message, settings, memory).kind === "readings") done += 1;
  }
  const { user, system } = process.cpuUsage(from);
  return (done * 1e6) / (user + system);
}
