import { NOTHING, readings, refused, type Decoded, type DraftReading } from "../decoded";
import type { DecodeSettings, Family, JsonPaths } from "../family";
import { genericReadings, stampIn } from "../generic-body";
import { valueAtPath } from "../json-path";
import { put, says } from "../measures";
import { isBody, type Body, type Message } from "../message";
import { unwrap } from "../named-measures";
import { scaled } from "../numbers";
import { scaleOf, type Scale, type Unit } from "../units";

const MAX_ITEMS = 1000;

/**
 * Any JSON: fields by their usual names (`power`, `energy_total`, `voltage`, …), or where the user says they stand. A unit in
 * the message beats one in a name, which beats the default: W and kWh for names, the unit that was set for paths and `value`.
 */
export const json: Family = {
  profile: "json",
  about: {
    name: "JSON",
    topics: ["<any>"],
    fields: [
      { measure: "powerW", from: "power, apower, watts, power_kw, …", unit: "W" },
      { measure: "importWh", from: "energy, total, import, energy_wh, …", unit: "kWh" },
      { measure: "exportWh", from: "export, energy_returned, …", unit: "kWh" },
      { measure: "volumeM3", from: "volume, gas, water, …", unit: "m³" },
      { measure: "electrical", from: "voltage, current, pf, frequency", unit: "V, A, Hz" },
      { measure: "temperatureC", from: "temperature", unit: "°C" },
      { measure: "socPercent", from: "soc", unit: "%" },
    ],
    tested: [],
    switchedBy: "generic",
  },
  recognises: (message) => message.body !== undefined,

  decode(message, settings) {
    const { body, value } = message;
    if (body === undefined) return typeof value === "boolean" ? NOTHING : refused("not-json", String(value));
    const items: readonly unknown[] = Array.isArray(body) ? body : [body];
    if (items.length > MAX_ITEMS) return refused("too-big", `${items.length} entries, at most ${MAX_ITEMS}`);
    const bodies = items.filter(isBody) as Body[];
    // Paths of a kind of message that is no longer chosen have no say.
    const paths = settings.profile === "json" ? settings.paths : undefined;
    if (paths && (paths.power || paths.import || paths.export)) return byPaths(bodies, paths, message, settings);
    return readings(bodies.flatMap((item) => genericReadings(item, message, settings)));
  },
};

function byPaths(items: readonly Body[], paths: JsonPaths, message: Message, settings: DecodeSettings): Decoded {
  const at = (item: Body, path: string | undefined): unknown => (path ? valueAtPath(item, path) : undefined);
  const found = items
    .map((item) => ({
      item,
      power: at(item, paths.power),
      imported: at(item, paths.import),
      exported: at(item, paths.export),
    }))
    .filter((one) => one.power !== undefined || one.imported !== undefined || one.exported !== undefined);
  if (found.length === 0) {
    return refused("path-missing", [paths.power, paths.import, paths.export].filter(Boolean).join(", "));
  }

  const [power, energy] = scalesFor(settings.unit ?? "kW");
  const drafts = found.map(({ item, ...values }): DraftReading => {
    const draft: DraftReading = {};
    put(draft, "powerW", amount(values.power, power));
    put(draft, "importWh", amount(values.imported, energy));
    put(draft, "exportWh", amount(values.exported, energy));
    if (says(draft)) put(draft, "at", stampIn(item, message, settings));
    return draft;
  });
  return readings(drafts.filter(says));
}

/** A number, or an object of a value and its unit. */
function amount(value: unknown, fallback: Scale): number | undefined {
  const { bare, unit } = unwrap(value);
  return scaled(bare, (unit ?? fallback).factor);
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
