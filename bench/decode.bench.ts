import { decode, type RawMessage } from "../lib/meters/decode";
import { atLeast, type Figure } from "./figure";

const LEAST_PER_SECOND = 100_000;
const TURN_MS = 700;

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
    return atLeast(`decode ${family}`, Math.round(turn(messages)), "messages/s", LEAST_PER_SECOND);
  });
}

/** By the processor's time, so that a busy machine does not count as slow code. */
function turn(messages: readonly RawMessage[]): number {
  const settings = { profile: "auto", zone: "Europe/Madrid" } as const;
  const end = performance.now() + TURN_MS;
  const from = process.cpuUsage();
  let done = 0;
  while (performance.now() < end) {
    for (const message of messages) if (decode(message, settings).kind === "readings") done += 1;
  }
  const { user, system } = process.cpuUsage(from);
  return (done * 1e6) / (user + system);
}
