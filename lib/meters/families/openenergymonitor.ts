import { assemble, makeParts } from "../assembled";
import { asText, NOTHING, readings, refused, type Decoded } from "../decoded";
import { emonPlace, emonReadings, placed, valuesOf, type EmonValue } from "../emon-values";
import type { DecodeSettings, Family } from "../family";
import { put, says } from "../measures";
import type { Memory } from "../memory";
import { objectOf, type Message } from "../message";
import { measured } from "../numbers";
import { instantOf } from "../stamps";

const PROFILE = "openenergymonitor";
const MOST_PAIRS = 60;

/**
 * `emon/<node>/<value>` of emonTx and emonPi through emonHub, a number a topic; a node's values as JSON under `emon/<node>`;
 * and the line that an emonTx writes on its serial port: `MSG:1,Vrms:240.1,P1:500`. Each clamp is a circuit.
 */
export const openenergymonitor: Family = {
  profile: PROFILE,
  about: {
    name: "OpenEnergyMonitor (emonTx, emonPi, emonHub)",
    topics: ["emon/<node>/<value>", "emon/<node>", "NodeJSON/<node>", "emonhub/rx/<node>/values"],
    fields: [
      { measure: "powerW", from: "power1, P1", unit: "W" },
      { measure: "importWh", from: "E1, wh1, power1_kwh", unit: "Wh, kWh" },
      { measure: "electrical", from: "vrms, V1, irms1, pf1", unit: "V, A" },
    ],
    tested: [],
    switchedBy: "generic",
  },
  recognises: (message) =>
    nodeOf(message) !== undefined || message.parts.includes("emonhub") || pairsIn(message).length > 0,

  decode(message, settings, memory) {
    const body = objectOf(message);
    const node = nodeOf(message);
    const values = body ? valuesOf(body) : pairsIn(message);
    if (values.length > 0) {
      const at = instantOf(body?.time, settings.zone, message.at);
      const drafts = emonReadings(values, settings);
      for (const draft of drafts) {
        put(draft, "name", node?.name);
        put(draft, "at", at);
      }
      return readings(drafts);
    }
    // What emonHub passes on without names, `100,200,300`, says nothing of what it measures.
    return node?.key === undefined || message.parts.includes("emonhub")
      ? NOTHING
      : decodeValue(message, node, settings, memory);
  },
};

interface Node {
  readonly name: string;
  readonly key?: string;
}

/** The node of `emon/<node>/<key>`, and of a body under `emon/<node>` or `NodeJSON/<node>`. */
function nodeOf({ parts, body }: Message): Node | undefined {
  const start = parts.findIndex((part) => part === "emon" || part === "NodeJSON");
  if (start < 0) return undefined;
  const [name, key, ...more] = parts.slice(start + 1);
  if (!name || more.length > 0) return undefined;
  if (body !== undefined) return key === undefined ? { name } : undefined;
  return key && parts[start] === "emon" ? { name, key } : undefined;
}

function decodeValue(
  { value, at }: Message,
  { name, key = "" }: Node,
  settings: DecodeSettings,
  memory: Memory,
): Decoded {
  const found = placed({ key, value }, settings);
  if (!found) return emonPlace(key) && measured(value) === undefined ? refused("not-a-number", asText(value)) : NOTHING;
  const { part, channel, role } = found;
  const draft = assemble(memory.of(PROFILE, `${name}/${channel}`, makeParts), part, at);
  if (!says(draft)) return NOTHING;
  put(draft, "name", name);
  if (channel !== "") put(draft, "channel", channel);
  put(draft, "role", role);
  return readings([draft]);
}

/** The pairs of `MSG:1,Vrms:240.1,P1:500`; none where one of them is no number, or none is a clamp's. */
function pairsIn({ value }: Message): EmonValue[] {
  if (typeof value !== "string" || value.length > 2000 || !value.includes(":") || !value.includes(",")) return [];
  const pairs: EmonValue[] = [];
  for (const text of value.split(",", MOST_PAIRS)) {
    const [key = "", number, ...more] = text.trim().split(":", 3);
    if (!/^[A-Za-z]\w{0,19}$/.test(key) || more.length > 0 || measured(number?.trim()) === undefined) return [];
    pairs.push({ key, value: number });
  }
  return pairs.some(({ key }) => emonPlace(key)?.channel !== undefined) ? pairs : [];
}
