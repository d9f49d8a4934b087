import type { DraftPhase, DraftReading } from "./decoded";
import { heardOf, lately, note } from "./heard";
import {
  amps,
  negated,
  net,
  put,
  putElectrical,
  putFrequency,
  putPhase,
  says,
  volts,
  wattHours,
  watts,
} from "./measures";
import type { Memory } from "./memory";
import { objectAt, type Body, type Message } from "./message";
import { fraction } from "./named-measures";
import { within } from "./numbers";

/** What a body says whose makers have names of their own for everything, or nothing where it is none of theirs. */
export function knownReadings(body: Body, message: Message, memory: Memory): DraftReading[] | undefined {
  return solarEdge(body, message, memory) ?? ecoFlow(body, message);
}

/** Tibber's live measurement in names of ours: two directions of power in W, the registers in kWh; what is accumulated starts again each day. */
export function tibberNames(body: Body): Body {
  if (!("accumulatedConsumption" in body || "lastMeterConsumption" in body)) return body;
  const { power, powerProduction, lastMeterConsumption, lastMeterProduction, ...rest } = body;
  const powerW = net(watts(power), watts(powerProduction));
  return { ...rest, power: powerW, energy_import: lastMeterConsumption, energy_export: lastMeterProduction };
}

/**
 * solaredge2mqtt: `powerflow` with the powers of all parts, `modbus/inverter`, `modbus/meter/<n>` and `modbus/battery/<n>`
 * with their registers in Wh. A meter's power is positive when it exports, a battery's when it charges.
 */
function solarEdge(body: Body, message: Message, memory: Memory): DraftReading[] | undefined {
  const drafts = powerFlow(body) ?? solarEdgeDevice(body);
  if (!drafts) return undefined;
  const { parts, at } = message;
  const start = parts.findIndex((part) => part === "powerflow" || part === "modbus");
  const name = parts.slice(0, Math.max(0, start)).filter(Boolean).join("-");
  const heard = heardOf(memory, "solaredge", name);
  if (isPowerFlow(body)) note(heard, "powerflow", at);
  for (const draft of drafts) {
    // An inverter's power has that of its battery in it, which the flow of power tells apart.
    if (draft.role === "solar" && !isPowerFlow(body) && lately(heard, "powerflow", at)) delete draft.powerW;
    if (name !== "") draft.name = name;
  }
  return drafts.filter(says);
}

function isPowerFlow(body: Body): boolean {
  return "pv_production" in body && objectAt(body, "grid") !== undefined;
}

function powerFlow(body: Body): DraftReading[] | undefined {
  if (!isPowerFlow(body)) return undefined;
  const part = (key: string): Body => objectAt(body, key) ?? {};
  const [grid, battery, consumer] = [part("grid"), part("battery"), part("consumer")];
  const ofGrid: DraftReading = { role: "grid" };
  put(ofGrid, "powerW", net(watts(grid.consumption), watts(grid.delivery)));
  const solar: DraftReading = { role: "solar", channel: "pv" };
  put(solar, "powerW", watts(body.pv_production));
  const ofBattery: DraftReading = { role: "battery", channel: "battery" };
  put(ofBattery, "powerW", net(watts(battery.charge), watts(battery.discharge)));
  const home: DraftReading = { role: "load", channel: "home" };
  put(home, "powerW", watts(consumer.house));
  return [ofGrid, solar, ofBattery, home];
}

