import { NOTHING, readings, type DraftPhase, type DraftReading } from "../decoded";
import type { DecodeSettings, Family } from "../family";
import {
  amps,
  cosine,
  negated,
  put,
  putElectrical,
  putFrequency,
  putPhase,
  says,
  volts,
  wattHours,
  watts,
} from "../measures";
import { objectAt, objectOf, type Body, type Message } from "../message";
import { within } from "../numbers";
import { phaseKeys, readPhase } from "../phase-keys";
import { instantOf } from "../stamps";

const MOST_DEVICES = 32;
/** Where a meter sits: at the grid's connection. */
const AT_GRID = 0;
/** It measures what generators outside the inverter's view produce. */
const AT_GENERATOR = 3;

/**
 * The Solar API's answers, as they come over HTTP or as bridges pass them on: power flow, meters, inverters, storage. Powers
 * in W, registers in Wh. P_Load and P_Akku have the other sign than here: what the house takes and what charges is negative.
 */
export const fronius: Family = {
  profile: "fronius",
  about: {
    name: "Fronius (Solar API)",
    topics: ["<any>"],
    fields: [
      { measure: "powerW", from: "P_Grid, P_PV, P_Akku, P_Load, PAC, PowerReal_P_Sum", unit: "W" },
      { measure: "importWh", from: "E_Total, TOTAL_ENERGY, EnergyReal_WAC_Sum_Consumed", unit: "Wh" },
      { measure: "exportWh", from: "EnergyReal_WAC_Sum_Produced", unit: "Wh" },
      { measure: "electrical", from: "UAC, IAC, FAC, Voltage_AC_Phase_1, Current_AC_Phase_1", unit: "V, A, Hz" },
      { measure: "socPercent", from: "SOC, StateOfCharge_Relative", unit: "%" },
    ],
    tested: [],
    switchedBy: "generic",
  },
  recognises: (message) => dataOf(message) !== undefined,

  decode(message, settings) {
    const data = dataOf(message);
    if (!data) return NOTHING;
    const drafts = decodeData(data);
    const at = stampOf(message, data, settings);
    for (const draft of drafts) put(draft, "at", at);
    return readings(drafts.filter(says));
  },
};

/** The data of an answer: inside its envelope, or bare where they can be no one else's. */
function dataOf(message: Message): Body | undefined {
  const body = objectOf(message);
  if (!body) return undefined;
  const inner = objectAt(body, "Body");
  if (inner && objectAt(body, "Head")) return objectAt(inner, "Data") ?? inner;
  const bare = objectAt(body, "Data") ?? body;
  const isFlow = objectAt(bare, "Site") !== undefined && objectAt(bare, "Inverters") !== undefined;
  return isFlow || isMeter(bare) || objectAt(bare, "TOTAL_ENERGY") ? bare : undefined;
}

function stampOf(message: Message, data: Body, settings: DecodeSettings): number | undefined {
  const head = objectAt(objectOf(message) ?? {}, "Head");
  return instantOf(head?.Timestamp ?? data.TimeStamp, settings.zone, message.at);
}

function decodeData(data: Body): DraftReading[] {
  const site = objectAt(data, "Site");
  if (site) return powerFlow(site, objectAt(data, "Inverters") ?? {});
  if (isInverter(data)) return inverters(data);
  const devices: [string, Body][] = isDevice(data)
    ? [["0", data]]
    : Object.keys(data)
        .slice(0, MOST_DEVICES)
        .flatMap((key): [string, Body][] => {
          const device = objectAt(data, key);
          return device && isDevice(device) ? [[key, device]] : [];
        });
  const onlyOne = devices.length === 1;
  return devices.map(([key, device]): DraftReading => {
    const storage = objectAt(device, "Controller");
    const draft = storage ? decodeStorage(storage) : isPilot(device) ? decodePilot(device) : decodeMeter(device);
    const isMain = onlyOne || locationOf(device) === AT_GRID;
    return isMain ? draft : { ...draft, channel: key };
  });
}

