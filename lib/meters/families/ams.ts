import {
  clip,
  NOTHING,
  readings,
  type Decoded,
  type DraftElectrical,
  type DraftPhase,
  type DraftReading,
} from "../decoded";
import type { DecodeSettings, Family } from "../family";
import { deviceName, gatewayReadings, linesFor, named, type Named, type Names } from "../gateway-lines";
import type { Memory } from "../memory";
import { amps, cosine, kilowattHours, put, putElectrical, putPhase, says, sum, volts, watts } from "../measures";
import { objectAt, objectOf, type Body, type Message } from "../message";
import { instantOf } from "../stamps";

/** The fields of a phase, in W, V (between the lines where the grid has no neutral) and A. */
const PHASES = [1, 2, 3].map((phase) => [`P${phase}`, `PO${phase}`, `U${phase}`, `I${phase}`] as const);
const ofPhases = (name: (phase: number) => string, code: number, unit: string): Names =>
  Object.fromEntries([1, 2, 3].map((phase): [string, Named] => [name(phase), [`1-0:${code + 20 * phase}.7.0`, unit]]));

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
  // For Home Assistant, powers and registers have a topic each.
  const { parts, leaf, at: arrival } = message;
  const device = (leaf === "power" || leaf === "energy" ? parts.slice(0, -1) : parts).join("/");
  const draft: DraftReading = {};
  put(draft, "powerW", netPower(data, arrival, memory, device));
  put(draft, "importWh", kilowattHours(data.tPI));
  put(draft, "exportWh", kilowattHours(data.tPO));
  const whole: DraftElectrical = {};
  put(whole, "powerFactor", cosine(data.PF));
  put(whole, "reactiveVar", flow(watts(data.Q), watts(data.QO)));
  putElectrical(draft, whole);
  for (const [index, [imported, exported, voltage, current]] of PHASES.entries()) {
    const phase: DraftPhase = {};
    put(phase, "powerW", flow(watts(data[imported]), watts(data[exported])));
    put(phase, "voltageV", volts(data[voltage]));
    put(phase, "currentA", amps(data[current]));
    putPhase(draft, index, phase);
  }
  if (!says(draft)) return NOTHING;

  const meter = data.meterId ?? (data === body ? undefined : data.id);
  const serial = typeof meter === "string" ? clip(meter, 40).trim() : "";
  if (serial !== "") draft.serial = serial;
  const name = deviceName(device);
  if (name !== "") draft.name = name;
  draft.role = "grid";
  put(draft, "at", instantOf(body.t, settings.zone, arrival) ?? instantOf(data.rtc, settings.zone, arrival));
  return readings([draft]);
}

function flow(imported: number | undefined, exported: number | undefined): number | undefined {
  return sum([imported, exported === undefined ? undefined : -exported]);
}

/** The longer lists are ten seconds apart. */
const FRESH_MS = 60_000;

/**
 * The shortest list says what comes from the grid only: where something does, nothing goes to it; else what went to it by the
 * last list that said so.
 */
function netPower(data: Body, at: number, memory: Memory, device: string): number | undefined {
  const imported = watts(data.P);
  const exported = watts(data.PO);
  const last = memory.of<{ exportedW: number; at: number }>("ams", device, () => ({ exportedW: 0, at: 0 }));
  if (exported !== undefined) {
    last.exportedW = exported;
    last.at = at;
    return flow(imported, exported);
  }
  return imported === 0 && Math.abs(at - last.at) <= FRESH_MS ? flow(0, last.exportedW) : imported;
}

/** `import/active` of `<topic>/meter/import/active`. */
function topicName({ parts }: Message): string | undefined {
  const index = parts.lastIndexOf("meter");
  if (index < 0 || index < parts.length - 4) return undefined;
  const name = parts.slice(index + 1).join("/");
  return named(TOPICS, name) ? name : undefined;
}
