import mqtt from "mqtt";
import type { Device, Message } from "./device.ts";
import { fillWasher, nextHouse, switchPlug, type House } from "./house.ts";
import { gridMeter, solarInverter } from "./meters.ts";
import { shellyPlug } from "./shelly-plug.ts";
import type { Surroundings } from "./surroundings.ts";
import { tasmotaPlug } from "./tasmota-plug.ts";
import { zigbeePlug } from "./zigbee-plug.ts";

const TICK_MS = 1_000;
const LONGEST_STEP_MS = 30_000;
const NEXT_WASH_MS = 100 * 60_000;

export interface RunningHouse {
  /** Takes its retained messages back, so that nothing of it stays on the broker. */
  close(): Promise<void>;
}

/** The house's devices on the network, each with a connection of its own as in life. */
export function makeDevices(prefix: string, around: Surroundings): readonly Device[] {
  return [
    solarInverter(`${prefix}solar/inverter`),
    tasmotaPlug(`${prefix}heater`, "heater", around.voltageV),
    shellyPlug(`${prefix}washer`, "washer", around.voltageV),
    zigbeePlug(`${prefix}fridge`, "fridge", around.voltageV),
    gridMeter(`${prefix}grid`, around.voltageV),
  ];
}

/** Brings `start` to life on the broker at `url`; resolves when every device is connected. */
export async function runHouse(
  url: string,
  start: House,
  around: Surroundings,
  devices: readonly Device[],
): Promise<RunningHouse> {
  let house = start;
  const connections = await Promise.all(devices.map((device) => connect(url, device)));

  const advance = (): void => {
    const now = Date.now();
    while (house.at < now) house = nextHouse(house, Math.min(now, house.at + LONGEST_STEP_MS), around);
    if (house.washedMs > NEXT_WASH_MS) house = fillWasher(house, around);
  };
  advance();

  for (const { device, client, say } of connections) {
    const greet = (): void => say([...(device.hello?.(house) ?? []), ...device.report(house)]);
    greet();
    client.on("connect", greet);
    client.on("message", (topic, payload) => {
      advance();
      const command = device.understand?.(topic, payload.toString("utf8"), house);
      if (!command) return;
      if (command.switches) house = switchPlug(house, command.switches.plug, command.switches.on, around);
      say(command.answer(house));
    });
  }

  let ticks = 0;
  const clock = setInterval(() => {
    advance();
    ticks += 1;
    // The main meter speaks each second, the others in turn each other second.
    connections.forEach(({ device, say }, index) => {
      if (index === connections.length - 1 || (ticks + index) % 2 === 0) say(device.report(house));
    });
  }, TICK_MS);

  return {
    close: async () => {
      clearInterval(clock);
      await Promise.all(connections.map(({ leave }) => leave()));
    },
  };
}

async function connect(url: string, device: Device): Promise<Connection> {
  const { will } = device;
  const options = {
    ...(will && { will: { topic: will.topic, payload: Buffer.from(will.payload), qos: 1, retain: true } as const }),
  };
  const client = await mqtt.connectAsync(url, options, false).catch((error: unknown) => {
    const { protocol, host } = new URL(url);
    const reason = error instanceof Error && error.message ? error.message : String(error);
    throw new Error(`The house cannot reach the broker at ${protocol}//${host}: ${reason}`, { cause: error });
  });
  // A real broker may go away for a while; the devices come back by themselves.
  client.on("error", () => undefined);
  if (device.listensTo.length > 0) await client.subscribeAsync([...device.listensTo], { qos: 1 });

  const retained = new Set<string>();
  return {
    device,
    client,
    say: (messages) => {
      if (!client.connected) return;
      for (const { topic, payload, retain = false } of messages) {
        if (retain) retained.add(topic);
        client.publish(topic, payload, { qos: 1, retain });
      }
    },
    leave: async () => {
      if (client.connected) {
        await Promise.all([...retained].map((topic) => client.publishAsync(topic, "", { qos: 1, retain: true })));
      }
      await client.endAsync(!client.connected);
    },
  };
}

interface Connection {
  readonly device: Device;
  readonly client: mqtt.MqttClient;
  say(messages: readonly Message[]): void;
  leave(): Promise<void>;
}
