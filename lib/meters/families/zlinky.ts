import type { DraftPhase, DraftReading } from "../decoded";
import type { Memory } from "../memory";
import { amps, put, putElectrical, putPhase, says, sum, volts, watts } from "../measures";
import type { Body, Message } from "../message";
import { measured, scaled } from "../numbers";
import { digitInstantOf } from "../stamps";

const DELIVERED = "current_summ_delivered";
const RECEIVED = "current_summ_received";
const TIERS = Array.from({ length: 10 }, (_, index) => `current_tier${index + 1}_summ_delivered`);
const REGISTERS = [DELIVERED, RECEIVED, ...TIERS];
const PHASES = ["", "_ph_b", "_ph_c"] as const;

/** Some firmware counts in Wh, which is always whole; nobody's whole kWh are that many when first heard. */
const SURELY_WH = 100_000;
/** The clock is read now and then: its stamp is believed only when it is new. */
const NEW_MS = 5 * 60_000;

interface Device {
  /** The largest register, by which a whole number is told to be kWh or Wh. */
  largestKwh?: number;
  /** Registers that were more than nothing. */
  readonly counted: Set<string>;
}

/** Whether a device of Zigbee2MQTT is a Linky's (ZLinky_TIC). */
export function isZlinky(body: Body): boolean {
  return DELIVERED in body || "current_tier1_summ_delivered" in body || "linky_mode" in body;
}

/**
 * A Linky over Zigbee2MQTT, under the names of the Zigbee clusters. Registers in kWh or, by firmware, in Wh. A register that falls
 * to 0 for a while is left out, as is what the meter does not have (−32768, 65535).
 */
export function zlinkyReading(body: Body, message: Message, zone: string, memory: Memory): DraftReading | undefined {
  const draft: DraftReading = {};
  put(draft, "powerW", watts(body.active_power));
  putRegisters(draft, body, message, memory);
  const phases = PHASES.map((suffix): DraftPhase => {
    const phase: DraftPhase = {};
    put(phase, "apparentVa", watts(body[`apparent_power${suffix}`]));
    put(phase, "currentA", amps(body[`rms_current${suffix}`]));
    put(phase, "voltageV", volts(body[`rms_voltage${suffix}`]));
    return phase;
  });
  const [first = {}, ...others] = phases;
  if (others.every((phase) => Object.keys(phase).length === 0)) putElectrical(draft, first);
  else {
    // The first apparent power is the whole's.
    const { apparentVa, ...ofFirst } = first;
    if (apparentVa !== undefined) putElectrical(draft, { apparentVa });
    [ofFirst, ...others].forEach((phase, index) => putPhase(draft, index, phase));
  }
  if (!says(draft)) return undefined;

  draft.role = "grid";
  const { meter_serial_number: serial } = body;
  if (typeof serial === "string" && serial !== "") draft.serial = serial.slice(0, 20);
  const at = digitInstantOf(body.current_date, zone, message.at);
  if (at !== undefined && Math.abs(at - message.at) <= NEW_MS) draft.at = at;
  return draft;
}

function putRegisters(draft: DraftReading, body: Body, { topic }: Message, memory: Memory): void {
  const device = memory.of<Device>("zlinky", topic, () => ({ counted: new Set() }));
  const values = new Map<string, number>();
  for (const name of REGISTERS) {
    const value = measured(body[name]);
    if (value === undefined || (value === 0 && device.counted.has(name))) continue;
    if (value !== 0) device.counted.add(name);
    values.set(name, value);
  }
  const largest = Math.max(0, ...values.values());
  const factor = [...values.values()].every(Number.isInteger) && isWh(largest, device.largestKwh) ? 1 : 1000;
  if (largest > 0) device.largestKwh = (largest * factor) / 1000;
  const wh = (name: string): number | undefined => scaled(values.get(name), factor);

  const tariffs = TIERS.flatMap((name, index) => {
    const importWh = wh(name);
    return importWh === undefined || importWh === 0 ? [] : [{ name: String(index + 1), importWh }];
  });
  if (tariffs.length > 0) draft.tariffs = tariffs;
  // With tariffs of the historic mode there is no total, or one that stays 0.
  const known = TIERS.filter((name) => device.counted.has(name));
  const isComplete = known.length > 0 && known.every((name) => values.has(name));
  const added = isComplete ? sum(tariffs.map(({ importWh }) => importWh)) : undefined;
  put(draft, "importWh", wh(DELIVERED) || added || wh(DELIVERED));
  put(draft, "exportWh", wh(RECEIVED));
}

/** Whether a whole number is of watt-hours: by what came before, else by its size. */
function isWh(value: number, beforeKwh: number | undefined): boolean {
  if (beforeKwh === undefined) return value >= SURELY_WH;
  return Math.abs(Math.log(value / 1000 / beforeKwh)) < Math.abs(Math.log(value / beforeKwh));
}
