import { makeParts } from "../assembled";
import { NOTHING, type Decoded } from "../decoded";
import type { Family } from "../family";
import type { Memory } from "../memory";
import { objectAt, objectOf, type Body } from "../message";
import { namedValue } from "../named-value";
import { oneNamedValue } from "../single-value";

/** What a property is, as `$unit` and `$datatype` or a `$description` told. */
interface Property {
  unit?: string;
  datatype?: string;
}
const NUMERIC: ReadonlySet<string> = new Set(["float", "integer"]);
/** Names of nodes that say nothing of what is measured. */
const USUAL_NODES =
  /^(?:meter|power|energy|electricity|electric|sensor|sensors|measure|measurement|main|plug|relay|switch|socket|outlet|device|em|state|values?|data)$/i;
const MAX_PROPERTIES = 500;

/**
 * `homie/<device>/<node>/<property>` (3 and 4) and `homie/5/<device>/<node>/<property>`: plain values whose unit and datatype
 * are told apart, once.
 */
export const homie: Family = {
  profile: "homie",
  about: {
    name: "Homie 3, 4, 5",
    topics: ["homie/<device>/<node>/<property>", "homie/5/<device>/<node>/<property>", "homie/5/<device>/$description"],
    fields: [
      { measure: "powerW", from: "power", unit: "W, $unit" },
      { measure: "importWh", from: "energy", unit: "kWh, $unit" },
      { measure: "exportWh", from: "energy-export, energy-returned", unit: "kWh, $unit" },
      { measure: "volumeM3", from: "$unit", unit: "m³, L" },
      { measure: "electrical", from: "voltage, current, frequency", unit: "V, A, Hz" },
    ],
    tested: [],
    switchedBy: "generic",
  },
  recognises: ({ parts }) => parts.includes("homie"),

  decode(message, settings, memory) {
    const { parts, value, at } = message;
    const base = parts.indexOf("homie");
    // From 5 on, the version of the convention is a part of the topic.
    const [device = "", node = "", property = "", ...rest] = parts.slice(
      /^\d$/.test(parts[base + 1] ?? "") ? base + 2 : base + 1,
    );
    if (node === "$description") return describe(device, objectOf(message), memory);
    if (property === "" || node.startsWith("$") || property.startsWith("$")) return NOTHING;
    const known = propertyOf(memory, device, node, property);
    if (rest.length > 0) {
      if (rest.length === 1 && typeof value === "string") tell(known, rest[0], value);
      return NOTHING;
    }
    if (value === undefined || typeof value === "boolean") return NOTHING;
    if (known.datatype !== undefined && !NUMERIC.has(known.datatype)) return NOTHING;
    const named =
      namedValue(property, value, known.unit, settings) ??
      namedValue(`${node} ${property}`, value, known.unit, settings);
    if (!named) return NOTHING;
    const channel = USUAL_NODES.test(node) ? "" : node;
    const state = memory.of("homie", `${device}/${channel}`, makeParts);
    return oneNamedValue(named, state, { name: device, ...(channel && { channel }) }, at);
  },
};

function propertyOf(memory: Memory, ...path: readonly string[]): Property {
  return memory.of<Property>("homie-property", path.join("/"), () => ({}));
}

function tell(property: Property, attribute: unknown, text: unknown): void {
  if (typeof text !== "string") return;
  if (attribute === "$unit" || attribute === "unit") property.unit = text.slice(0, 12);
  if (attribute === "$datatype" || attribute === "datatype") property.datatype = text.slice(0, 12);
}

/** The document of Homie 5: nodes with their properties. */
function describe(device: string, body: Body | undefined, memory: Memory): Decoded {
  const nodes = (body && objectAt(body, "nodes")) ?? {};
  let left = MAX_PROPERTIES;
  for (const node of Object.keys(nodes).slice(0, MAX_PROPERTIES)) {
    const properties = objectAt(objectAt(nodes, node) ?? {}, "properties") ?? {};
    for (const name of Object.keys(properties).slice(0, left)) {
      const told = objectAt(properties, name) ?? {};
      const known = propertyOf(memory, device, node, name);
      for (const attribute of ["unit", "datatype"])
        if (Object.hasOwn(told, attribute)) tell(known, attribute, told[attribute]);
      left -= 1;
    }
  }
  return NOTHING;
}
