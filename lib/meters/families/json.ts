import {
  NOTHING,
  readings,
  refused,
  type Decoded,
  type DecodeSettings,
  type DraftReading,
  type Family,
  type JsonPaths,
} from "../family";
import { valueAtPath } from "../json-path";
import { put, says } from "../measures";
import { isBody, objectAt, type Body, type Message } from "../message";
import { measuresByName, unwrap } from "../named-measures";
import { scaled } from "../numbers";
import { instantOf } from "../stamps";
import { scaleOf, type Scale, type Unit } from "../units";

/** Where gateways put the measures when they do not stand at the top. */
const WRAPPERS = [
  "data",
  "payload",
  "values",
  "measurements",
  "reading",
  "object",
  "fields",
  "result",
  "meter",
  "sample",
  "ENERGY",
];
const STAMPS = ["ts", "time", "timestamp", "at", "unixtime", "datetime", "date", "last_seen", "Time", "Timestamp"];
const MAX_ITEMS = 5000;

/**
 * Any JSON: fields by their usual names (`power`, `energy_total`, `voltage`, …), or where the user says they stand. A unit in
 * the message beats one in a name, which beats the default: W and kWh for names, the unit that was set for paths and `value`.
 */
export const json: Family = {
  profile: "json",
  recognises: (message) => message.body !== undefined,

  decode(message, settings) {
    const { body, value } = message;
    if (body === undefined) return typeof value === "boolean" ? NOTHING : refused("not-json", String(value));
    const items = (Array.isArray(body) ? body.slice(0, MAX_ITEMS) : [body]).filter(isBody) as Body[];
    const { paths } = settings;
    if (paths && (paths.power || paths.import || paths.export)) return byPaths(items, paths, message, settings);
    return readings(items.flatMap((item) => byNames(item, message, settings)));
  },
};

function byNames(item: Body, message: Message, settings: DecodeSettings): DraftReading[] {
  for (const body of [item, ...WRAPPERS.map((key) => objectAt(item, key))]) {
    const draft = body && measuresByName(body, settings);
    if (!draft) continue;
    put(draft, "at", stampIn(body, message, settings) ?? stampIn(item, message, settings));
    return [draft];
  }
  return [];
}

function byPaths(items: readonly Body[], paths: JsonPaths, message: Message, settings: DecodeSettings): Decoded {
  const [power, energy] = scalesFor(settings.unit ?? "kW");
  let found = false;
  const pick = (item: Body, path: string | undefined, fallback: Scale): number | undefined => {
    const value = path ? valueAtPath(item, path) : undefined;
    if (value === undefined) return undefined;
    found = true;
    const { bare, unit } = unwrap(value);
    return scaled(bare, (unit ?? fallback).factor);
  };

  const drafts = items.map((item): DraftReading => {
    const draft: DraftReading = {};
    put(draft, "powerW", pick(item, paths.power, power));
    put(draft, "importWh", pick(item, paths.import, energy));
    put(draft, "exportWh", pick(item, paths.export, energy));
    if (says(draft)) put(draft, "at", stampIn(item, message, settings));
    return draft;
  });
  if (found) return readings(drafts.filter(says));
  return refused("path-missing", [paths.power, paths.import, paths.export].filter(Boolean).join(", "));
}

/** One setting serves both: kW means kilowatts and kilowatt-hours. */
function scalesFor(unit: Unit): readonly [Scale, Scale] {
  const { quantity, factor } = scaleOf(unit);
  const size = quantity === "volume" ? 1000 : factor;
  return [
    { quantity: "power", factor: size },
    { quantity: "energy", factor: size },
  ];
}

function stampIn(body: Body, message: Message, settings: DecodeSettings): number | undefined {
  for (const key of STAMPS) {
    if (!Object.hasOwn(body, key)) continue;
    const at = instantOf(body[key], settings.zone, message.at);
    if (at !== undefined) return at;
  }
  return undefined;
}
