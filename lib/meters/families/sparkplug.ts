import { makeParts } from "../assembled";
import { NOTHING, readings, refused } from "../decoded";
import type { Family } from "../family";
import { put } from "../measures";
import type { Memory } from "../memory";
import { objectOf, type Message } from "../message";
import { readMetrics, type Metric } from "../metrics";
import { parseSparkplug, sparkplugFromJson, type SparkplugMetric } from "../sparkplug-payload";
import { instantOf } from "../stamps";

const NAMESPACE = "spBv1.0";
/** Messages that carry values. */
const WITH_VALUES: ReadonlySet<string> = new Set(["NBIRTH", "DBIRTH", "NDATA", "DDATA"]);

/** What a birth told of a metric, and what its data leave out. */
interface Told {
  readonly name: string;
  readonly signed: number | undefined;
  readonly unit: string | undefined;
}
interface Node {
  /** By alias or by name. */
  readonly told: Map<number | string, Told>;
}
const MOST_METRICS = 5000;

/**
 * `spBv1.0/<group>/DDATA/<node>/<device>`: metrics by name in a birth, by name or alias after it. Units stand in the name
 * (`Active Power (kW)`) or in the property `engUnit`; W and kWh else.
 */
export const sparkplug: Family = {
  profile: "sparkplug",
  about: {
    name: "Sparkplug B",
    topics: ["spBv1.0/<group>/<N|D><BIRTH|DATA>/<node>[/<device>]"],
    fields: [
      { measure: "powerW", from: "…/Active Power", unit: "W, engUnit" },
      { measure: "importWh", from: "…/Energy, …/Total Energy", unit: "kWh, engUnit" },
      { measure: "exportWh", from: "…/Energy Export", unit: "kWh, engUnit" },
      { measure: "volumeM3", from: "engUnit", unit: "m³, L" },
      { measure: "electrical", from: "…/Voltage, …/Current, …/Voltage L1", unit: "V, A, Hz" },
    ],
    tested: [],
    switchedBy: "generic",
  },
  recognises: ({ parts }) => parts.includes(NAMESPACE),

  decode(message, settings, memory) {
    const [group = "", type = "", node = "", device = ""] = message.parts.slice(message.parts.indexOf(NAMESPACE) + 1);
    if (!WITH_VALUES.has(type)) return NOTHING;
    const payload = payloadOf(message);
    if (!payload) return refused("damaged", "no Sparkplug payload");
    if (payload.compressed)
      return refused("needs-codec", "compressed payload: switch compression off in the edge node");

    const known = nodeOf(memory, `${group}/${node}`, type === "NBIRTH");
    const sent = instantOf(payload.timestamp, settings.zone, message.at);
    const metrics = payload.metrics.flatMap((metric): Metric[] => {
      const told = tell(known, device, metric, type.endsWith("BIRTH"));
      if (!told || metric.value === undefined) return [];
      const at = instantOf(metric.timestamp, settings.zone, message.at) ?? sent;
      const { name, unit } = told;
      return [{ name, value: signedValue(metric.value, told.signed), unit, ...(at !== undefined && { at }) }];
    });
    const unknown = payload.metrics.find(({ name, alias }) => !name && alias !== undefined && !known.told.has(alias));
    if (metrics.length === 0 && unknown) {
      return refused("needs-codec", `alias ${unknown.alias} of ${node}: its BIRTH has not been heard`);
    }
    const meter = device || node;
    const drafts = readMetrics(metrics, settings, message.at, (channel) =>
      memory.of("sparkplug-parts", `${group}/${node}/${device}/${channel}`, makeParts),
    );
    for (const draft of drafts) put(draft, "name", meter || undefined);
    return readings(drafts);
  },
};

function payloadOf(message: Message): ReturnType<typeof parseSparkplug> {
  const body = objectOf(message);
  if (body) return sparkplugFromJson(body);
  return message.bytes && parseSparkplug(message.bytes);
}

/** A birth of the node starts its aliases anew. */
function nodeOf(memory: Memory, key: string, isBirth: boolean): Node {
  const node = memory.of<Node>("sparkplug", key, () => ({ told: new Map() }));
  if (isBirth) node.told.clear();
  return node;
}

/** What a metric is: as it says itself, else as its birth did. */
function tell(node: Node, device: string, metric: SparkplugMetric, isBirth: boolean): Told | undefined {
  const { name, alias, signed, unit } = metric;
  const byName = name ? `${device}/${name}` : undefined;
  const before =
    (byName !== undefined && node.told.get(byName)) || (alias !== undefined && node.told.get(alias)) || undefined;
  const told = name ? { name, signed: signed ?? before?.signed, unit: unit ?? before?.unit } : before;
  if (!isBirth || !told) return told;
  for (const key of [byName, alias]) if (key !== undefined && node.told.size < MOST_METRICS) node.told.set(key, told);
  return told;
}

/** Integers travel without a sign: a birth tells how many bits of it there are. */
function signedValue(value: unknown, bits: number | undefined): unknown {
  if (typeof value !== "number" || bits === undefined) return value;
  const size = 2 ** bits;
  const low = value % size;
  return low >= size / 2 ? low - size : low;
}
