import type { Role } from "../../energy/reading";
import { NOTHING, readings, refused, type DraftPhase, type DraftReading } from "../decoded";
import type { DecodeSettings, Family } from "../family";
import { amps, cosine, kilowattHours, put, putElectrical, putFrequency, putPhase, says, sum, volts } from "../measures";
import { objectOf, type Body, type Message } from "../message";
import { measured, scaled, within } from "../numbers";
import { instantOf, localInstantOf } from "../stamps";

const ROLES: Readonly<Record<string, Role>> = {
  gas: "gas",
  water: "water",
  "cold water": "water",
  "warm water": "water",
  "hot water": "water",
  heat: "heat",
  "heat/cooling load": "heat",
  cooling: "heat",
};
/** No meter has run for longer: a telegram that says so is not in the units that its fields name. */
const OLDEST_YEARS = 100;
const TARIFFS = [1, 2, 3, 4].map((n) => ({
  name: String(n),
  consumed: `total_energy_consumption_tariff_${n}_kwh`,
  produced: `total_energy_production_tariff_${n}_kwh`,
}));

/** What a meter's register stood at. */
interface Before {
  importWh?: number;
}

/**
 * wmbusmeters: a JSON document a telegram, with the units in the names. Powers in kW, registers in kWh and m³; peaks, monthly
 * and historical values are left out.
 */
export const wmbus: Family = {
  profile: "wmbus",
  about: {
    name: "Wireless M-Bus (wmbusmeters)",
    topics: ["wmbusmeters/<id>", "wmbusmeters/<name>"],
    fields: [
      { measure: "powerW", from: "current_power_consumption_kw, active_consumption_kw, power_kw", unit: "kW" },
      { measure: "importWh", from: "total_energy_consumption_kwh, total_kwh", unit: "kWh" },
      { measure: "exportWh", from: "total_energy_production_kwh", unit: "kWh" },
      { measure: "tariffs", from: "total_energy_consumption_tariff_<n>_kwh", unit: "kWh" },
      { measure: "volumeM3", from: "total_m3, total_volume_m3", unit: "m³" },
      { measure: "electrical", from: "voltage_at_phase_<n>_v, current_l<n>_a, frequency_hz", unit: "V, A, Hz" },
      { measure: "temperatureC", from: "flow_temperature_c", unit: "°C" },
    ],
    tested: ["iEM3135 1.2.000", "iEM3135 1.3.007"],
  },
  recognises: (message) => {
    const body = objectOf(message);
    if (body === undefined || typeof body.media !== "string" || typeof body.meter !== "string") return false;
    return typeof body.id === "string" && ("timestamp" in body || body._ === "telegram");
  },

  decode(message, settings, memory) {
    const body = objectOf(message);
    if (!body) return refused("not-json", String(message.value));
    const trouble = `${textAt(body, "status")} ${textAt(body, "error")}`;
    const years = measured(body.operating_time_y);
    if (years !== undefined && years > OLDEST_YEARS) return refused("inconsistent", `operating_time_y ${years}`);

    const role = ROLES[textAt(body, "media").toLowerCase()];
    const draft = role === "water" || role === "gas" ? flow(body) : role === "heat" ? heat(body) : electricity(body);
    if (!says(draft)) {
      // A key that is wrong or missing leaves a telegram without its values.
      return /decrypt|encrypted|\bkey\b/i.test(trouble)
        ? refused("needs-codec", `the AES key of meter ${textAt(body, "id")}`)
        : NOTHING;
    }
    const id = textAt(body, "id").slice(0, 40);
    const before = memory.of<Before>("wmbus", id || message.topic, () => ({}));
    if (isThousandth(draft.importWh, before.importWh)) {
      return refused("inconsistent", `${draft.importWh} Wh after ${before.importWh} Wh: another unit`);
    }
    put(before, "importWh", draft.importWh);
    put(draft, "name", textAt(body, "name").slice(0, 100) || undefined);
    put(draft, "serial", id || undefined);
    put(draft, "role", role);
    put(draft, "at", stampOf(body, message, settings));
    return readings([draft]);
  },
};

function textAt(body: Body, key: string): string {
  const value = Object.hasOwn(body, key) ? body[key] : undefined;
  return typeof value === "string" ? value : "";
}

/** The same register in another unit: two kinds of telegram of one meter have been seen to differ so. */
function isThousandth(now: number | undefined, before: number | undefined): boolean {
  if (!now || !before || before < 1000) return false;
  return Math.abs((now * 1000) / before - 1) < 0.001;
}

