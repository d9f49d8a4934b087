import { NOTHING, readings, refused, type Decoded, type DraftReading } from "../decoded";
import type { DecodeSettings, Family } from "../family";
import { parseInfluxLine, type InfluxLine } from "../influx-line";
import { cosine, put, putElectrical, putFrequency, says, watts } from "../measures";
import { objectAt, objectOf, type Body, type Message } from "../message";
import { measured } from "../numbers";
import { valueAt, type Spot } from "../spot";
import { instantOf } from "../stamps";

const MOST_COLUMNS = 50;
const MOST_READINGS = 5000;
const MOST_LINES = 1000;
const MOST_CHANNELS = 60;
const QUARTER_MS = 15 * 60_000;
const DAY_MS = 24 * 60 * 60_000;

/** Its units; Wh and kWh are those of the time between two posts, which is no register. */
const UNITS: ReadonlyMap<string, Spot | "no register"> = new Map<string, Spot | "no register">([
  ["watts", { target: "powerW" }],
  ["kw", { target: "powerW", factor: 1000 }],
  ["volts", { target: "voltageV" }],
  ["amps", { target: "currentA" }],
  ["va", { target: "apparentVa" }],
  ["var", { target: "reactiveVar" }],
  ["pf", { target: "powerFactor" }],
  ["hz", { target: "frequencyHz" }],
  ["wh", "no register"],
  ["kwh", "no register"],
  ["varh", "no register"],
]);
const WATTS: Spot = { target: "powerW" };
/** An input that measures a voltage is called like one; every other measures power. */
const VOLTAGE = /^(?:v|vt|vrms|volt(?:s|age)?)(?:[\s_-]?\d+)?$|[\s_-](?:volts|voltage|vrms)$/i;
const NO_POWER = /temp|humid|press|heap|rssi/i;

/**
 * Answers to `/query` with their header ({"range", "labels", "data"}: a row a time, a circuit a column), to `/status`, and
 * the lines that it posts to InfluxDB.
 */
export const iotawatt: Family = {
  profile: "iotawatt",
  about: {
    name: "IoTaWatt",
    topics: ["<any>"],
    fields: [
      { measure: "powerW", from: "labels, Watts, value", unit: "W" },
      { measure: "electrical", from: "Vrms, Hz, Pf, volts, amps", unit: "V, A, Hz" },
    ],
    tested: [],
    switchedBy: "generic",
  },
  recognises: (message) => {
    const body = objectOf(message);
    if (body) return isAnswer(body) || channelsOf(body).length > 0;
    const { value } = message;
    return typeof value === "string" && linesIn(value.split("\n", 1).join("")).some((line) => isOwn(line));
  },

  decode(message, settings) {
    const body = objectOf(message);
    if (body) return isAnswer(body) ? decodeAnswer(body, message, settings) : readings(channelsOf(body).filter(says));
    const { value } = message;
    if (typeof value !== "string") return NOTHING;
    const lines = linesIn(value);
    if (lines.length > MOST_LINES) return refused("too-big", `more than ${MOST_LINES} lines`);
    return lines.length === 0
      ? refused("not-understood", value)
      : readings(lines.flatMap((line) => decodeLine(line, message, settings)));
  },
};

function isAnswer(body: Body): boolean {
  return Array.isArray(body.labels) && Array.isArray(body.data) && Array.isArray(body.range);
}

function decodeAnswer(body: Body, message: Message, settings: DecodeSettings): Decoded {
  const labels = (body.labels as unknown[])
    .slice(0, MOST_COLUMNS)
    .map((label) => (typeof label === "string" ? label : ""));
  const rows = (body.data as unknown[]).filter((row) => Array.isArray(row)) as unknown[][];
  const timeColumn = labels.findIndex((label) => label.toLowerCase() === "time");
  if (rows.length * labels.length > MOST_READINGS) {
    return refused("too-big", `${rows.length} rows of ${labels.length} columns`);
  }
  const instant = clockOf(body, rows[0]?.[timeColumn], message, settings);
  return readings(
    rows.flatMap((row) => {
      const at = timeColumn < 0 ? undefined : instant(row[timeColumn]);
      return labels.flatMap((label, column) => {
        if (column === timeColumn || label === "") return [];
        const draft: DraftReading = { channel: label };
        putValue(draft, VOLTAGE.test(label) ? { target: "voltageV" } : WATTS, row[column]);
        put(draft, "at", at);
        return says(draft) ? [draft] : [];
      });
    }),
  );
}

