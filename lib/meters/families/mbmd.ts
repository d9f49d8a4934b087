import { assembleAll, makeParts, type Part } from "../assembled";
import { NOTHING, readings, type Decoded, type DraftReading } from "../decoded";
import type { DecodeSettings, Family } from "../family";
import { heardOf, lately, note } from "../heard";
import { put, says } from "../measures";
import type { Memory } from "../memory";
import { objectAt, objectOf, type Body, type Message } from "../message";
import { instantOf } from "../stamps";
import { KWH, oneValue, spots, valueAt, type Spot } from "../spot";

const PROFILE = "mbmd";

/** Measurements by their names in JSON; under topics a phase or tariff is a level of its own. */
const NAMES = spots({
  Power: { target: "powerW" },
  ImportPower: { target: "powerInW" },
  ExportPower: { target: "powerOutW" },
  Import: { target: "importWh", factor: KWH },
  Export: { target: "exportWh", factor: KWH },
  Voltage: { target: "voltageV" },
  Current: { target: "currentA" },
  Cosphi: { target: "powerFactor" },
  ApparentPower: { target: "apparentVa" },
  ReactivePower: { target: "reactiveVar" },
  Frequency: { target: "frequencyHz" },
  ChargeState: { target: "socPercent" },
  "PowerL#": { target: "powerW" },
  "ImportPowerL#": { target: "powerInW" },
  "ExportPowerL#": { target: "powerOutW" },
  "ImportL#": { target: "importWh", factor: KWH },
  "ExportL#": { target: "exportWh", factor: KWH },
  "VoltageL#": { target: "voltageV" },
  "CurrentL#": { target: "currentA" },
  "CosphiL#": { target: "powerFactor" },
  "ApparentPowerL#": { target: "apparentVa" },
  "ReactivePowerL#": { target: "reactiveVar" },
  ImportT1: { target: "importWh", factor: KWH, tariff: "1" },
  ImportT2: { target: "importWh", factor: KWH, tariff: "2" },
  ExportT1: { target: "exportWh", factor: KWH, tariff: "1" },
  ExportT2: { target: "exportWh", factor: KWH, tariff: "2" },
});
/** Import and export together, or the only register that a meter has. */
const SUM: Spot = { target: "importWh", factor: KWH };
/** In this time a meter that counts both ways has said so. */
const SUM_AFTER_MS = 60_000;
const MOST_DEVICES = 100;

/** `mbmd/<device>/<Measurement>[/<L1>]`, a number a topic in W, kWh, V and A, and what its API answers. */
export const mbmd: Family = {
  profile: PROFILE,
  about: {
    name: "MBMD",
    topics: ["mbmd/<device>/<measurement>", "mbmd/<device>/<measurement>/<phase>"],
    fields: [
      { measure: "powerW", from: "Power, Power/L1, ImportPower, ExportPower", unit: "W" },
      { measure: "importWh", from: "Import, Import/L1, Sum", unit: "kWh" },
      { measure: "exportWh", from: "Export, Export/L1", unit: "kWh" },
      { measure: "tariffs", from: "Import/T1, Export/T1", unit: "kWh" },
      { measure: "electrical", from: "Voltage/L1, Current/L1, Cosphi/L1, Frequency", unit: "V, A, Hz" },
      { measure: "socPercent", from: "ChargeState", unit: "%" },
    ],
    tested: [],
    switchedBy: "generic",
  },
  recognises: (message) => message.parts.includes(PROFILE) || devicesIn(message).length > 0,

  decode(message, settings, memory) {
    if (message.body !== undefined) {
      return readings(
        devicesIn(message)
          .map(([name, body]) => decodeBody(name, body, message, settings))
          .filter(says),
      );
    }
    const { parts } = message;
    const start = parts.lastIndexOf(PROFILE);
    const path = parts.slice(start + 1);
    const last = parts.at(-1) ?? "";
    const isPart = /^[LT][1-3]$/.test(last);
    const name = (start >= 0 ? path : parts).at(isPart ? -3 : -2);
    const measurement = parts.slice(isPart ? -2 : -1).join("");
    return name ? decodeValue(message, name, measurement, memory) : NOTHING;
  },
};

function decodeValue({ value, at }: Message, name: string, measurement: string, memory: Memory): Decoded {
  const heard = heardOf(memory, PROFILE, name);
  if (!heard.has("first")) note(heard, "first", at);
  const isSum = measurement === "Sum";
  const spot = isSum ? SUM : NAMES.get(measurement);
  if (!spot) return NOTHING;
  if (measurement === "Import") note(heard, "Import", at);
  if (isSum && (lately(heard, "Import", at) || at - (heard.get("first") ?? at) < SUM_AFTER_MS)) return NOTHING;
  return oneValue(value, spot, { name }, { memory, profile: PROFILE, at });
}

/** What the API answers of one device, or of all by their names. */
function devicesIn(message: Message): (readonly [name: string | undefined, body: Body])[] {
  const body = objectOf(message);
  if (!body) return [];
  if (isDevice(body)) return [[undefined, body]];
  // What was asked for over HTTP has no topic; no one else's body is looked through.
  if (message.topic !== "" && !message.parts.includes(PROFILE)) return [];
  const found: [string, Body][] = [];
  for (const key in body) {
    if (found.length >= MOST_DEVICES) break;
    const inner = objectAt(body, key);
    if (!inner || !isDevice(inner)) return [];
    found.push([key, inner]);
  }
  return found;
}

function isDevice(body: Body): boolean {
  return typeof body.Unix === "number" && typeof body.Timestamp === "string";
}

function decodeBody(name: string | undefined, body: Body, { at }: Message, settings: DecodeSettings): DraftReading {
  const said = Object.keys(body)
    .slice(0, 200)
    .flatMap((key): Part[] => {
      const spot = key === "Sum" && !("Import" in body) ? SUM : NAMES.get(key);
      const value = spot && valueAt(spot, body[key]);
      const isRegister = spot?.factor === KWH;
      if (!spot || value === undefined || (isRegister && value < 0)) return [];
      const { target, phase, tariff } = spot;
      return [{ target, value, ...(phase !== undefined && { phase }), ...(tariff !== undefined && { tariff }) }];
    });
  const draft: DraftReading = { ...assembleAll(makeParts(), said, at) };
  put(draft, "name", name);
  put(draft, "at", instantOf(body.Unix, settings.zone, at));
  return draft;
}
