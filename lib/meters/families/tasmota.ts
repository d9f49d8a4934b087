import { NOTHING, readings, type DraftPhase, type DraftReading } from "../decoded";
import type { Family } from "../family";
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
import { objectAt, objectOf, type Body } from "../message";
import { localInstantOf } from "../stamps";
import { decodeTelegram } from "../telegram-message";
import { scriptReadings } from "./tasmota-sml";
import { decodeTic } from "./teleinfo";

const PREFIXES: ReadonlySet<string> = new Set(["tele", "stat", "cmnd"]);
const LEAVES = /^(?:SENSOR|STATE|STATUS\d{0,2}|RESULT|POWER\d*|ENERGY|LWT|INFO\d|UPTIME|MARGINS)$/;
/** Where sensors beside the energy chip are told. */
const SENSORS = /^(?:SENSOR|STATUS8|STATUS10)$/;

/**
 * `tele/<topic>/SENSOR` and `stat/<topic>/STATUS8|10`: the block ENERGY in W and kWh. `Total` is the register; `Today`
 * and `Yesterday` start again each day. Arrays: three are the phases of one connection, other lengths are circuits. Utility
 * meters that a script reads are blocks of any name; one that a serial bridge hears sends its telegram under `SerialReceived`.
 */
export const tasmota: Family = {
  profile: "tasmota",
  about: {
    name: "Tasmota",
    topics: ["tele/<topic>/SENSOR", "stat/<topic>/STATUS8", "stat/<topic>/STATUS10"],
    fields: [
      { measure: "powerW", from: "ENERGY.Power, SML.Power_curr, <block>.16_7_0, …", unit: "W" },
      { measure: "importWh", from: "ENERGY.Total, SML.Total_in, <block>.E_in, <block>.1_8_0, …", unit: "kWh" },
      { measure: "exportWh", from: "ENERGY.ExportActive, SML.Total_out, <block>.E_out, <block>.2_8_0, …", unit: "kWh" },
      { measure: "tariffs", from: "ENERGY.TotalTariff", unit: "kWh" },
      {
        measure: "electrical",
        from: "ENERGY.Voltage, Current, Factor, ApparentPower, Frequency",
        unit: "V, A, VA, Hz",
      },
    ],
    tested: [],
    switchedBy: "tasmota",
  },
  recognises: (message) => {
    const body = objectOf(message);
    // The labels of a Linky alone.
    if (body && objectAt(body, "TIC") && !objectAt(body, "ENERGY")) return false;
    if (LEAVES.test(message.leaf) && message.parts.some((part) => PREFIXES.has(part))) return true;
    if (!body) return false;
    if (message.leaf === "SENSOR" && typeof body.Time === "string") return true;
    return (objectAt(body, "ENERGY") ?? objectAt(body, "StatusSNS")) !== undefined;
  },

  decode(message, settings, memory) {
    const body = objectOf(message);
    if (!body || message.parts.includes("cmnd")) return NOTHING;
    // A bridge to the serial port of a utility meter.
    const received = body.SerialReceived ?? body.SSerialReceived;
    if (typeof received === "string") return decodeTelegram(received, message, settings, memory);
    const sensors = objectAt(body, "StatusSNS") ?? body;
    const at = localInstantOf(sensors.Time, settings.zone, message.at, message.retained);
    // Builds of 2016 to 2018 had the block under ENERGY's own topic or under StatusPWR.
    const energy =
      objectAt(sensors, "ENERGY") ?? objectAt(body, "StatusPWR") ?? (message.leaf === "ENERGY" ? body : undefined);
    const tic = energy ? undefined : objectAt(sensors, "TIC");
    if (tic) return decodeTic(tic, message, settings, memory);
    const drafts = energy ? energyReadings(energy) : [];
    if (sensors !== body || SENSORS.test(message.leaf) || !LEAVES.test(message.leaf)) {
      drafts.push(...scriptReadings(sensors, energy !== undefined, message, settings, memory));
    }
    for (const draft of drafts) put(draft, "at", at);
    return readings(drafts.filter(says));
  },
};

