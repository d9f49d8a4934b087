import { NOTHING, readings, refused, type Decoded, type DraftReading } from "../decoded";
import { emonReadings, isEmonBody, valuesOf, type EmonValue } from "../emon-values";
import type { DecodeSettings, Family } from "../family";
import { put } from "../measures";
import { objectAt, objectOf, parseBody, type Body, type Message } from "../message";
import { measured } from "../numbers";
import { instantOf } from "../stamps";

const MOST_ITEMS = 500;
const MOST_NODES = 50;
const LONGEST_NAME = 60;

/**
 * What is posted to Emoncms and what it answers: the values of a node as JSON or as `node=…&fulljson={…}`, lists of feeds and
 * of inputs with their names, units and times, and bulks of named values. Values without names say nothing.
 */
export const emoncms: Family = {
  profile: "emoncms",
  about: {
    name: "Emoncms",
    topics: ["<any>"],
    fields: [
      { measure: "powerW", from: "power1, use, solar, import, value", unit: "W, unit" },
      { measure: "importWh", from: "use_kwh, solar_kwh, import_kwh, value", unit: "kWh, unit" },
      { measure: "exportWh", from: "export_kwh", unit: "kWh" },
      { measure: "electrical", from: "vrms, irms1", unit: "V, A" },
    ],
    tested: [],
    switchedBy: "generic",
  },
  recognises: (message) => {
    const { body, value } = message;
    if (typeof value === "string") return isPost(value);
    if (!body) return false;
    if (Array.isArray(body)) return isItem(body[0]) || isBulk(body);
    // What was asked for over HTTP has no topic; no one else's body is looked through.
    return isEmonBody(body as Body) || (message.topic === "" && inputsIn(body as Body).length > 0);
  },

  decode(message, settings) {
    const { body, value } = message;
    if (typeof value === "string") return decodePost(value, message, settings);
    if (Array.isArray(body)) {
      return isBulk(body) ? decodeBulk(body, undefined, message, settings) : decodeList(body, message, settings);
    }
    const own = objectOf(message);
    if (!own) return NOTHING;
    const inputs = inputsIn(own);
    if (inputs.length === 0) return decodeNode(valuesOf(own), undefined, own.time, message, settings);
    return readings(
      inputs.flatMap(([name, values]) => emonReadings(timed(values, message, settings), settings).map(namedBy(name))),
    );
  },
};

function decodeNode(
  values: readonly EmonValue[],
  name: string | null | undefined,
  time: unknown,
  message: Message,
  settings: DecodeSettings,
): Decoded {
  const drafts = emonReadings(values, settings).map(namedBy(name));
  for (const draft of drafts) put(draft, "at", instantOf(time, settings.zone, message.at));
  return readings(drafts);
}

function namedBy(name: unknown): (draft: DraftReading) => DraftReading {
  return (draft) => (typeof name === "string" && name !== "" ? { ...draft, name: name.slice(0, LONGEST_NAME) } : draft);
}

/** A value and when it was said, as it was written. */
interface Timed extends EmonValue {
  readonly time: unknown;
}

function timed(values: readonly Timed[], message: Message, { zone }: DecodeSettings): EmonValue[] {
  return values.map(({ time, ...value }) => ({ ...value, at: instantOf(time, zone, message.at) }));
}

/** An entry of a list of feeds or inputs. */
function isItem(item: unknown): boolean {
  const body = objectAt({ item }, "item");
  if (!body || typeof body.name !== "string" || !("value" in body) || !("time" in body)) return false;
  return "nodeid" in body || "engine" in body || "tag" in body || "processList" in body;
}

function decodeList(items: readonly unknown[], message: Message, settings: DecodeSettings): Decoded {
  if (items.length > MOST_ITEMS) return refused("too-big", `${items.length} feeds, at most ${MOST_ITEMS}`);
  const nodes = new Map<string, Timed[]>();
  for (const item of items) {
    if (!isItem(item)) continue;
    const { name, value, unit, time, tag, nodeid } = item as Body;
    const owner = [tag, nodeid].find((one) => typeof one === "string" || typeof one === "number") ?? "";
    const values = nodes.get(String(owner)) ?? [];
    nodes.set(String(owner), values);
    values.push({ key: name as string, value, unit, time });
  }
  return readings(
    [...nodes].flatMap(([owner, values]) =>
      emonReadings(timed(values, message, settings), settings).map(namedBy(owner)),
    ),
  );
}

