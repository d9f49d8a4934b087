import { clip, NOTHING, readings, type Decoded } from "../decoded";
import type { DecodeSettings, Family } from "../family";
import { gatewayReadings, linesFor, named, stampLine, type Named, type Names } from "../gateway-lines";
import type { Memory } from "../memory";
import { objectAt, objectOf, type Body, type Message } from "../message";
import { measured } from "../numbers";
import type { ObisLine } from "../obis-lines";
import { instantOf } from "../stamps";

const PHASES = [1, 2, 3] as const;
const ofPhases = (name: (phase: number) => string, code: number, unit: string): Names =>
  Object.fromEntries(PHASES.map((phase): [string, Named] => [name(phase), [`1-0:${code + 20 * phase}.7.0`, unit]]));

/** The fields of `data`: W and kWh; voltages are those between the lines where the grid has no neutral. */
const FIELDS: Names = {
  P: ["1-0:1.7.0", "W"],
  PO: ["1-0:2.7.0", "W"],
  Q: ["1-0:3.7.0", "var"],
  QO: ["1-0:4.7.0", "var"],
  PF: ["1-0:13.7.0", ""],
  tPI: ["1-0:1.8.0", "kWh"],
  tPO: ["1-0:2.8.0", "kWh"],
  ...ofPhases((phase) => `P${phase}`, 1, "W"),
  ...ofPhases((phase) => `PO${phase}`, 2, "W"),
  ...ofPhases((phase) => `U${phase}`, 12, "V"),
  ...ofPhases((phase) => `I${phase}`, 11, "A"),
};

/** What the reader publishes a value a topic, under `<topic>/meter/`. */
const TOPICS: Names = {
  "import/active": ["1-0:1.7.0", "W"],
  "export/active": ["1-0:2.7.0", "W"],
  "import/reactive": ["1-0:3.7.0", "var"],
  "export/reactive": ["1-0:4.7.0", "var"],
  "import/active/accumulated": ["1-0:1.8.0", "kWh"],
  "export/active/accumulated": ["1-0:2.8.0", "kWh"],
  ...ofPhases((phase) => `import/l${phase}`, 1, "W"),
  ...ofPhases((phase) => `export/l${phase}`, 2, "W"),
  ...ofPhases((phase) => `l${phase}/voltage`, 12, "V"),
  ...ofPhases((phase) => `l${phase}/current`, 11, "A"),
};

/**
 * amsreader (AMS2MQTT, amsleser): an object a list of the meter, every two to ten seconds and once an hour with the registers,
 * or a value a topic. What stands under `realtime` starts again each hour and day.
 */
export const ams: Family = {
  profile: "ams",
  about: {
    name: "amsreader (AMS2MQTT, amsleser)",
    topics: ["<topic>", "<topic>/power", "<topic>/energy", "<topic>/meter/<value>"],
    fields: [
      { measure: "powerW", from: "P, PO, meter/import/active, meter/export/active", unit: "W" },
      { measure: "importWh", from: "tPI, meter/import/active/accumulated", unit: "kWh" },
      { measure: "exportWh", from: "tPO, meter/export/active/accumulated", unit: "kWh" },
      { measure: "electrical", from: "U1, I1, P1, Q, PF, meter/l1/voltage, meter/l1/current", unit: "V, A, W, var" },
    ],
    tested: [],
  },
  recognises: (message) => {
    const body = objectOf(message);
    if (!body) return topicName(message) !== undefined;
    const data = objectAt(body, "data");
    if (data) return ("up" in body || "rssi" in body) && ("P" in data || "PO" in data || "tPI" in data);
    if (message.leaf === "power") return typeof body.P === "number";
    return ("tPI" in body && "tPO" in body) || ("P" in body && "PO" in body && "Q" in body);
  },

  decode(message, settings, memory) {
    const body = objectOf(message);
    if (body) return decodeList(body, objectAt(body, "data") ?? body, message, settings, memory);
    const name = topicName(message);
    const known = name === undefined ? undefined : named(TOPICS, name);
    if (!known) return NOTHING;
    const above = message.parts.slice(0, message.parts.lastIndexOf("meter"));
    return gatewayReadings(linesFor(known, message.value), { above }, message, settings, memory);
  },
};

function decodeList(body: Body, data: Body, message: Message, settings: DecodeSettings, memory: Memory): Decoded {
  const lines: ObisLine[] = [];
  for (const [name, field] of Object.entries(FIELDS)) {
    if (Object.hasOwn(data, name)) lines.push(...linesFor(field, data[name]));
  }
  // The shortest list says what comes from the grid only: where something does, nothing goes to it.
  if ((measured(data.P) ?? 0) > 0 && !Object.hasOwn(data, "PO")) lines.push(...linesFor(["1-0:2.7.0", "W"], 0));
  const at = [body.t, data.rtc].map((stamp) => instantOf(stamp, settings.zone, message.at)).find(Boolean);
  if (at !== undefined) lines.push(...stampLine(at));
  // For Home Assistant, powers and registers have a topic each.
  const { parts, leaf } = message;
  const above = leaf === "power" || leaf === "energy" ? parts.slice(0, -1) : parts;
  const decoded = gatewayReadings(lines, { above }, message, settings, memory);
  const meter = data.meterId ?? (data === body ? undefined : data.id);
  const serial = typeof meter === "string" ? clip(meter, 40).trim() : "";
  if (decoded.kind !== "readings" || serial === "") return decoded;
  return readings(decoded.readings.map((reading) => ({ ...reading, serial })));
}

/** `import/active` of `<topic>/meter/import/active`. */
function topicName({ parts }: Message): string | undefined {
  const index = parts.lastIndexOf("meter");
  if (index < 0 || index < parts.length - 4) return undefined;
  const name = parts.slice(index + 1).join("/");
  return named(TOPICS, name) ? name : undefined;
}
