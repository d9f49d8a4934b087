import { rounded, switchWord, type Device, type Message } from "./device.ts";
import type { House, Plug } from "./house.ts";

/** A plug with Tasmota's firmware: `tele/…/SENSOR`, `cmnd/…/POWER`, `stat/…/RESULT`. */
export function tasmotaPlug(topic: string, plug: Plug, voltageV: (at: number) => number): Device {
  const word = (house: House): string => (house.plugs[plug] ? "ON" : "OFF");
  const answer = (house: House): Message[] => [
    { topic: `stat/${topic}/RESULT`, payload: JSON.stringify({ POWER: word(house) }) },
    { topic: `stat/${topic}/POWER`, payload: word(house) },
    sensor(house),
  ];
  const sensor = (house: House): Message => {
    const volts = Math.round(voltageV(house.at));
    const power = Math.round(house.powersW[plug]);
    const energy = {
      TotalStartTime: "2024-01-01T00:00:00",
      Total: rounded(house.counters[plug] / 1000, 3),
      Period: 0,
      Power: power,
      ApparentPower: power,
      ReactivePower: 0,
      Factor: power > 0 ? 1 : 0,
      Voltage: volts,
      Current: rounded(power / volts, 3),
    };
    return { topic: `tele/${topic}/SENSOR`, payload: JSON.stringify({ Time: wallClock(house.at), ENERGY: energy }) };
  };

  return {
    listensTo: [`cmnd/${topic}/#`],
    will: { topic: `tele/${topic}/LWT`, payload: "Offline", retain: true },
    hello: (house) => [
      { topic: `tele/${topic}/LWT`, payload: "Online", retain: true },
      { topic: `tele/${topic}/STATE`, payload: JSON.stringify({ Time: wallClock(house.at), POWER: word(house) }) },
    ],
    report: (house) => [sensor(house)],
    understand: (heard, payload, house) => {
      if (!/^cmnd\/.+\/POWER1?$/i.test(heard)) return undefined;
      const on = switchWord(payload, house.plugs[plug]);
      return on === undefined ? { answer } : { switches: { plug, on }, answer };
    },
  };
}

/** Tasmota tells the time of its wall, without a zone. */
function wallClock(at: number): string {
  const date = new Date(at);
  return new Date(at - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
}
