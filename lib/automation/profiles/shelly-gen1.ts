import { checkTopic, parseChannel, toOnOff, type DeviceAddress, type DeviceProfile } from "./profile";

/** Shelly of the first generation (https://shelly-api-docs.shelly.cloud/gen1/#mqtt-support). */
export function shellyGen1({ device, channel, baseTopic }: DeviceAddress): DeviceProfile {
  const base = checkTopic(baseTopic || "shellies", "baseTopic");
  const root = `${base}/${checkTopic(device, "device")}`;
  const relay = `${root}/relay/${parseChannel(channel, 0)}`;

  return {
    command: (on) => ({ topic: `${relay}/command`, payload: on ? "on" : "off" }),
    ask: { topic: `${root}/command`, payload: "update" },
    reports: [relay],
    parse: (topic, payload) => {
      if (topic !== relay) return undefined;
      // It opened the relay by itself, to protect what hangs on it.
      return payload.trim() === "overpower" ? "off" : toOnOff(payload);
    },
  };
}