function isDevice(data: Body): boolean {
  return isMeter(data) || isPilot(data) || objectAt(data, "Controller") !== undefined;
}

function powerFlow(site: Body, inverters: Body): DraftReading[] {
  const grid: DraftReading = { role: "grid" };
  put(grid, "powerW", watts(site.P_Grid));

  const solar: DraftReading = { role: "solar", channel: "pv" };
  // At night the panels say nothing: they produce nothing.
  const isThere = "P_PV" in site && (typeof site.E_Total === "number" || Object.keys(inverters).length > 0);
  put(solar, "powerW", site.P_PV === null && isThere ? 0 : watts(site.P_PV));
  put(solar, "importWh", wattHours(site.E_Total));

  const battery: DraftReading = { role: "battery", channel: "battery" };
  put(battery, "powerW", negated(watts(site.P_Akku)));
  const socs = Object.keys(inverters)
    .slice(0, MOST_DEVICES)
    .map((key) => within(objectAt(inverters, key)?.SOC, 0, 100));
  put(
    battery,
    "socPercent",
    socs.find((soc) => soc !== undefined),
  );

  const home: DraftReading = { role: "load", channel: "home" };
  put(home, "powerW", negated(watts(site.P_Load)));
  return [grid, solar, battery, home];
}

function isInverter(data: Body): boolean {
  return ["PAC", "TOTAL_ENERGY", "UAC", "UAC_L1", "IAC_L1"].some((key) => objectAt(data, key) !== undefined);
}

/** One inverter gives each value as `Value`, several as `Values` by their numbers. */
function inverters(data: Body): DraftReading[] {
  const listed = ["PAC", "TOTAL_ENERGY"].map((key) => objectAt(objectAt(data, key) ?? {}, "Values"));
  const numbers = new Set(listed.flatMap((values) => Object.keys(values ?? {}).slice(0, MOST_DEVICES)));
  if (numbers.size === 0) return [inverter((key) => objectAt(data, key)?.Value)];
  return [...numbers].map((number): DraftReading => {
    const draft = inverter((key) => objectAt(objectAt(data, key) ?? {}, "Values")?.[number]);
    return numbers.size === 1 ? draft : { ...draft, channel: number };
  });
}

const INVERTER_PHASES = [1, 2, 3].map((phase) => [`UAC_L${phase}`, `IAC_L${phase}`] as const);

function inverter(value: (key: string) => unknown): DraftReading {
  const draft: DraftReading = { role: "solar" };
  put(draft, "powerW", watts(value("PAC")));
  put(draft, "importWh", wattHours(value("TOTAL_ENERGY")));
  const whole: DraftPhase = {};
  put(whole, "voltageV", volts(value("UAC")));
  put(whole, "currentA", amps(value("IAC")));
  putElectrical(draft, whole);
  putFrequency(draft, value("FAC"));
  INVERTER_PHASES.forEach(([voltage, current], phase) => {
    const own: DraftPhase = {};
    put(own, "voltageV", volts(value(voltage)));
    put(own, "currentA", amps(value(current)));
    putPhase(draft, phase, own);
  });
  return draft;
}

function isMeter(data: Body): boolean {
  return (
    "PowerReal_P_Sum" in data ||
    "EnergyReal_WAC_Sum_Consumed" in data ||
    "SMARTMETER_POWERACTIVE_MEAN_SUM_F64" in data ||
    "SMARTMETER_ENERGYACTIVE_CONSUMED_SUM_F64" in data
  );
}

function locationOf(data: Body): number | undefined {
  return within(data.Meter_Location_Current ?? data.SMARTMETER_VALUE_LOCATION_U16, 0, 1000);
}