function solarEdgeDevice(body: Body): DraftReading[] | undefined {
  const ac = objectAt(body, "ac");
  if (ac && "energytotal" in body) {
    const draft: DraftReading = { role: "solar", channel: "pv" };
    put(draft, "powerW", watts(objectAt(ac, "power")?.actual));
    put(draft, "importWh", wattHours(body.energytotal));
    putConnection(draft, ac);
    return [draft];
  }
  const energy = objectAt(body, "energy");
  const power = objectAt(body, "power");
  if (energy && power && ("totalimport" in energy || "totalexport" in energy)) {
    const option = objectAt(body, "info")?.option;
    const isProduction = typeof option === "string" && option.startsWith("Production");
    const draft: DraftReading = isProduction ? { role: "solar", channel: "production" } : { role: "grid" };
    const actual = watts(power.actual);
    put(draft, "powerW", isProduction ? actual : negated(actual));
    const [imported, exported] = [wattHours(energy.totalimport), wattHours(energy.totalexport)];
    put(draft, "importWh", isProduction ? exported : imported);
    put(draft, "exportWh", isProduction ? imported : exported);
    putConnection(draft, body);
    return [draft];
  }
  if ("state_of_charge" in body && "available_energy" in body) {
    const draft: DraftReading = { role: "battery", channel: "battery" };
    put(draft, "powerW", watts(body.power));
    put(draft, "socPercent", within(body.state_of_charge, 0, 100));
    const whole: DraftPhase = {};
    put(whole, "voltageV", volts(body.voltage));
    put(whole, "currentA", amps(body.current));
    putElectrical(draft, whole);
    return [draft];
  }
  return undefined;
}

function putConnection(draft: DraftReading, body: Body): void {
  putFrequency(draft, body.frequency);
  const [current, voltage, power] = [objectAt(body, "current"), objectAt(body, "voltage"), objectAt(body, "power")];
  const whole: DraftPhase = {};
  put(whole, "currentA", amps(current?.actual));
  put(whole, "powerFactor", fraction(power?.factor));
  put(whole, "apparentVa", watts(power?.apparent));
  put(whole, "reactiveVar", watts(power?.reactive));
  putElectrical(draft, whole);
  ["l1", "l2", "l3"].forEach((line, phase) => {
    const own: DraftPhase = {};
    put(own, "currentA", amps(current?.[line]));
    put(own, "voltageV", volts(voltage?.[`${line}n`]));
    putPhase(draft, phase, own);
  });
}

/** EcoFlow's own names, of STREAM and of PowerOcean: messages hold what changed, often nothing electrical. */
const SOLAR = ["powGetPvSum", "powGetPv", "mpptPwr"];
const GRID = ["powGetSysGrid", "sysGridPwr"];
const HOME = ["powGetSysLoad", "sysLoadPwr"];
const BATTERY = ["powGetBpCms", "bpPwr"];

function ecoFlow(body: Body, { parts }: Message): DraftReading[] | undefined {
  const said = objectAt(body, "params") ?? objectAt(body, "param") ?? body;
  const first = (keys: readonly string[]): unknown => said[keys.find((key) => typeof said[key] === "number") ?? ""];
  const isOwn = [...SOLAR, ...GRID, ...HOME, ...BATTERY, "gridConnectionVol"].some((key) => Object.hasOwn(said, key));
  if (!isOwn) return undefined;
  const solar: DraftReading = { role: "solar" };
  put(solar, "powerW", watts(first(SOLAR)));
  const whole: DraftPhase = {};
  put(whole, "voltageV", volts(said.gridConnectionVol));
  put(whole, "currentA", amps(said.gridConnectionAmp));
  putElectrical(solar, whole);
  putFrequency(solar, said.gridConnectionFreq);
  const grid: DraftReading = { role: "grid", channel: "grid" };
  put(grid, "powerW", watts(first(GRID)));
  const battery: DraftReading = { role: "battery", channel: "battery" };
  put(battery, "powerW", watts(first(BATTERY)));
  put(battery, "socPercent", within(said.cmsBattSoc, 0, 100));
  const home: DraftReading = { role: "load", channel: "home" };
  put(home, "powerW", watts(first(HOME)));
  const drafts = [solar, grid, battery, home].filter(says);
  const serial = serialIn(parts);
  for (const draft of drafts) put(draft, "name", serial);
  return drafts;
}

/** `/open/<account>/<serial>/quota` and `/app/device/property/<serial>`. */
function serialIn(parts: readonly string[]): string | undefined {
  const quota = parts.indexOf("quota");
  const property = parts.indexOf("property");
  return (quota > 0 ? parts[quota - 1] : property >= 0 ? parts[property + 1] : undefined) || undefined;
}