/** What `input/get` answers: {"power1": {"time", "value", "processList"}}, of one node or of all by their names. */
function inputsIn(body: Body): (readonly [name: string | undefined, values: Timed[]])[] {
  const own = inputsOf(body);
  if (own.length > 0) return [[undefined, own]];
  const found: [string, Timed[]][] = [];
  for (const name in body) {
    const inner = objectAt(body, name);
    const values = inner ? inputsOf(inner) : [];
    if (values.length === 0 || found.length >= MOST_NODES) return [];
    found.push([name, values]);
  }
  return found;
}

function inputsOf(body: Body): Timed[] {
  const values: Timed[] = [];
  for (const key in body) {
    const input = objectAt(body, key);
    if (!input || !("processList" in input) || !("value" in input) || values.length >= MOST_ITEMS) return [];
    values.push({ key, value: input.value, time: input.time });
  }
  return values;
}

/** `[[0, "emontx", {"power1": 100}], …]`: an offset in seconds, a node, and its values. */
function isBulk(body: readonly unknown[]): boolean {
  const first: unknown = body[0];
  if (!Array.isArray(first) || typeof first[0] !== "number" || first.length < 3) return false;
  return objectAt({ values: first[2] as unknown }, "values") !== undefined;
}

function decodeBulk(
  body: readonly unknown[],
  time: number | undefined,
  message: Message,
  settings: DecodeSettings,
): Decoded {
  if (body.length > MOST_ITEMS) return refused("too-big", `${body.length} entries, at most ${MOST_ITEMS}`);
  const drafts = body.flatMap((entry: unknown): DraftReading[] => {
    if (!Array.isArray(entry)) return [];
    const [offset, owner, ...rest] = entry as unknown[];
    const after = measured(offset);
    const at =
      time === undefined || after === undefined ? undefined : instantOf(time + after, settings.zone, message.at);
    const values = rest.slice(0, 20).flatMap((item) => valuesOf(objectAt({ item }, "item") ?? {}));
    const own = emonReadings(values, settings).map(namedBy(typeof owner === "number" ? String(owner) : owner));
    for (const draft of own) put(draft, "at", at);
    return own;
  });
  return readings(drafts);
}

const CARRIES = /(?:^|[?&])(?:fulljson|json|data|csv)=/;
const BELONGS = /(?:^|[?&/])(?:node=|apikey=|time=|sentat=|input\/)/;

/** `input/post?node=emontx&fulljson={…}`, or what stands behind the question mark. */
function isPost(text: string): boolean {
  const head = text.slice(0, 300);
  return CARRIES.test(head) && BELONGS.test(head);
}

function decodePost(text: string, message: Message, settings: DecodeSettings): Decoded {
  const query = new URLSearchParams(text.slice(text.indexOf("?") + 1));
  const json = query.get("fulljson") ?? query.get("json") ?? query.get("data");
  // Without names nothing tells a power from a temperature.
  if (json === null) return NOTHING;
  const name = query.get("node");
  const time = measured(query.get("time") ?? undefined);
  if (json.startsWith("[")) {
    const bulk = parseBody(`{"bulk":${json}}`)?.bulk;
    return Array.isArray(bulk) ? decodeBulk(bulk, time, message, settings) : refused("not-json", json);
  }
  const body = parseBody(json);
  const values = body ? valuesOf(body) : barePairs(json);
  return values ? decodeNode(values, name, time ?? body?.time, message, settings) : refused("not-json", json);
}

/** `{power1:100,power2:200}`: Emoncms takes names without quotes. */
function barePairs(text: string): EmonValue[] | undefined {
  const inner = /^\{?([^{}[\]]{1,4000})\}?$/.exec(text)?.[1];
  const pairs = inner?.split(",", 100).map((pair): EmonValue => {
    const [key = "", value] = pair.split(":", 2);
    return { key: key.replace(/["'\s]/g, ""), value: value?.trim() };
  });
  return pairs?.every(({ value }) => measured(value) !== undefined) ? pairs : undefined;
}