function energyReadings(energy: Body): DraftReading[] {
  const width = Array.isArray(energy.Power) ? energy.Power.length : 1;
  if (width === 1) return [one(energy)];
  return width === 3 ? [threePhase(energy)] : circuits(energy, Math.min(width, 16));
}

function one(energy: Body): DraftReading {
  const draft: DraftReading = {};
  const { powerW, ...electrical } = phaseAt(energy, 0);
  put(draft, "powerW", powerW);
  putRegisters(draft, energy);
  putElectrical(draft, electrical);
  putFrequency(draft, nth(energy.Frequency, 0));
  return draft;
}

function threePhase(energy: Body): DraftReading {
  const draft: DraftReading = {};
  const phases = [0, 1, 2].map((index) => phaseAt(energy, index));
  put(draft, "powerW", sum(phases.map(({ powerW }) => powerW)));
  putRegisters(draft, energy);
  putFrequency(draft, ...[0, 1, 2].map((index) => nth(energy.Frequency, index)));
  phases.forEach((phase, index) => putPhase(draft, index, phase));
  return draft;
}

/** Relays of one device, each with its load. A single `Total` for all of them stands on the device. */
function circuits(energy: Body, count: number): DraftReading[] {
  const each = Array.isArray(energy.Total) && energy.Total.length === count;
  const device: DraftReading = {};
  if (!each) putRegisters(device, energy);
  const own = Array.from({ length: count }, (_, index): DraftReading => {
    const draft = one({
      ...Object.fromEntries(CIRCUIT_KEYS.map((key) => [key, nth(energy[key], index)])),
      ...(each ? { Total: nth(energy.Total, index), ExportActive: nth(energy.ExportActive, index) } : {}),
    });
    return { channel: String(index + 1), ...draft };
  });
  return [device, ...own];
}
const CIRCUIT_KEYS = ["Power", "ApparentPower", "ReactivePower", "Factor", "Voltage", "Current", "Frequency"];

function putRegisters(draft: DraftReading, energy: Body): void {
  const total = energy.Total;
  const width = Array.isArray(energy.Power) ? energy.Power.length : 1;
  // Before 8.3.1.2 an array beside a single power was [total, tariff 1, tariff 2].
  const perPhase = Array.isArray(total) && total.length === width;
  put(draft, "importWh", perPhase ? sum(total.map(kilowattHours)) : kilowattHours(nth(total, 0)));
  const exported = energy.ExportActive;
  put(draft, "exportWh", Array.isArray(exported) ? sum(exported.map(kilowattHours)) : kilowattHours(exported));

  const tariffs = Array.isArray(total) && !perPhase ? total.slice(1) : energy.TotalTariff;
  const exports = energy.ExportTariff;
  if (!Array.isArray(tariffs)) return;
  const registers = tariffs.slice(0, 8).map((value: unknown, index) => {
    const register: { name: string; importWh?: number; exportWh?: number } = { name: String(index + 1) };
    put(register, "importWh", kilowattHours(value));
    put(register, "exportWh", kilowattHours(nth(exports, index)));
    return register;
  });
  put(draft, "tariffs", registers.length > 0 ? registers : undefined);
}

function phaseAt(energy: Body, index: number): DraftPhase {
  const phase: DraftPhase = {};
  const powerW = watts(nth(energy.Power, index));
  put(phase, "powerW", powerW);
  const voltageV = volts(nth(energy.Voltage, index));
  // Meters read over an optical head have no voltage: zeros beside a power were not measured.
  if (voltageV === 0 && powerW) return phase;
  put(phase, "voltageV", voltageV);
  put(phase, "currentA", amps(nth(energy.Current, index)));
  put(phase, "powerFactor", cosine(nth(energy.Factor, index)));
  put(phase, "apparentVa", watts(nth(energy.ApparentPower, index)));
  put(phase, "reactiveVar", watts(nth(energy.ReactivePower, index)));
  return phase;
}

/** The same key is a number on one driver and a list on another. */
function nth(value: unknown, index: number): unknown {
  return Array.isArray(value) ? (value as unknown[])[index] : value;
}
