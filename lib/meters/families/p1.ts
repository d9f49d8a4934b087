import { NOTHING, refused } from "../decoded";
import type { Family } from "../family";
import type { Message } from "../message";
import { decodeTelegram, isTelegram, isUnderWay, telegramText } from "../telegram-message";

/**
 * Telegrams of the P1 port (DSMR 2.2 to 5, eMUCs, and the ports of other countries that took it over), whole or in pieces over
 * several messages, as text or from Tasmota's serial bridge. A wrong check sum is refused. Units are read from the lines. Meters
 * on the M-Bus are channels `gas`, `water`, `warm-water`, `heat`.
 */
export const p1: Family = {
  profile: "p1",
  about: {
    name: "DSMR P1",
    topics: ["<any>", "dsmr/raw", "tele/<topic>/RESULT"],
    fields: [
      { measure: "powerW", from: "1-0:1.7.0, 1-0:2.7.0", unit: "kW, W" },
      { measure: "importWh", from: "1-0:1.8.0, 1-0:1.8.1, 1-0:1.8.2", unit: "kWh, Wh" },
      { measure: "exportWh", from: "1-0:2.8.0, 1-0:2.8.1, 1-0:2.8.2", unit: "kWh, Wh" },
      { measure: "tariffs", from: "1-0:1.8.<n>, 1-0:2.8.<n>", unit: "kWh, Wh" },
      { measure: "electrical", from: "1-0:32.7.0, 1-0:31.7.0, 1-0:21.7.0, …", unit: "V, A, kW" },
      { measure: "volumeM3", from: "0-<n>:24.2.1, 0-<n>:24.2.3, 0-<n>:24.3.0", unit: "m³" },
    ],
    tested: ["DSMR 3", "DSMR 4.2", "DSMR 5", "eMUCs 5.0.217"],
  },
  recognises: (message, memory) => {
    if (isEncrypted(message)) return true;
    const text = telegramText(message);
    if (text === undefined) return false;
    return message.body !== undefined || isTelegram(text) || isUnderWay(message, memory);
  },

  decode(message, settings, memory) {
    if (isEncrypted(message)) return refused("needs-codec", "the P1 port's key (AES-128-GCM)");
    const text = telegramText(message);
    return text === undefined ? NOTHING : decodeTelegram(text, message, settings, memory);
  },
};

/** Luxembourg's and Austria's telegrams: general-glo-ciphering of DLMS, with a system title of eight bytes. */
function isEncrypted({ bytes }: Message): boolean {
  return bytes !== undefined && bytes.length > 20 && bytes[0] === 0xdb && bytes[1] === 0x08;
}
