import { checkTopic, parseChannel, parseJsonObject, toOnOff, type DeviceAddress, type DeviceProfile } from "./profile";

/** Tasmota's own default; many installations turn it round. */
const FULL_TOPIC = "%prefix%/%topic%";

/**
 * Tasmota (https://tasmota.github.io/docs/MQTT/): `baseTopic` is its FullTopic. A single relay is POWER, which
 * POWER1 also addresses; which of the two it reports depends on its SetOption26.
 */
export function tasmota({ device, channel, baseTopic }: DeviceAddress): DeviceProfile {
  const name = checkTopic(device, "device");
  const fullTopic = checkTopic(baseTopic.trim().replace(/\/+$/, "") || FULL_TOPIC, "baseTopic");
  const at = (prefix: string, what: string): string =>
    `${fullTopic.replaceAll("%prefix%", prefix).replaceAll("%topic%", () => name)}/${what}`;

  const relay = parseChannel(channel, 0);
  const power = relay === 0 ? "POWER" : `POWER${relay}`;
  const names = relay <= 1 ? ["POWER", "POWER1"] : [power];
  const plain = names.map((key) => at("stat", key));
  const json = [at("stat", "RESULT"), at("tele", "STATE")];

  return {
    command: (on) => ({ topic: at("cmnd", power), payload: on ? "ON" : "OFF" }),
    ask: { topic: at("cmnd", power), payload: "" },
    reports: [...plain, ...json],
    parse: (topic, payload) => {
      if (plain.includes(topic)) return toOnOff(payload);
      const said = json.includes(topic) ? parseJsonObject(payload) : undefined;
      return said && names.map((key) => toOnOff(said[key])).find((state) => state !== undefined);
    },
  };
}
