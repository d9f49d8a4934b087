/** What devices say beside their readings: states, availability, values they do not have. */
const WORDS: ReadonlySet<string> = new Set([
  ...["on", "off", "true", "false", "online", "offline", "connected", "disconnected", "available", "unavailable"],
  ...["unknown", "none", "null", "nil", "nan", "-nan", "inf", "-inf", "n/a", "ok", "idle", "open", "closed", "toggle"],
  ...["overpower", "overtemp", "standby", "alive", "dead", "ready", "lost"],
]);

export function isSmallTalk(value: unknown): boolean {
  if (typeof value === "boolean") return true;
  return typeof value === "string" && value.length <= 16 && WORDS.has(value.trim().toLowerCase());
}

/** Long lists that bridges and brokers publish of themselves: not worth opening. */
export function isHousekeeping(topic: string): boolean {
  return topic.startsWith("zigbee2mqtt/bridge/") || topic.startsWith("$SYS/");
}

/** Last parts of topics under which devices speak of themselves, and commands to them. */
const DEVICE_TOPIC =
  /^(?:lwt|availability|available|status|state|info\d?|announce|online|version|ip|mac|hostname|command|cmd|set|get|uptime|loglevel|log|config|will|name|result|power\d*)$/i;

export function isDeviceTopic(leaf: string): boolean {
  return DEVICE_TOPIC.test(leaf);
}
