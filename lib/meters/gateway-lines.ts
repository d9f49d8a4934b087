import { readings, type Decoded, type DraftReading } from "./decoded";
import type { DecodeSettings } from "./family";
import type { Memory } from "./memory";
import { put } from "./measures";
import { isBody, type Body, type Message } from "./message";
import { isTelling } from "./meter-name";
import { obisLine, type ObisLine } from "./obis-lines";
import { partialReadings } from "./obis-memory";

/** What a gateway's name for a value means: its OBIS code, its unit unless the message says another, and the M-Bus type of a meter beside. */
export type Named = readonly [code: string, unit: string, type?: number];
export type Names = Readonly<Record<string, Named>>;

const LONGEST_VALUE = 40;
const MAX_KEYS = 200;

export function named(names: Names, name: string): Named | undefined {
  return Object.hasOwn(names, name) ? names[name] : undefined;
}

/** A value as the lines of a telegram that would say it: a number, a text, `{value, unit}`, or a list with one of those. */
export function linesFor([code, unit, type]: Named, raw: unknown, stamp?: string): ObisLine[] {
  const value: unknown = Array.isArray(raw) ? raw[0] : raw;
  const { bare, said } = isBody(value)
    ? { bare: own(value as Body, "value"), said: own(value as Body, "unit") }
    : { bare: value, said: undefined };
  const isNumber =
    typeof bare === "number" || (typeof bare === "string" && bare !== "" && bare.length <= LONGEST_VALUE);
  if (!isNumber) return [];
  const amount = `${bare}*${typeof said === "string" && said !== "" ? said.slice(0, 12) : unit}`;
  const line = stamp === undefined ? obisLine(code, amount) : obisLine(code, stamp, amount);
  const kind = type === undefined ? undefined : obisLine(code.replace(/24\..*/, "24.1.0"), String(type));
  return [kind, line].filter((one) => one !== undefined);
}

/** The lines of all values of an object that have a name; names may be in capitals. */
export function linesOfAll(body: Body, names: Names): ObisLine[] {
  const lines: ObisLine[] = [];
  let keys = 0;
  for (const key in body) {
    if (++keys > MAX_KEYS) break;
    const known = named(names, key) ?? named(names, key.toLowerCase());
    if (known) lines.push(...linesFor(known, body[key]));
  }
  return lines;
}

/** The meter's own stamp, as text or epoch seconds. */
export function stampLine(stamp: unknown): ObisLine[] {
  const value: unknown = Array.isArray(stamp) ? stamp[0] : stamp;
  const bare = isBody(value) ? own(value as Body, "value") : value;
  if (typeof bare !== "number" && (typeof bare !== "string" || bare.length > LONGEST_VALUE)) return [];
  const line = obisLine("0-0:1.0.0", String(bare));
  return line ? [line] : [];
}

/** Where values come from: the parts of the topic above them, which name the device, and which of its meters. */
export interface Origin {
  readonly above: readonly string[];
  readonly channel?: string;
}

/** The readings of some values of one meter, with what it said before. */
export function gatewayReadings(
  lines: readonly ObisLine[],
  { above, channel }: Origin,
  message: Message,
  settings: DecodeSettings,
  memory: Memory,
): Decoded {
  const topic = above.join("/");
  const name = deviceName(topic);
  const device = channel === undefined ? topic : `${topic}/${channel}`;
  const context = { zone: settings.zone, arrival: message.at, retained: message.retained };
  const drafts: DraftReading[] = lines.length > 0 ? partialReadings(lines, memory, device, context) : [];
  for (const draft of drafts) {
    if (name !== "") put(draft, "name", name);
    put(draft, "channel", draft.channel ?? channel);
  }
  return readings(drafts);
}

/** The same few devices come in message after message; strangers' topics must not fill the memory. */
const namesKnown = new Map<string, string>();
const MAX_KNOWN = 1000;

/** A device's name from the topic above its values, without the words that name no device. */
export function deviceName(topic: string): string {
  let name = namesKnown.get(topic);
  if (name === undefined) {
    const parts = topic.split("/");
    name = parts.filter((part, index) => isTelling(part, parts[index - 1])).join("-");
    if (namesKnown.size >= MAX_KNOWN) namesKnown.clear();
    namesKnown.set(topic, name);
  }
  return name;
}

function own(body: Body, key: string): unknown {
  return Object.hasOwn(body, key) ? body[key] : undefined;
}