/** Its times are local and name no zone, but `range` begins with the first of them in epoch seconds. */
function clockOf(
  body: Body,
  first: unknown,
  message: Message,
  { zone }: DecodeSettings,
): (value: unknown) => number | undefined {
  const inSite = (value: unknown): number | undefined => instantOf(value, zone, message.at);
  const begin = instantOf((body.range as unknown[])[0], zone, message.at);
  if (begin === undefined || typeof first !== "string") return inSite;
  // Where the site's clock says the same, it also knows when clocks are changed.
  if (inSite(first) === begin) return (value) => (value === first ? begin : inSite(value));
  const asUtc = instantOf(first, "UTC", message.at);
  const offset = asUtc === undefined ? NaN : asUtc - begin;
  if (offset % QUARTER_MS !== 0 || Math.abs(offset) > DAY_MS) return inSite;
  return (value) => {
    const at = instantOf(value, "UTC", message.at);
    return at === undefined || typeof value !== "string" ? at : at - offset;
  };
}

function putValue(draft: DraftReading, spot: Spot, raw: unknown): void {
  const value = valueAt(spot, raw);
  if (value === undefined) return;
  if (spot.target === "powerW") draft.powerW = value;
  else putElectrical(draft, { [spot.target]: value });
}

/** What `/status?inputs=yes&outputs=yes` says: inputs by their number, or where it says none, outputs by their name. */
function channelsOf(body: Body): DraftReading[] {
  const list = Array.isArray(body.inputs) ? body.inputs : Array.isArray(body.outputs) ? body.outputs : [];
  return (list as unknown[]).slice(0, MOST_CHANNELS).flatMap((item): DraftReading[] => {
    const own = objectAt({ item }, "item");
    if (!own) return [];
    if (typeof own.name === "string" && typeof own.units === "string" && "value" in own) {
      const spot = UNITS.get(own.units.toLowerCase());
      const draft: DraftReading = { channel: own.name };
      if (spot && spot !== "no register") putValue(draft, spot, own.value);
      return [draft];
    }
    const channel = measured(own.channel);
    if (channel === undefined || !("Watts" in own || "Vrms" in own)) return [];
    const draft: DraftReading = { channel: String(channel) };
    put(draft, "powerW", watts(own.Watts));
    putValue(draft, { target: "voltageV" }, own.Vrms);
    putFrequency(draft, own.Hz);
    const powerFactor = draft.powerW === undefined ? undefined : cosine(own.Pf);
    if (powerFactor !== undefined) putElectrical(draft, { powerFactor });
    return [draft];
  });
}

function linesIn(text: string): InfluxLine[] {
  const lines: InfluxLine[] = [];
  for (const one of text.split("\n", MOST_LINES + 1)) {
    if (one.trim() === "") continue;
    const line = parseInfluxLine(one);
    if (!line) return [];
    lines.push(line);
  }
  return lines;
}

/** A unit of its own somewhere, or what it posts unless it is told otherwise: `name value=… seconds`. */
function isOwn(line: InfluxLine): boolean {
  if (unitOf(line, [...line.fields.keys()][0] ?? "") !== undefined) return true;
  return (
    line.fields.size === 1 && line.fields.has("value") && line.time?.length === 10 && !NO_POWER.test(line.measurement)
  );
}

/** The unit is what the user made of it: the field's name, the measurement's, its ending, or a tag. */
function unitOf({ measurement, tags }: InfluxLine, field: string): Spot | "no register" | undefined {
  const words = [
    field,
    measurement,
    measurement.slice(measurement.lastIndexOf(".") + 1),
    tags.get("units"),
    tags.get("unit"),
  ];
  for (const word of words) {
    const unit = word === undefined ? undefined : UNITS.get(word.toLowerCase());
    if (unit) return unit;
  }
  return undefined;
}

const NAMES = ["name", "ct", "input", "channel", "series"] as const;

function decodeLine(line: InfluxLine, message: Message, { zone }: DecodeSettings): DraftReading[] {
  const { measurement, tags, fields, time } = line;
  return [...fields].flatMap(([field, value]): DraftReading[] => {
    const spot = unitOf(line, field) ?? (NO_POWER.test(measurement) || NO_POWER.test(field) ? "no register" : WATTS);
    if (spot === "no register") return [];
    const tagged = NAMES.map((name) => tags.get(name)).find((name) => name !== undefined);
    const named =
      UNITS.has(measurement.toLowerCase()) || measurement.toLowerCase() === "power" ? undefined : measurement;
    const own = field === "value" || UNITS.has(field.toLowerCase()) ? undefined : field;
    const channel = (own ?? tagged ?? named ?? "").replace(/\.(?:watts|kw|volts|amps|va|var|pf|hz)$/i, "");
    const draft: DraftReading = channel === "" ? {} : { channel };
    putValue(draft, spot === WATTS && VOLTAGE.test(channel) ? { target: "voltageV" } : spot, value);
    put(draft, "name", tags.get("device"));
    put(draft, "at", instantOf(time, zone, message.at));
    return says(draft) ? [draft] : [];
  });
}
