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

type Field =
  | {
      readonly kind: "spot";
      /** 0 is the whole. */
      readonly phase: number;
      readonly measure: keyof DraftPhase;
      readonly convert: (value: unknown) => number | undefined;
    }
  /** Tariff 0 is the total. */
  | { readonly kind: "register"; readonly way: "importWh" | "exportWh"; readonly tariff: number };

/** What a field of either version of the API says: the second drops `active_` and `total_power_`. */
const FIELDS = new Map<string, Field>(
  (["active_", ""] as const).flatMap((spot) => [
    ...["", "_l1", "_l2", "_l3"].flatMap((name, phase): [string, Field][] => [
      [`${spot}power${name}_w`, { kind: "spot", phase, measure: "powerW", convert: watts }],
      [`${spot}voltage${name}_v`, { kind: "spot", phase, measure: "voltageV", convert: volts }],
      [`${spot}current${name}_a`, { kind: "spot", phase, measure: "currentA", convert: amps }],
      [`${spot}power_factor${name}`, { kind: "spot", phase, measure: "powerFactor", convert: cosine }],
      [`${spot}apparent_power${name}_va`, { kind: "spot", phase, measure: "apparentVa", convert: watts }],
      [`${spot}reactive_power${name}_var`, { kind: "spot", phase, measure: "reactiveVar", convert: watts }],
    ]),
    ...["", "_t1", "_t2", "_t3", "_t4"].flatMap((name, tariff): [string, Field][] => {
      const energy = spot === "" ? "energy" : "total_power";
      return [
        [`${energy}_import${name}_kwh`, { kind: "register", way: "importWh", tariff }],
        [`${energy}_export${name}_kwh`, { kind: "register", way: "exportWh", tariff }],
      ];
    }),
  ]),
);
const MOST_FIELDS = 100;

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
    return body !== undefined && isMeasurement(body);
  },

  decode(message, settings) {
    const body = bodyOf(message);
    if (!body || !isMeasurement(body)) return NOTHING;
    const main = "total_liter_m3" in body ? water(body) : electricity(body, message, settings);
    return readings([main, ...beside(body, message, settings)].filter(says));
  },
};

/** The measurement itself, out of the web socket's envelope. */
function bodyOf(message: Message): Body | undefined {
  const body = objectOf(message);
  return body?.type === "measurement" ? objectAt(body, "data") : body;
}

function isMeasurement(body: Body): boolean {
  if ("total_liter_m3" in body || "total_power_import_t1_kwh" in body || "total_power_import_kwh" in body) return true;
  if ("active_power_w" in body) return "wifi_ssid" in body || "smr_version" in body;
  const isSecond =
    "energy_import_t1_kwh" in body ||
    "protocol_version" in body ||
    "state_of_charge_pct" in body ||
    "current_l1_a" in body;
  return isSecond && "power_w" in body;
}

function water(body: Body): DraftReading {
  const draft: DraftReading = { role: "water" };
  put(draft, "volumeM3", scaled(body.total_liter_m3, 1));
  return draft;
}

interface Register {
  name: string;
  importWh?: number;
  exportWh?: number;
}

function electricity(body: Body, message: Message, settings: DecodeSettings): DraftReading {
  const parts: DraftPhase[] = [{}, {}, {}, {}];
  const registers: Register[] = ["", "1", "2", "3", "4"].map((name) => ({ name }));
  let count = 0;
  for (const key in body) {
    if (++count > MOST_FIELDS) break;
    const field = FIELDS.get(key);
    if (field?.kind === "spot") put(parts[field.phase] ?? {}, field.measure, field.convert(body[key]));
    else if (field) put(registers[field.tariff] ?? { name: "" }, field.way, kilowattHours(body[key]));
  }

  const draft: DraftReading = {};
  const isP1 = "smr_version" in body || "protocol_version" in body;
  const isBattery = "state_of_charge_pct" in body;
  if (isP1) draft.role = "grid";
  else if (isBattery) draft.role = "battery";
  const [whole = {}, ...phases] = parts;
  const { powerW, currentA, ...electrical } = whole;
  put(draft, "powerW", powerW);
  putRegisters(draft, registers);
  // A P1 meter's total current is a sum without signs.
  if (!isP1) put(electrical as DraftPhase, "currentA", currentA);
  putElectrical(draft, electrical);
  putFrequency(draft, body.active_frequency_hz, body.frequency_hz);
  phases.forEach((phase, index) => putPhase(draft, index, phase));
  if (isBattery) put(draft, "socPercent", within(body.state_of_charge_pct, 0, 100));
  put(draft, "serial", isP1 ? serialOf(body.unique_id) : undefined);
  put(draft, "at", localInstantOf(body.timestamp, settings.zone, message.at, message.retained));
  return draft;
}

function putRegisters(draft: DraftReading, registers: readonly Register[]): void {
  const [total, ...tariffs] = registers;
  put(draft, "importWh", total?.importWh ?? sum(tariffs.map(({ importWh }) => importWh)));
  put(draft, "exportWh", total?.exportWh ?? sum(tariffs.map(({ exportWh }) => exportWh)));
  const said = tariffs.filter(({ importWh, exportWh }) => importWh !== undefined || exportWh !== undefined);
  // Meters with a single register name it the first tariff.
  if (said.length > 1) draft.tariffs = said;
}

/** The meters on the M-Bus: a list, or in old firmware gas alone. */
function beside(body: Body, message: Message, settings: DecodeSettings): DraftReading[] {
  const drafts: DraftReading[] = [];
  if (Array.isArray(body.external)) {
    for (const item of body.external.slice(0, MOST_BESIDE) as unknown[]) {
      const { type, value, unit, timestamp, unique_id } = objectAt({ item }, "item") ?? {};
      const draft = typeof type === "string" && externalMeter(type, value, unit);
      if (draft) drafts.push(identified(draft, unique_id, timestamp, message, settings));
    }
  }
  if (drafts.some(({ channel }) => channel === "gas")) return drafts;
  const gas = externalMeter("gas_meter", body.total_gas_m3, "m3");
  if (gas) drafts.push(identified(gas, body.gas_unique_id, body.gas_timestamp, message, settings));
  return drafts;
}

function externalMeter(type: string, value: unknown, unit: unknown): DraftReading | undefined {
  const medium = Object.hasOwn(BESIDE, type) ? BESIDE[type] : undefined;
  const scale = writtenScale(unit);
  const amount = scale && scaled(value, scale.factor);
  if (!medium || !scale || scale.quantity === "power" || amount === undefined) return undefined;
  const draft: DraftReading = { channel: medium.channel, role: medium.role };
  put(draft, scale.quantity === "volume" ? "volumeM3" : "importWh", amount);
  return draft;
}

function identified(
  draft: DraftReading,
  id: unknown,
  timestamp: unknown,
  { at: arrival }: Message,
  { zone }: DecodeSettings,
): DraftReading {
  put(draft, "serial", serialOf(id));
  const at = digitInstantOf(timestamp, zone, arrival) ?? instantOf(timestamp, zone, arrival);
  if (at !== undefined && !isAhead(at, arrival)) draft.at = at;
  return draft;
}

function serialOf(id: unknown): string | undefined {
  return typeof id === "string" && id !== "" ? equipmentId(id) : undefined;
}
