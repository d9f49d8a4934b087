import { NOTHING, refused } from "../decoded";
import type { DecodeSettings, Family } from "../family";
import { gatewayReadings } from "../gateway-lines";
import { objectOf, type Message } from "../message";
import { measured } from "../numbers";
import { obisLine, type ObisLine } from "../obis-lines";
import { instantOf } from "../stamps";
import { scaleOf } from "../units";

const CHANNEL = /^chn\d{1,3}$/;
const LEAVES: ReadonlySet<string> = new Set(["raw", "agg", "id", "uuid"]);
/** What the first two channels are in most configurations: the register of what comes from the grid, then of what goes to it. */
const USUAL: Readonly<Record<string, string>> = { chn0: "1-0:1.8.0", chn1: "1-0:2.8.0" };
const LONGEST_ID = 40;

/**
 * `<topic>/chn<n>/raw|agg`: what a channel measures is in its configuration. The logger says it once, under `id`; before that
 * the first two channels are taken for 1.8.0 and 2.8.0. Powers in W, registers in kWh unless a unit is set.
 */
export const vzlogger: Family = {
  profile: "vzlogger",
  about: {
    name: "vzlogger",
    topics: ["<topic>/chn<n>/agg", "<topic>/chn<n>/raw", "<topic>/chn<n>/id"],
    fields: [
      { measure: "importWh", from: "id 1-0:1.8.0, chn0", unit: "kWh" },
      { measure: "exportWh", from: "id 1-0:2.8.0, chn1", unit: "kWh" },
      { measure: "powerW", from: "id 1-0:16.7.0, 1-0:1.7.0, 1-0:2.7.0", unit: "W" },
    ],
    tested: [],
  },
  recognises: ({ parts, leaf }) => LEAVES.has(leaf) && CHANNEL.test(parts.at(-2) ?? ""),

  decode(message, settings, memory) {
    const { parts, leaf, topic, value } = message;
    const channel = parts.at(-2) ?? "";
    const above = parts.slice(0, -2);
    const told = memory.of<{ id?: string }>("vzlogger", topic.slice(0, topic.lastIndexOf("/")), () => ({}));
    if (leaf === "id" && typeof value === "string") told.id = value.slice(0, LONGEST_ID);
    if (leaf !== "raw" && leaf !== "agg") return NOTHING;
    const id = told.id ?? USUAL[channel];
    if (id === undefined) return refused("not-understood", `${channel} has not said its id`);
    const line = lineOf(id, message, settings);
    if (line === "not-a-number") return refused("not-a-number", String(value));
    return gatewayReadings(line, { above }, message, settings, memory);
  },
};

function lineOf(id: string, message: Message, settings: DecodeSettings): ObisLine[] | "not-a-number" {
  const body = objectOf(message);
  const number = measured(body ? body.value : message.value);
  if (number === undefined) return "not-a-number";
  const line = obisLine(id, `${number}${unitFor(id, settings)}`);
  const at = body && instantOf(body.timestamp, settings.zone, message.at);
  const stamp = at === undefined ? undefined : obisLine("0-0:1.0.0", String(at));
  return [line, stamp].filter((one) => one !== undefined);
}

/** Powers come in W whatever is set, which is of the registers: kW, where nothing was chosen, stands for kWh there. */
function unitFor(id: string, { unit }: DecodeSettings): string {
  const kind = obisLine(id)?.meaning.kind;
  if (kind !== "energy") return kind === "power" ? "*W" : "";
  const factor = scaleOf(unit ?? "kWh").factor;
  return `*${factor === 1 ? "" : factor === 1e6 ? "M" : "k"}Wh`;
}
