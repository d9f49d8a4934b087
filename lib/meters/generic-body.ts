import type { DraftReading } from "./decoded";
import type { DecodeSettings } from "./family";
import { put } from "./measures";
import { isBody, objectAt, type Body, type Message } from "./message";
import { readMetrics, type Metric } from "./metrics";
import { measuresByName } from "./named-measures";
import { instantOf } from "./stamps";

/** Where gateways put the measures when they do not stand at the top. */
const WRAPPERS = [
  ...["data", "payload", "values", "measurements", "reading", "object", "fields", "result", "meter", "sample"],
  ...["ENERGY", "telemetry", "metrics", "state"],
];
const STAMPS = ["ts", "time", "timestamp", "at", "unixtime", "datetime", "date", "last_seen", "Time", "Timestamp"];
const MAX_ITEMS = 1000;
const EPOCH = /^\d{9,13}$/;

/** The readings of one JSON object of nobody's in particular. */
export function genericReadings(item: Body, message: Message, settings: DecodeSettings): DraftReading[] {
  const list = valueList(item);
  if (list) return readList(list, item, message, settings);
  const byTime = instants(item);
  if (byTime) return byTime.flatMap(([at, body]) => stampedBy(at, byNames(body, message, settings), message, settings));
  const devices = telemetryOf(item);
  if (devices.length > 0) {
    return devices.flatMap(([name, bodies]) =>
      bodies.flatMap((body) => byNames(body, message, settings)).map((draft) => ({ ...draft, name })),
    );
  }
  return byNames(item, message, settings);
}

/** The object that holds the measures, and what they say: the item itself or what it wraps. */
export function findMeasures(item: Body, settings: DecodeSettings): { body: Body; draft: DraftReading | undefined } {
  const draft = measuresByName(item, settings);
  if (draft) return { body: item, draft };
  for (const key of WRAPPERS) {
    const inner = objectAt(item, key);
    const found = inner && measuresByName(inner, settings);
    if (found) return { body: inner, draft: found };
  }
  return { body: item, draft: undefined };
}

export function stampIn(body: Body, message: Message, settings: DecodeSettings): number | undefined {
  for (const key of STAMPS) {
    if (!Object.hasOwn(body, key)) continue;
    const at = instantOf(body[key], settings.zone, message.at);
    if (at !== undefined) return at;
  }
  return undefined;
}

function byNames(item: Body, message: Message, settings: DecodeSettings): DraftReading[] {
  const { body, draft } = findMeasures(item, settings);
  if (!draft) return [];
  put(draft, "at", stampIn(body, message, settings) ?? (body === item ? undefined : stampIn(item, message, settings)));
  return [draft];
}

/** `{"timestamp": …, "values": [{"id": "Line1.Power", "v": 1, "q": true, "t": …}]}`, as industrial gateways send it. */
function valueList(item: Body): readonly Body[] | undefined {
  const values = Object.hasOwn(item, "values") ? item.values : undefined;
  if (!Array.isArray(values)) return undefined;
  const entries = values.slice(0, MAX_ITEMS).filter(isBody) as Body[];
  return entries.length > 0 && entries.every((entry) => "id" in entry && "v" in entry) ? entries : undefined;
}

function readList(list: readonly Body[], item: Body, message: Message, settings: DecodeSettings): DraftReading[] {
  const shared = stampIn(item, message, settings);
  const metrics = list.flatMap((entry): Metric[] => {
    // What the gateway itself calls bad was not measured.
    if (entry.q === false || typeof entry.id !== "string") return [];
    const path = entry.id.split(/[./]/);
    const at = instantOf(entry.t, settings.zone, message.at) ?? shared;
    return [
      {
        name: path.at(-1) ?? "",
        value: entry.v,
        unit: entry.u ?? entry.unit,
        group: path.slice(0, -1).join("-"),
        ...(at !== undefined && { at }),
      },
    ];
  });
  return readMetrics(metrics, settings, message.at);
}

/** `{"1773144000": {…}, "1773144060": {…}}`: a batch by instants. */
function instants(item: Body): [string, Body][] | undefined {
  let count = 0;
  for (const key in item) if (!EPOCH.test(key) || ++count > MAX_ITEMS || !objectAt(item, key)) return undefined;
  return count > 0 ? Object.keys(item).map((key) => [key, objectAt(item, key) ?? {}]) : undefined;
}

function stampedBy(key: string, drafts: DraftReading[], message: Message, settings: DecodeSettings): DraftReading[] {
  const at = instantOf(key, settings.zone, message.at);
  return at === undefined ? [] : drafts.map((draft) => ({ ...draft, at: draft.at ?? at }));
}

/** `{"<device>": [{"ts": …, "values": {…}}]}`, as gateways send it to ThingsBoard. */
function telemetryOf(item: Body): [string, Body[]][] {
  let left = MAX_ITEMS;
  const devices: [string, Body[]][] = [];
  for (const key in item) {
    const list: unknown = Object.hasOwn(item, key) ? item[key] : undefined;
    if (!Array.isArray(list) || left <= 0) return [];
    const bodies = (list.slice(0, left).filter(isBody) as Body[]).filter((body) => objectAt(body, "values"));
    if (bodies.length === 0) return [];
    left -= bodies.length;
    devices.push([key, bodies]);
  }
  return devices;
}
