import type { Role } from "../../energy/reading";
import { NOTHING, readings, type DraftPhase, type DraftReading } from "../decoded";
import type { DecodeSettings, Family } from "../family";
import {
  amps,
  cosine,
  kilowattHours,
  put,
  putElectrical,
  putFrequency,
  putPhase,
  says,
  sum,
  volts,
  watts,
} from "../measures";
import { objectAt, objectOf, type Body, type Message } from "../message";
import { scaled, within } from "../numbers";
import { equipmentId } from "../obis-readings";
import { digitInstantOf, instantOf, isAhead, localInstantOf } from "../stamps";
import { writtenScale } from "../units";

/** How the two versions of the API name the same: the second drops `active_` and `total_power_`. */
interface Keys {
  readonly spot: "active_" | "";
  readonly energy: "total_power_" | "energy_";
}
const V1: Keys = { spot: "active_", energy: "total_power_" };
const V2: Keys = { spot: "", energy: "energy_" };
const TARIFFS = [1, 2, 3, 4] as const;

const BESIDE: Readonly<Record<string, { readonly channel: string; readonly role: Role }>> = {
  gas_meter: { channel: "gas", role: "gas" },
  water_meter: { channel: "water", role: "water" },
  warm_water_meter: { channel: "warm-water", role: "water" },
  heat_meter: { channel: "heat", role: "heat" },
  inlet_heat_meter: { channel: "inlet-heat", role: "heat" },
};
const MOST_BESIDE = 8;

/**
 * The local API of HomeWizard (`/api/v1/data`, `/api/measurement`), polled or as its web socket sends it: P1 meter, kWh meters,
 * sockets, water meter and battery. Stamps are the meter's local time. A battery charges with positive power.
 */
export const homewizard: Family = {
  profile: "homewizard",
  about: {
    name: "HomeWizard",
    topics: ["GET /api/v1/data", "GET /api/measurement", "<any>"],
    fields: [
      { measure: "powerW", from: "active_power_w, power_w", unit: "W" },
      {
        measure: "importWh",
        from: "total_power_import_kwh, total_power_import_t1_kwh, energy_import_kwh",
        unit: "kWh",
      },
      {
        measure: "exportWh",
        from: "total_power_export_kwh, total_power_export_t1_kwh, energy_export_kwh",
        unit: "kWh",
      },
      { measure: "tariffs", from: "total_power_import_t<n>_kwh, energy_import_t<n>_kwh", unit: "kWh" },
      {
        measure: "electrical",
        from: "active_voltage_l1_v, active_current_l1_a, voltage_v, current_a, …",
        unit: "V, A, VA, Hz",
      },
      { measure: "volumeM3", from: "total_gas_m3, total_liter_m3, external[].value", unit: "m³, unit" },
      { measure: "socPercent", from: "state_of_charge_pct", unit: "%" },
    ],
    tested: ["v1", "v2"],
  },
  recognises: (message) => {
    const body = bodyOf(message);
    return body !== undefined && keysOf(body) !== undefined;
  },

  decode(message, settings) {
    const body = bodyOf(message);
    const keys = body && keysOf(body);
    if (!body || !keys) return NOTHING;
    const main = keys === "water" ? water(body) : electricity(body, keys, message, settings);
    return readings([main, ...beside(body, message, settings)].filter(says));
  },
};

/** The measurement itself, out of the web socket's envelope. */
function bodyOf(message: Message): Body | undefined {
  const body = objectOf(message);
  return body?.type === "measurement" ? objectAt(body, "data") : body;
}

function keysOf(body: Body): Keys | "water" | undefined {
  if ("total_liter_m3" in body) return "water";
  if ("total_power_import_t1_kwh" in body || "total_power_import_kwh" in body) return V1;
  if ("active_power_w" in body && ("wifi_ssid" in body || "smr_version" in body)) return V1;
  const isSecond =
    "energy_import_t1_kwh" in body ||
    "protocol_version" in body ||
    "state_of_charge_pct" in body ||
    "current_l1_a" in body;
  return isSecond && "power_w" in body ? V2 : undefined;
}

function water(body: Body): DraftReading {
  const draft: DraftReading = { role: "water" };
  put(draft, "volumeM3", scaled(body.total_liter_m3, 1));
  return draft;
}

