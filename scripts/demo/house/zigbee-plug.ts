import { jsonObject, rounded, switchWord, type Device, type Message } from "./device.ts";
import type { House, Plug } from "./house.ts";

/** A Zigbee plug behind Zigbee2MQTT: `zigbee2mqtt/<name>`, `…/set`, `…/get`. */
export function zigbeePlug(name: string, plug: Plug, voltageV: (at: number) => number): Device {
  const topic = `zigbee2mqtt/${name}`;
  const report = (house: House): Message[] => {
    const volts = Math.round(voltageV(house.at));
    const power = rounded(house.powersW[plug], 1);
    const said = {
      state: house.plugs[plug] ? "ON" : "OFF",
      power,
      energy: rounded(house.counters[plug] / 1000, 3),
      voltage: volts,
      current: rounded(power / volts, 2),
      linkquality: 120,
    };
    return [{ topic, payload: JSON.stringify(said) }];
  };

  return {
    listensTo: [`${topic}/set`, `${topic}/set/state`, `${topic}/get`],
    will: { topic: `${topic}/availability`, payload: JSON.stringify({ state: "offline" }), retain: true },
    hello: () => [{ topic: `${topic}/availability`, payload: JSON.stringify({ state: "online" }), retain: true }],
    report,
    understand: (heard, payload, house) => {
      if (heard === `${topic}/get`) return { answer: report };
      const bare = switchWord(payload, house.plugs[plug]);
      const { state } = jsonObject(payload);
      const on = bare ?? switchWord(state, house.plugs[plug]);
      return on === undefined ? undefined : { switches: { plug, on }, answer: report };
    },
  };
}
