import { makeParts } from "../assembled";
import { NOTHING, type Decoded } from "../decoded";
import { kindOf } from "../discovery";
import type { DecodeSettings, Family } from "../family";
import type { Memory } from "../memory";
import { namedValue } from "../named-value";
import { measured } from "../numbers";
import { oneNamedValue } from "../single-value";
import { valueNameOf } from "../value-name";

const BASE = /statestream|^home-?assistant$|^hass?$|^ha$/i;
const DOMAINS: ReadonlySet<string> = new Set([
  ...["sensor", "binary_sensor", "switch", "light", "number", "input_number", "input_boolean", "climate", "cover"],
  ...["fan", "lock", "person", "device_tracker", "sun", "weather", "automation", "script", "scene", "update"],
  ...["button", "select", "input_select", "media_player", "vacuum", "water_heater", "utility_meter", "zone", "timer"],
]);
const WITH_VALUES: ReadonlySet<string> = new Set(["sensor", "number", "input_number", "utility_meter"]);

/** What an entity's attributes said, and a state that waits for its unit. */
interface Entity {
  unit?: string;
  kind?: string;
  waiting?: { readonly value: string | number; readonly at: number };
}
/** How long a state waits: its attributes come right behind it. */
const WAIT_MS = 60_000;

/**
 * MQTT Statestream: `<base>/<domain>/<entity>/state` as plain text, and the entity's attributes beside it as JSON. The unit
 * is in the attribute `unit_of_measurement`, else in the entity's name.
 */
export const homeAssistant: Family = {
  profile: "home-assistant",
  about: {
    name: "Home Assistant (MQTT Statestream)",
    topics: ["<base>/sensor/<entity>/state", "<base>/sensor/<entity>/unit_of_measurement"],
    fields: [
      { measure: "powerW", from: "…_power, device_class", unit: "W, unit_of_measurement" },
      { measure: "importWh", from: "…_energy, device_class", unit: "kWh, unit_of_measurement" },
      { measure: "exportWh", from: "…_energy_export, …_energy_returned", unit: "kWh, unit_of_measurement" },
      { measure: "volumeM3", from: "unit_of_measurement", unit: "m³, L" },
      { measure: "electrical", from: "…_voltage, …_current, …_power_factor, …_frequency", unit: "V, A, Hz" },
    ],
    tested: [],
    switchedBy: "generic",
  },
  recognises: ({ parts, leaf, body }) => {
    if (parts.length < 4 || !DOMAINS.has(parts.at(-3) ?? "") || leaf === "config") return false;
    // A body under `…/state` is a device's own.
    return (body === undefined || leaf !== "state") && parts.slice(0, -3).some((part) => BASE.test(part));
  },

  decode(message, settings, memory) {
    const { parts, leaf, value, at } = message;
    const [domain = "", name = ""] = parts.slice(-3);
    if (!WITH_VALUES.has(domain) || value === undefined || typeof value === "boolean") return NOTHING;
    const entity = memory.of<Entity>("home-assistant", parts.slice(0, -1).join("/"), () => ({}));

    if (leaf === "state") return decodeState(name, entity, { value, at }, settings, memory);
    if (leaf === "device_class") entity.kind = kindOf(value) ?? "";
    if (leaf !== "unit_of_measurement") return NOTHING;
    entity.unit = String(value).slice(0, 12);
    const { waiting } = entity;
    delete entity.waiting;
    if (!waiting || at - waiting.at > WAIT_MS) return NOTHING;
    return decodeState(name, entity, { value: waiting.value, at }, settings, memory);
  },
};

function decodeState(
  name: string,
  entity: Entity,
  said: { readonly value: string | number; readonly at: number },
  settings: DecodeSettings,
  memory: Memory,
): Decoded {
  const { unit, kind } = entity;
  const sure = valueNameOf(name)?.sure === true;
  const known = namedValue(kind && !sure ? `${name}_${kind}` : name, said.value, unit, settings);
  if (!known) {
    if (unit === undefined && !sure && measured(said.value) !== undefined) entity.waiting = said;
    return NOTHING;
  }
  const meter = known.of || name;
  return oneNamedValue(known, memory.of("home-assistant-meter", meter, makeParts), { name: meter }, said.at);
}