/** Anywhere but at the grid, consumption is negative and what is consumed is counted as produced. */
function decodeMeter(data: Body): DraftReading {
  const location = locationOf(data) ?? AT_GRID;
  const isTurned = location !== AT_GRID && location !== AT_GENERATOR;
  const draft: DraftReading = { role: location === AT_GRID ? "grid" : location === AT_GENERATOR ? "solar" : "load" };
  const powerW = watts(data.PowerReal_P_Sum) ?? watts(data.SMARTMETER_POWERACTIVE_MEAN_SUM_F64);
  put(draft, "powerW", isTurned ? negated(powerW) : powerW);
  const consumed =
    wattHours(data.EnergyReal_WAC_Sum_Consumed) ?? wattHours(data.SMARTMETER_ENERGYACTIVE_CONSUMED_SUM_F64);
  const produced =
    wattHours(data.EnergyReal_WAC_Sum_Produced) ?? wattHours(data.SMARTMETER_ENERGYACTIVE_PRODUCED_SUM_F64);
  const [imported, exported] = location === AT_GRID ? [consumed, produced] : [produced, consumed];
  put(draft, "importWh", imported);
  put(draft, "exportWh", exported);
  putFrequency(draft, data.Frequency_Phase_Average, data.GRID_FREQUENCY_MEAN_F32);
  const whole: DraftPhase = {};
  put(whole, "currentA", amps(data.Current_AC_Sum));
  put(whole, "powerFactor", cosine(data.PowerFactor_Sum));
  put(whole, "apparentVa", watts(data.PowerApparent_S_Sum));
  put(whole, "reactiveVar", watts(data.PowerReactive_Q_Sum));
  putElectrical(draft, whole);
  for (const phase of [0, 1, 2]) putPhase(draft, phase, meterPhase(data, phase, isTurned));
  const serial = objectAt(data, "Details")?.Serial;
  if (typeof serial === "string" && serial !== "") draft.serial = serial.slice(0, 100);
  return draft;
}

const METER_PHASES = phaseKeys([1, 2, 3], (phase) => ({
  powerW: `PowerReal_P_Phase_${phase}`,
  voltageV: `Voltage_AC_Phase_${phase}`,
  currentA: `Current_AC_Phase_${phase}`,
  powerFactor: `PowerFactor_Phase_${phase}`,
  apparentVa: `PowerApparent_S_Phase_${phase}`,
  reactiveVar: `PowerReactive_Q_Phase_${phase}`,
}));
const GEN24_PHASES = phaseKeys([1, 2, 3], (phase) => ({
  powerW: `SMARTMETER_POWERACTIVE_MEAN_0${phase}_F64`,
  voltageV: `SMARTMETER_VOLTAGE_0${phase}_F64`,
  currentA: `SMARTMETER_CURRENT_0${phase}_F64`,
  powerFactor: `SMARTMETER_FACTOR_POWER_0${phase}_F64`,
}));

function meterPhase(data: Body, phase: number, isTurned: boolean): DraftPhase {
  const own = { ...readPhase(data, GEN24_PHASES[phase] ?? {}), ...readPhase(data, METER_PHASES[phase] ?? {}) };
  if (isTurned) put(own, "powerW", negated(own.powerW));
  return own;
}

function decodeStorage(controller: Body): DraftReading {
  const draft: DraftReading = { role: "battery" };
  put(draft, "socPercent", within(controller.StateOfCharge_Relative, 0, 100));
  const whole: DraftPhase = {};
  put(whole, "voltageV", volts(controller.Voltage_DC));
  put(whole, "currentA", amps(controller.Current_DC));
  putElectrical(draft, whole);
  return draft;
}

function isPilot(data: Body): boolean {
  return "PowerReal_PAC_Sum" in data;
}

/** An Ohmpilot: what heats water with what is left over. */
function decodePilot(data: Body): DraftReading {
  const draft: DraftReading = { role: "load" };
  put(draft, "powerW", watts(data.PowerReal_PAC_Sum));
  put(draft, "importWh", wattHours(data.EnergyReal_WAC_Sum_Consumed));
  return draft;
}
