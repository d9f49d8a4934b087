import { readings, refused, type Decoded, type DraftPhase, type DraftReading } from "../decoded";
import type { Family } from "../family";
import { amps, kilowattHours, put, putElectrical, putPhase, says, sum, volts, watts } from "../measures";
import type { Memory } from "../memory";
import { objectAt, objectOf, type Body } from "../message";
import { scaled } from "../numbers";

/** Circuits of one device: `actPow_00` to `actPow_03`. */
const CIRCUITS = ["_00", "_01", "_02", "_03"] as const;
const POWERS = CIRCUITS.map((suffix) => `actPow${suffix}`);
const MARKS = [
  "sledOnline",
  "uiActive",
  "oneKwh",
  "hundredDaysKwh",
  "hundredDaysKwhData",
  "zyx_clear_timers",
  "dayKwh",
];
/** No mains has so many volts: it was counted in hundredths. */
const HUNDREDTHS_FROM = 1000;

/** How a device counts, once a voltage has told. */
interface Counting {
  hundredths?: boolean;
}

/**
 * Sonoff's parameters as the local interface or a bridge hands them on. Models differ: circuits in hundredths
 * (`actPow_00`), phases as they are (`phase_0_p`), one load as texts or in hundredths (`power`). `totalPower` is energy.
 */
export const ewelink: Family = {
  profile: "ewelink",
  about: {
    name: "Sonoff (eWeLink)",
    topics: ["<any>"],
    fields: [
      { measure: "powerW", from: "power, actPow_00, phase_0_p", unit: "W, W/100" },
      { measure: "importWh", from: "totalPower", unit: "kWh" },
      {
        measure: "electrical",
        from: "voltage, current, voltage_00, current_00, phase_0_v, phase_0_c",
        unit: "V, A, V/100, A/100",
      },
    ],
    tested: ["1.0.0", "1.3.0"],
    switchedBy: "generic",
  },
  recognises: (message) => {
    const body = objectOf(message);
    if (!body) return false;
    if (isEncrypted(body) || (typeof body.deviceid === "string" && objectAt(body, "params"))) return true;
    const params = paramsOf(body);
    if (POWERS.some((key) => key in params) || "phase_0_p" in params) return true;
    const isSonoff = MARKS.some((mark) => mark in params) || ("fwVersion" in params && "rssi" in params);
    return isSonoff && ("power" in params || "voltage" in params);
  },

  decode(message, _settings, memory) {
    const body = objectOf(message);
    if (!body) return refused("not-json", String(message.value));
    if (isEncrypted(body)) return refused("needs-codec", "encrypted: the device key of eWeLink");
    const device = typeof body.deviceid === "string" ? body.deviceid.slice(0, 40) : "";
    const decoded = decodeParams(paramsOf(body), device || message.topic, memory);
    return message.topic === "" && device ? named(decoded, device) : decoded;
  },
};

function isEncrypted(body: Body): boolean {
  return body.encrypt === true && typeof body.iv === "string";
}

function paramsOf(body: Body): Body {
  return objectAt(body, "params") ?? objectAt(body, "data") ?? body;
}

function named(decoded: Decoded, name: string): Decoded {
  return decoded.kind === "readings" ? readings(decoded.readings.map((one) => ({ ...one, name }))) : decoded;
}

function decodeParams(params: Body, device: string, memory: Memory): Decoded {
  const circuits = CIRCUITS.map((suffix, index) => circuit(params, suffix, index)).filter(says);
  if (circuits.length > 0) return readings(circuits);
  const draft: DraftReading = {};
  if ("phase_0_p" in params || "phase_0_v" in params) putPhases(draft, params);
  else
    putLoad(
      draft,
      params,
      memory.of<Counting>("ewelink", device, () => ({})),
    );
  put(draft, "importWh", kilowattHours(params.totalPower));
  return readings([draft].filter(says));
}

function circuit(params: Body, suffix: string, index: number): DraftReading {
  const draft: DraftReading = { channel: String(index + 1) };
  put(draft, "powerW", scaled(params[`actPow${suffix}`], 0.01));
  const electrical: DraftPhase = {};
  put(electrical, "voltageV", volts(scaled(params[`voltage${suffix}`], 0.01)));
  put(electrical, "currentA", amps(scaled(params[`current${suffix}`], 0.01)));
  put(electrical, "reactiveVar", scaled(params[`reactPow${suffix}`], 0.01));
  put(electrical, "apparentVa", scaled(params[`apparentPow${suffix}`], 0.01));
  putElectrical(draft, electrical);
  return draft;
}

function putPhases(draft: DraftReading, params: Body): void {
  const phases = [0, 1, 2].map((index) => {
    const phase: DraftPhase = {};
    put(phase, "powerW", watts(params[`phase_${index}_p`]));
    put(phase, "voltageV", volts(params[`phase_${index}_v`]));
    put(phase, "currentA", amps(params[`phase_${index}_c`]));
    return phase;
  });
  put(draft, "powerW", sum(phases.map(({ powerW }) => powerW)));
  const isOne = !("phase_1_p" in params);
  const { powerW: _, ...electrical } = phases[0] ?? {};
  if (isOne) putElectrical(draft, electrical);
  else phases.forEach((phase, index) => putPhase(draft, index, phase));
}

/** A device that says its power before any voltage has told how it counts is not guessed at, unless by a decimal point. */
function putLoad(draft: DraftReading, { power, voltage, current }: Body, counting: Counting): void {
  const said = volts(voltage);
  if (said !== undefined && said > 0) counting.hundredths = said >= HUNDREDTHS_FROM;
  const hundredths = counting.hundredths ?? (isPlain(power) || isPlain(current) ? false : undefined);
  if (hundredths === undefined) return;
  const factor = hundredths ? 0.01 : 1;
  put(draft, "powerW", scaled(power, factor));
  const electrical: DraftPhase = {};
  put(electrical, "voltageV", volts(scaled(voltage, factor)));
  put(electrical, "currentA", amps(scaled(current, factor)));
  putElectrical(draft, electrical);
}

function isPlain(value: unknown): boolean {
  return (typeof value === "string" && value.includes(".")) || (typeof value === "number" && !Number.isInteger(value));
}
