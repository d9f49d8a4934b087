import { EnergyError } from "../../errors";

/** Where a device listens and speaks, as the user set it; every family reads what it needs. */
export interface DeviceAddress {
  /** The device's own topic, id or friendly name. */
  readonly device: string;
  /** Which relay of the device; empty for its only or first one. */
  readonly channel: string;
  /** What the family's topics start with; empty for the family's default. */
  readonly baseTopic: string;
}

export interface Outgoing {
  readonly topic: string;
  readonly payload: string;
}

export type OnOff = "on" | "off";

/** How one device is told and understood over MQTT. */
export interface DeviceProfile {
  command(on: boolean): Outgoing;
  /** Makes the device say its state without changing it, in the families that can. */
  readonly ask?: Outgoing;
  /** Topic filters of the device's reports; none when it never reports. */
  readonly reports: readonly string[];
  /** What a report says of this relay; nothing when it speaks of something else. */
  parse(topic: string, payload: string): OnOff | undefined;
}

/** A topic, or part of one, that is safe to publish to: wildcards would reach other devices. */
export function checkTopic(value: string, field: string): string {
  const topic = value.trim();
  if (/[+#\0]/.test(topic) || topic.startsWith("/") || topic.endsWith("/") || topic.length > 500) {
    throw new EnergyError("invalid-config", `${field} must be a plain MQTT topic without + or #, got "${value}"`, {
      field,
    });
  }
  return topic;
}

/** The number of a relay, or `invalid-config`; an empty channel is `fallback`. */
export function parseChannel(channel: string, fallback: number): number {
  const text = channel.trim();
  if (text === "") return fallback;
  if (!/^\d{1,2}$/.test(text)) {
    throw new EnergyError("invalid-config", `channel must be a small whole number, got "${channel}"`, {
      field: "channel",
    });
  }
  return Number(text);
}

/** "ON", "on", true: how devices spell it. */
export function toOnOff(value: unknown): OnOff | undefined {
  if (typeof value === "boolean") return value ? "on" : "off";
  const text = typeof value === "string" ? value.trim().toLowerCase() : undefined;
  return text === "on" || text === "off" ? text : undefined;
}

/** The JSON object in a report; nothing when it is something else, since a report is a stranger's text. */
export function parseJsonObject(payload: string): Readonly<Record<string, unknown>> | undefined {
  if (payload.length > 65_536 || !payload.trimStart().startsWith("{")) return undefined;
  try {
    return asObject(JSON.parse(payload));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

export function asObject(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}
