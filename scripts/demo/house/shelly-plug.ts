import { jsonObject, rounded, switchWord, type Device, type Message } from "./device.ts";
import type { House, Plug } from "./house.ts";

/** A Shelly of the second generation: `…/status/switch:0`, `…/events/rpc`, `…/rpc` with JSON-RPC. */
export function shellyPlug(topic: string, plug: Plug, voltageV: (at: number) => number): Device {
  const status = (house: House): Record<string, unknown> => {
    const volts = rounded(voltageV(house.at), 1);
    const watts = rounded(house.powersW[plug], 1);
    return {
      id: 0,
      source: "mqtt",
      output: house.plugs[plug],
      apower: watts,
      voltage: volts,
      freq: 50,
      current: rounded(watts / volts, 3),
      aenergy: { total: rounded(house.counters[plug], 3), minute_ts: Math.floor(house.at / 60_000) * 60 },
      temperature: { tC: 31.4, tF: 88.5 },
    };
  };
  const statusMessage = (house: House): Message => ({
    topic: `${topic}/status/switch:0`,
    payload: JSON.stringify(status(house)),
  });
  const notification = (house: House): Message => ({
    topic: `${topic}/events/rpc`,
    payload: JSON.stringify({
      src: topic,
      dst: `${topic}/events`,
      method: "NotifyStatus",
      params: { ts: rounded(house.at / 1000, 2), "switch:0": status(house) },
    }),
  });

  return {
    listensTo: [`${topic}/rpc`, `${topic}/command/switch:0`],
    will: { topic: `${topic}/online`, payload: "false", retain: true },
    hello: () => [{ topic: `${topic}/online`, payload: "true", retain: true }],
    report: (house) => [statusMessage(house)],
    understand: (heard, payload, house) => {
      const isOn = house.plugs[plug];
      if (heard === `${topic}/command/switch:0`) {
        const on = switchWord(payload, isOn);
        const answer = (after: House): Message[] => [statusMessage(after), notification(after)];
        return on === undefined ? { answer } : { switches: { plug, on }, answer };
      }

      const { id, src, method, params } = jsonObject(payload);
      if (typeof src !== "string" || src === "" || /[#+\0]/.test(src)) return undefined;
      const reply = (outcome: Record<string, unknown>): Message => ({
        topic: `${src}/rpc`,
        payload: JSON.stringify({ id, src: topic, dst: src, ...outcome }),
      });
      if (method === "Switch.GetStatus") return { answer: (after) => [reply({ result: status(after) })] };
      if (method !== "Switch.Set" && method !== "Switch.Toggle") {
        const error = { code: 404, message: `No handler for ${String(method)}` };
        return { answer: () => [reply({ error })] };
      }
      const wanted = typeof params === "object" && params !== null && "on" in params ? params.on : undefined;
      const on = method === "Switch.Toggle" ? !isOn : typeof wanted === "boolean" ? wanted : undefined;
      if (on === undefined) {
        return { answer: () => [reply({ error: { code: -103, message: "Missing required argument 'on'!" } })] };
      }
      const answer = (after: House): Message[] => [
        reply({ result: { was_on: isOn } }),
        statusMessage(after),
        notification(after),
      ];
      return { switches: { plug, on }, answer };
    },
  };
}