function electricity(body: Body): DraftReading {
  const draft: DraftReading = {};
  const phases = PHASES.map((names) => phaseOf(body, names));
  const consumed = kilowatts(body.current_power_consumption_kw) ?? kilowatts(body.active_consumption_kw);
  const produced = kilowatts(body.current_power_production_kw);
  const net = sum([consumed, produced === undefined ? undefined : -produced]);
  put(draft, "powerW", net ?? kilowatts(body.power_kw) ?? wholeOf(phases));
  putRegisters(draft, body);
  const electrical: DraftPhase = {};
  put(electrical, "powerFactor", cosine(body.power_factor));
  put(electrical, "voltageV", volts(body.voltage_v));
  put(electrical, "currentA", amps(body.current_a));
  put(electrical, "apparentVa", kilowatts(body.apparent_consumption_kw));
  putElectrical(draft, electrical);
  putFrequency(draft, body.frequency_hz);
  phases.forEach((phase, index) => putPhase(draft, index, phase));
  return draft;
}

/** Three phases whose total was not said. */
function wholeOf(phases: readonly DraftPhase[]): number | undefined {
  return phases.every(({ powerW }) => powerW !== undefined) ? sum(phases.map(({ powerW }) => powerW)) : undefined;
}

/** The names of one phase's fields, made once. */
const PHASES = [1, 2, 3].map((n) => ({
  consumed: [`current_power_consumption_phase${n}_kw`, `active_consumption_l${n}_kw`],
  produced: [`current_power_production_phase${n}_kw`],
  volts: [`voltage_at_phase_${n}_v`, `voltage_l${n}_n_v`],
  amps: [`current_at_phase_${n}_a`, `current_l${n}_a`],
  imported: [`total_energy_consumption_l${n}_kwh`],
}));

function phaseOf(body: Body, names: (typeof PHASES)[number]): DraftPhase {
  const phase: DraftPhase = {};
  const consumed = kilowatts(first(body, names.consumed));
  const produced = kilowatts(first(body, names.produced));
  put(phase, "powerW", produced === undefined ? consumed : sum([consumed, -produced]));
  put(phase, "voltageV", volts(first(body, names.volts)));
  put(phase, "currentA", amps(first(body, names.amps)));
  put(phase, "importWh", kilowattHours(first(body, names.imported)));
  return phase;
}

function first(body: Body, names: readonly string[]): unknown {
  for (const name of names) if (body[name] !== undefined) return body[name];
  return undefined;
}

function putRegisters(draft: DraftReading, body: Body): void {
  const tariffs = TARIFFS.flatMap(({ name, consumed, produced }) => {
    if (body[consumed] === undefined && body[produced] === undefined) return [];
    const register: { name: string; importWh?: number; exportWh?: number } = { name };
    put(register, "importWh", kilowattHours(body[consumed]));
    put(register, "exportWh", kilowattHours(body[produced]));
    return register.importWh === undefined && register.exportWh === undefined ? [] : [register];
  });

  const imported = kilowattHours(body.total_energy_consumption_kwh) ?? kilowattHours(body.total_kwh);
  put(draft, "importWh", imported ?? sum(tariffs.map(({ importWh }) => importWh)));
  const exported = kilowattHours(body.total_energy_production_kwh);
  put(draft, "exportWh", exported ?? sum(tariffs.map(({ exportWh }) => exportWh)));
  put(draft, "tariffs", tariffs.length > 0 ? tariffs : undefined);
}

function flow(body: Body): DraftReading {
  const draft: DraftReading = {};
  const litres = scaled(body.total_l, 0.001);
  put(
    draft,
    "volumeM3",
    scaled(body.total_m3, 1) ?? scaled(body.total_volume_m3, 1) ?? scaled(body.volume_m3, 1) ?? litres,
  );
  // A water temperature alone is no measure of use.
  if (says(draft)) put(draft, "temperatureC", celsius(body.flow_temperature_c));
  return draft;
}

function heat(body: Body): DraftReading {
  const draft: DraftReading = {};
  put(draft, "powerW", kilowatts(body.power_kw) ?? kilowatts(body.current_power_consumption_kw));
  const megajoules = scaled(body.total_energy_consumption_mj, 1e6 / 3600);
  put(
    draft,
    "importWh",
    kilowattHours(body.total_energy_consumption_kwh) ?? kilowattHours(body.total_kwh) ?? megajoules,
  );
  put(draft, "volumeM3", scaled(body.total_volume_m3, 1) ?? scaled(body.volume_m3, 1));
  if (says(draft)) put(draft, "temperatureC", celsius(body.flow_temperature_c) ?? celsius(body.t1_temperature_c));
  return draft;
}

function kilowatts(value: unknown): number | undefined {
  return scaled(value, 1000);
}

function celsius(value: unknown): number | undefined {
  return within(value, -100, 1500);
}

/** When the telegram was received, in UTC; else the meter's own clock, which has minutes and no zone. */
function stampOf(body: Body, message: Message, settings: DecodeSettings): number | undefined {
  const received = instantOf(body.timestamp, settings.zone, message.at);
  return received ?? localInstantOf(body.device_datetime, settings.zone, message.at, message.retained);
}
