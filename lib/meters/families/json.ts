import { hasPaths, jsonLookUp, readByPaths } from "../by-paths";
import { NOTHING, readings, refused } from "../decoded";
import type { Family } from "../family";
import { genericReadings, stampIn } from "../generic-body";
import { knownReadings, tibberNames } from "../known-bodies";
import { put, says } from "../measures";
import { isBody, type Body } from "../message";

const MAX_ITEMS = 1000;

/**
 * Any JSON: fields by their usual names (`power`, `energy_total`, `voltage`, …), or where the user says they stand: a path, or
 * a JSONata expression (`voltage * current`). A unit in the message beats one in a name, which beats the default: W and kWh for names, the unit that was set for paths and `value`.
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

  decode(message, settings, memory) {
    const { body, value } = message;
    if (body === undefined) return typeof value === "boolean" ? NOTHING : refused("not-json", String(value));
    const items: readonly unknown[] = Array.isArray(body) ? body : [body];
    if (items.length > MAX_ITEMS) return refused("too-big", `${items.length} entries, at most ${MAX_ITEMS}`);
    const bodies = items.filter(isBody) as Body[];
    // Paths of a kind of message that is no longer chosen have no say.
    const paths = settings.profile === "json" ? settings.paths : undefined;
    if (!hasPaths(paths)) {
      return readings(
        bodies.flatMap(
          (item) => knownReadings(item, message, memory) ?? genericReadings(tibberNames(item), message, settings),
        ),
      );
    }

    const outcome = readByPaths(bodies, paths, settings, jsonLookUp());
    if (outcome.kind !== "found") return outcome;
    const said = outcome.found.filter(([, draft]) => says(draft));
    for (const [item, draft] of said) put(draft, "at", stampIn(item, message, settings));
    return readings(said.map(([, draft]) => draft));
  },
};
