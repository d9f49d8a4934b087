import { NOTHING, type Decoded } from "./decoded";
import type { Memory } from "./memory";
import { objectOf, type Body, type Message } from "./message";

/** What Home Assistant's MQTT discovery says of the values under a topic. */
export interface Discovered {
  unit?: string;
  /** A device class that names a measure: `power`, `energy`, … */
  kind?: string;
}

const KINDS: ReadonlySet<string> = new Set([
  ...["power", "energy", "voltage", "current", "frequency", "power_factor", "apparent_power", "reactive_power"],
  ...["gas", "water"],
]);
const MAX_TOPIC = 300;

/** `homeassistant/sensor/…/config`, with the long or the short names of its fields. */
export function isDiscovery(message: Message): boolean {
  if (message.leaf !== "config") return false;
  const body = objectOf(message);
  return body !== undefined && text(body, "state_topic", "stat_t") !== undefined;
}

/** Remembers unit and device class of the topic that the message names. */
export function rememberDiscovery(message: Message, memory: Memory): Decoded {
  const body = objectOf(message) ?? {};
  const topic = text(body, "state_topic", "stat_t")?.replace(/^~/, text(body, "~") ?? "");
  if (!topic || topic.length > MAX_TOPIC) return NOTHING;
  const state = discovered(topic, memory);
  const unit = text(body, "unit_of_measurement", "unit_of_meas");
  const kind = kindOf(text(body, "device_class", "dev_cla"));
  if (unit) state.unit = unit.slice(0, 12);
  if (kind) state.kind = kind;
  return NOTHING;
}

export function discovered(topic: string, memory: Memory): Discovered {
  return memory.of<Discovered>("discovery", topic, () => ({}));
}

/** A device class where it names a measure that we know. */
export function kindOf(deviceClass: unknown): string | undefined {
  return typeof deviceClass === "string" && KINDS.has(deviceClass) ? deviceClass : undefined;
}

function text(body: Body, ...names: readonly string[]): string | undefined {
  const name = names.find((one) => Object.hasOwn(body, one));
  const value = name === undefined ? undefined : body[name];
  return typeof value === "string" ? value : undefined;
}
