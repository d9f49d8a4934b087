import { makeParts } from "../assembled";
import { NOTHING, refused, type Decoded } from "../decoded";
import { discovered, isDiscovery, rememberDiscovery } from "../discovery";
import type { DecodeSettings, Family } from "../family";
import type { Memory } from "../memory";
import type { Message } from "../message";
import { namedValue } from "../named-value";
import { measured } from "../numbers";
import { oneNamedValue } from "../single-value";
import { isSmallTalk } from "../small-talk";
import { valueNameOf } from "../value-name";

const COMPONENTS: ReadonlySet<string> = new Set([
  ...["sensor", "binary_sensor", "text_sensor", "switch", "number", "select", "button", "light", "fan", "cover"],
  ...["climate", "lock", "text", "update", "event", "valve", "media_player", "alarm_control_panel", "datetime"],
]);

/**
 * `<prefix>/sensor/<object_id>/state`: a number a topic, retained. What it measures and its unit are in the object id
 * (`washer_power`, `total_energy`), or in the discovery message that ESPHome publishes under `homeassistant/…/config`.
 */
export const esphome: Family = {
  profile: "esphome",
  about: {
    name: "ESPHome",
    topics: ["<prefix>/sensor/<object_id>/state", "homeassistant/sensor/<node>/<object_id>/config"],
    fields: [
      { measure: "powerW", from: "…power", unit: "W, unit_of_measurement" },
      { measure: "importWh", from: "…energy, …total_energy", unit: "kWh, unit_of_measurement" },
      { measure: "exportWh", from: "…energy_export, …energy_returned", unit: "kWh, unit_of_measurement" },
      { measure: "volumeM3", from: "…_m3, …_l, unit_of_measurement", unit: "m³, L" },
      { measure: "electrical", from: "…voltage, …current, …power_factor, …frequency, …l1", unit: "V, A, Hz" },
    ],
    tested: [],
    switchedBy: "generic",
  },
  recognises: (message) => {
    if (isDiscovery(message)) return true;
    const { parts, leaf, body } = message;
    return leaf === "state" && body === undefined && parts.length > 3 && COMPONENTS.has(parts.at(-3) ?? "");
  },

  decode(message, settings, memory) {
    if (isDiscovery(message)) return rememberDiscovery(message, memory);
    const { parts, value } = message;
    if (parts.at(-3) !== "sensor" || value === undefined || isSmallTalk(value)) return NOTHING;
    return decodeSensor(parts.at(-2) ?? "", value, message, settings, memory);
  },
};

/** ESPHome's reader of the P1 port gives kW and m³, whatever it is not told to call otherwise. */
function dsmrUnit(object: string): string | undefined {
  if (/(?:^|_)power_(?:delivered|returned)(?:_l[123])?$/.test(object)) return "kW";
  return /(?:^|_)gas_delivered$/.test(object) ? "m³" : undefined;
}

function decodeSensor(
  object: string,
  value: unknown,
  { topic, parts, at }: Message,
  settings: DecodeSettings,
  memory: Memory,
): Decoded {
  const { unit = dsmrUnit(object), kind } = discovered(topic, memory);
  const known = namedValue(kind && !valueNameOf(object)?.sure ? `${object}_${kind}` : object, value, unit, settings);
  if (!known) {
    const isMeasure = unit === undefined && valueNameOf(object)?.sure === true;
    return isMeasure && measured(value) === undefined ? refused("not-a-number", String(value)) : NOTHING;
  }
  const prefix = parts.slice(0, -3);
  const name = prefix.join("-");
  const device = (prefix.at(-1) ?? "").toLowerCase().replace(/[^a-z0-9]+/g, "_");
  const own =
    known.of === device ? "" : known.of.startsWith(`${device}_`) ? known.of.slice(device.length + 1) : known.of;
  const medium = known.role === "gas" || known.role === "water" ? known.role : "";
  const channel = [own, medium].filter(Boolean).join("_");
  const state = memory.of("esphome", `${name}/${channel}`, makeParts);
  return oneNamedValue(known, state, { name, ...(channel && { channel }) }, at);
}