function electricity(body: Body, keys: Keys, message: Message, settings: DecodeSettings): DraftReading {
  const draft: DraftReading = {};
  const isP1 = "smr_version" in body || "protocol_version" in body;
  const isBattery = "state_of_charge_pct" in body;
  if (isP1) draft.role = "grid";
  else if (isBattery) draft.role = "battery";

  const { powerW, ...electrical } = partOf(body, keys, "");
  put(draft, "powerW", powerW);
  putRegisters(draft, body, keys);
  // A P1 meter's total current is a sum without signs.
  if (isP1) delete electrical.currentA;
  putElectrical(draft, electrical);
  putFrequency(draft, body[`${keys.spot}frequency_hz`]);
  for (const index of [0, 1, 2]) putPhase(draft, index, partOf(body, keys, `_l${index + 1}`));
  if (isBattery) put(draft, "socPercent", within(body.state_of_charge_pct, 0, 100));
  put(draft, "serial", isP1 ? serialOf(body.unique_id) : undefined);
  put(draft, "at", localInstantOf(body.timestamp, settings.zone, message.at, message.retained));
  return draft;
}

function putRegisters(draft: DraftReading, body: Body, { energy }: Keys): void {
  const tariffs = TARIFFS.map((number) => {
    const register: { name: string; importWh?: number; exportWh?: number } = { name: String(number) };
    put(register, "importWh", kilowattHours(body[`${energy}import_t${number}_kwh`]));
    put(register, "exportWh", kilowattHours(body[`${energy}export_t${number}_kwh`]));
    return register;
  }).filter(({ importWh, exportWh }) => importWh !== undefined || exportWh !== undefined);
  put(draft, "importWh", kilowattHours(body[`${energy}import_kwh`]) ?? sum(tariffs.map(({ importWh }) => importWh)));
  put(draft, "exportWh", kilowattHours(body[`${energy}export_kwh`]) ?? sum(tariffs.map(({ exportWh }) => exportWh)));
  // Meters with a single register name it the first tariff.
  if (tariffs.length > 1) put(draft, "tariffs", tariffs);
}

function partOf(body: Body, { spot }: Keys, phase: string): DraftPhase {
  const part: DraftPhase = {};
  put(part, "powerW", watts(body[`${spot}power${phase}_w`]));
  put(part, "voltageV", volts(body[`${spot}voltage${phase}_v`]));
  put(part, "currentA", amps(body[`${spot}current${phase}_a`]));
  put(part, "powerFactor", cosine(body[`${spot}power_factor${phase}`]));
  put(part, "apparentVa", watts(body[`${spot}apparent_power${phase}_va`]));
  put(part, "reactiveVar", watts(body[`${spot}reactive_power${phase}_var`]));
  return part;
}

/** The meters on the M-Bus: a list, or in old firmware gas alone. */
function beside(body: Body, message: Message, settings: DecodeSettings): DraftReading[] {
  const list: unknown[] = Array.isArray(body.external) ? body.external.slice(0, MOST_BESIDE) : [];
  const drafts = list.map((item) => externalMeter(objectAt({ item }, "item") ?? {}, message, settings));
  if (drafts.some(({ channel }) => channel === "gas")) return drafts;
  const gas = { type: "gas_meter", unit: "m3", value: body.total_gas_m3, timestamp: body.gas_timestamp };
  return [...drafts, externalMeter({ ...gas, unique_id: body.gas_unique_id }, message, settings)];
}

function externalMeter(meter: Body, { at: arrival }: Message, { zone }: DecodeSettings): DraftReading {
  const { type, unit, value, timestamp, unique_id } = meter;
  const medium = typeof type === "string" && Object.hasOwn(BESIDE, type) ? BESIDE[type] : undefined;
  const scale = writtenScale(unit);
  const amount = scale && scaled(value, scale.factor);
  if (!medium || !scale || scale.quantity === "power" || amount === undefined) return {};
  const draft: DraftReading = { ...medium };
  put(draft, scale.quantity === "volume" ? "volumeM3" : "importWh", amount);
  put(draft, "serial", serialOf(unique_id));
  const at = digitInstantOf(timestamp, zone, arrival) ?? instantOf(timestamp, zone, arrival);
  if (at !== undefined && !isAhead(at, arrival)) draft.at = at;
  return draft;
}

function serialOf(id: unknown): string | undefined {
  return typeof id === "string" && id !== "" ? equipmentId(id) : undefined;
}
