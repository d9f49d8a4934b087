import { NOTHING, refused } from "../decoded";
import type { Family } from "../family";
import { gatewayReadings, type Origin } from "../gateway-lines";
import type { Message } from "../message";
import { measured } from "../numbers";
import { obisLine } from "../obis-lines";

const CODE = /^1-\d{1,2}:\d{1,3}\.\d{1,3}\.\d{1,3}(?:\*255)?$/;

/** `<base>/sensor/<n>/obis/1-0:1.8.0/255/value`: the OBIS code is a level of the topic, the value in Wh and W. Sensors after the first are channels. */
export const smlreader: Family = {
  profile: "smlreader",
  about: {
    name: "SMLReader",
    topics: ["<base>/sensor/<n>/obis/<code>/255/value"],
    fields: [
      { measure: "powerW", from: "1-0:16.7.0, 1-0:1.7.0, 1-0:2.7.0", unit: "W" },
      { measure: "importWh", from: "1-0:1.8.0", unit: "Wh" },
      { measure: "exportWh", from: "1-0:2.8.0", unit: "Wh" },
      { measure: "electrical", from: "1-0:36.7.0, 1-0:32.7.0, 1-0:31.7.0, 1-0:14.7.0, …", unit: "W, V, A, Hz" },
    ],
    tested: ["2.1.5"],
  },
  recognises: ({ parts, body }) => body === undefined && codeIndex(parts) > 0,

  decode(message, settings, memory) {
    const { parts, value } = message;
    const index = codeIndex(parts);
    const code = parts[index];
    if (code === undefined || message.leaf !== "value") return NOTHING;
    const number = measured(value);
    if (number === undefined) return refused("not-a-number", String(value));
    const kind = obisLine(code)?.meaning.kind;
    const unit = kind === "energy" ? "*Wh" : kind === "power" ? "*W" : "";
    const line = obisLine(code, `${number}${unit}`);
    return gatewayReadings(line ? [line] : [], originOf(message, index), message, settings, memory);
  },
};

function codeIndex(parts: readonly string[]): number {
  return parts.findIndex((part, index) => parts[index - 1] === "obis" && CODE.test(part));
}

function originOf({ parts }: Message, index: number): Origin {
  const isNumbered = parts[index - 3] === "sensor";
  const sensor = isNumbered ? parts[index - 2] : undefined;
  const above = parts.slice(0, isNumbered ? index - 3 : index - 1);
  return { above, ...(sensor !== undefined && sensor !== "1" && { channel: sensor }) };
}
