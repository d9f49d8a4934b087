import {
  asObject,
  checkTopic,
  parseChannel,
  parseJsonObject,
  toOnOff,
  type DeviceAddress,
  type DeviceProfile,
} from "./profile";

/**
 * Shelly from the second generation on: JSON-RPC over MQTT (https://shelly-api-docs.shelly.cloud/gen2/General/RPCChannels).
 * Which of its two notifications is switched on depends on the device, so both are heard; `ask` is answered under `source`.
 */
export function shellyGen2({ device, channel, baseTopic }: DeviceAddress): DeviceProfile {
  const name = checkTopic(device, "device");
  const root = baseTopic.trim() ? `${checkTopic(baseTopic, "baseTopic")}/${name}` : name;
  const id = parseChannel(channel, 0);
  const source = `vatio/${root}/${id}`;
  const component = `switch:${id}`;

  const status = `${root}/status/${component}`;
  const events = `${root}/events/rpc`;
  const answers = `${source}/rpc`;
  const call = (method: string, params: object): string => JSON.stringify({ id: 1, src: source, method, params });

  return {
    command: (on) => ({ topic: `${root}/rpc`, payload: call("Switch.Set", { id, on }) }),
    ask: { topic: `${root}/rpc`, payload: call("Switch.GetStatus", { id }) },
    reports: [status, events, answers],
    parse: (topic, payload) => {
      const said = parseJsonObject(payload);
      if (!said) return undefined;
      if (topic === status) return toOnOff(said.output);
      if (topic === answers) return toOnOff(asObject(said.result)?.output);
      if (topic !== events) return undefined;
      if (said.method !== "NotifyStatus" && said.method !== "NotifyFullStatus") return undefined;
      return toOnOff(asObject(asObject(said.params)?.[component])?.output);
    },
  };
}
