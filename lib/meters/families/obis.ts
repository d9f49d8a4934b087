import { NOTHING } from "../decoded";
import type { Family } from "../family";
import { decodeTelegram, isTelegram, telegramText } from "../telegram-message";

/**
 * Text telegrams of IEC 62056-21 (the optical port of meters, mode D, and Tibber's `obis_stream`): as a P1 telegram without a
 * check sum, its codes with `*255` behind them or without `1-0:` before them.
 */
export const obis: Family = {
  profile: "obis",
  about: {
    name: "IEC 62056-21 (OBIS)",
    topics: ["<any>", "tibber-bridge/<id>/publish/<name>/<id>/obis_stream"],
    fields: [
      { measure: "powerW", from: "1-0:1.7.0*255, 1-0:16.7.0*255, 1-0:21.7.0*255, …", unit: "W, kW" },
      { measure: "importWh", from: "1-0:1.8.0*255", unit: "kWh, Wh" },
      { measure: "exportWh", from: "1-0:2.8.0*255", unit: "kWh, Wh" },
      { measure: "electrical", from: "1-0:32.7.0*255, 1-0:31.7.0*255, …", unit: "V, A" },
    ],
    tested: [],
  },
  recognises: (message) => {
    if (message.body !== undefined) return false;
    const text = telegramText(message);
    if (text === undefined) return false;
    if (message.leaf === "obis_stream") return true;
    return (text.includes("*255(") || text.includes("\x02")) && isTelegram(text);
  },

  decode(message, settings, memory) {
    const text = telegramText(message);
    return text === undefined ? NOTHING : decodeTelegram(text, message, settings, memory);
  },
};
