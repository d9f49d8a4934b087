import { checkTopic, parseJsonObject, toOnOff, type DeviceAddress, type DeviceProfile } from "./profile";

/**
 * Zigbee2MQTT (https://www.zigbee2mqtt.io/guide/usage/mqtt_topics_and_messages.html). A plug with several outlets names
 * them `l1`, `l2`, `left`…: channel 2 is `state_l2`, channel left is `state_left`.
 */
export function zigbee2mqtt({ device, channel, baseTopic }: DeviceAddress): DeviceProfile {
  const root = `${checkTopic(baseTopic || "zigbee2mqtt", "baseTopic")}/${checkTopic(device, "device")}`;
  const outlet = channel.trim();
  const key = outlet === "" ? "state" : /^\d+$/.test(outlet) ? `state_l${outlet}` : `state_${outlet}`;

  return {
    command: (on) => ({ topic: `${root}/set`, payload: JSON.stringify({ [key]: on ? "ON" : "OFF" }) }),
    ask: { topic: `${root}/get`, payload: JSON.stringify({ [key]: "" }) },
    reports: [root],
    parse: (topic, payload) => (topic === root ? toOnOff(parseJsonObject(payload)?.[key]) : undefined),
  };
}
