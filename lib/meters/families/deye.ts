import { NOTHING, readings, type Decoded, type DraftPhase, type DraftReading } from "../decoded";
import type { DecodeSettings, Family } from "../family";
import { heardOf, lately, note, sumWith, termsOf } from "../heard";
import { amps, negated, put, putElectrical, putFrequency, putPhase, says, sum, volts, watts } from "../measures";
import type { Memory } from "../memory";
import { objectAt, objectOf, type Body, type Message } from "../message";
import { within } from "../numbers";
import { phaseKeys, readPhase } from "../phase-keys";
import { KWH, oneValue, spots, valueAt, type Origin, type Spot } from "../spot";
import { instantOf } from "../stamps";

const PROFILE = "deye";
const SOLAR = { role: "solar" } as const;
const GRID = { role: "grid", channel: "grid" } as const;
const BATTERY = { role: "battery", channel: "battery" } as const;
const HOME = { role: "load", channel: "home" } as const;

/** What the inverter makes. `day_energy` starts again each day. */
const OF_SOLAR = spots({
  "ac/active_power": { target: "powerW" },
  total_energy: { target: "importWh", factor: KWH },
  "ac/l#/voltage": { target: "voltageV" },
  "ac/l#/current": { target: "currentA" },
  "ac/freq": { target: "frequencyHz" },
  "ac/frequency": { target: "frequencyHz" },
});
const OF_GRID = spots({
  "ac/total_grid_power": { target: "powerW" },
  "ac/grid/power": { target: "powerW" },
  "ac/total_energy_bought": { target: "importWh", factor: KWH },
  "ac/total_energy_sold": { target: "exportWh", factor: KWH },
});
const OF_HOME = spots({
  "ac/ups/total_power": { target: "powerW" },
  "ac/ups/power": { target: "powerW" },
  "ac/ups/total_energy": { target: "importWh", factor: KWH },
  "ac/ups/l#/power": { target: "powerW" },
  "ac/ups/l#/voltage": { target: "voltageV" },
});
/** A battery's power is positive when it is discharged. */
const OF_BATTERY = spots({
  "battery/power": { target: "powerW", factor: -1 },
  "battery/total_charge": { target: "importWh", factor: KWH },
  "battery/total_discharge": { target: "exportWh", factor: KWH },
  "battery/voltage": { target: "voltageV" },
  "battery/current": { target: "currentA" },
  "battery/soc": { target: "socPercent" },
  "battery/temperature": { target: "temperatureC" },
});
const PLACES: readonly (readonly [ReadonlyMap<string, Spot>, Omit<Origin, "name">])[] = [
  [OF_SOLAR, SOLAR],
  [OF_GRID, GRID],
  [OF_HOME, HOME],
  [OF_BATTERY, BATTERY],
  [spots({ micro_inverter_power: { target: "powerW" } }), { role: "solar", channel: "micro" }],
];
/** A meter with two connections of three clamps each. */
const OF_CLAMP = spots({
  active_power: { target: "powerW" },
  reactive_power: { target: "reactiveVar" },
  apparent_power: { target: "apparentVa" },
  voltage: { target: "voltageV" },
  current: { target: "currentA" },
  power_factor: { target: "powerFactor" },
  frequency: { target: "frequencyHz" },
  positive_energy: { target: "importWh", factor: KWH },
  negative_energy: { target: "exportWh", factor: KWH },
  total_positive_energy: { target: "importWh", factor: KWH },
  total_negative_energy: { target: "exportWh", factor: KWH },
});

const ROOTS = /^(?:ac|dc|battery|bms|settings|timeofuse|inverter|total|ct[1-6])$/;
const MINUTE_MS = 60_000;

/** `deye/<value>` of deye-inverter-mqtt, a number a topic in W, kWh, V and A, and the documents of the service deye_monitor. */
export const deye: Family = {
  profile: PROFILE,
  about: {
    name: "Deye",
    topics: ["deye/ac/<value>", "deye/dc/<string>/<value>", "deye/battery/<value>", "deye/<n>/…"],
    fields: [
      { measure: "powerW", from: "ac/active_power, dc/total_power, ac/total_power, battery/power", unit: "W" },
      { measure: "importWh", from: "total_energy, ac/total_energy_bought, battery/total_charge", unit: "kWh" },
      { measure: "exportWh", from: "ac/total_energy_sold, battery/total_discharge", unit: "kWh" },
      { measure: "electrical", from: "ac/l1/voltage, ac/l1/current, ac/freq", unit: "V, A, Hz" },
      { measure: "socPercent", from: "battery/soc", unit: "%" },
    ],
    tested: [],
    switchedBy: "generic",
  },
  recognises: (message) => {
    const { parts, body } = message;
    return body === undefined ? parts.includes(PROFILE) && parts.at(-1) !== PROFILE : documentOf(message) !== undefined;
  },

  decode(message, settings, memory) {
    if (message.body === undefined) return decodeTopic(message, memory);
    const body = documentOf(message);
    return body ? readings(decodeDocument(body, message, settings).filter(says)) : NOTHING;
  },
};

function decodeTopic({ parts, value, at }: Message, memory: Memory): Decoded {
  const own = parts.indexOf(PROFILE) + 1;
  const root = parts.findIndex((part, index) => index >= own && ROOTS.test(part));
  const start = root < 0 ? parts.length - 1 : root;
  const name = parts.slice(0, start).filter(Boolean).join("-") || PROFILE;
  const path = parts.slice(start).join("/");
  const tell = (spot: Spot, origin: Omit<Origin, "name">): Decoded =>
    oneValue(value, spot, { name, ...origin }, { memory, profile: PROFILE, at });
  const heard = heardOf(memory, PROFILE, name);

  for (const [known, origin] of PLACES) {
    const spot = known.get(path);
    if (!spot) continue;
    note(heard, path, at);
    return tell(spot, origin);
  }
  const [head = "", second = "", third = "", fourth = ""] = parts.slice(start);
  if (/^ct[1-6]$/.test(head)) {
    const index = Number(head.slice(2)) - 1;
    const spot = OF_CLAMP.get(second);
    return spot ? tell({ ...spot, phase: index % 3 }, { channel: index < 3 ? "1" : "2" }) : NOTHING;
  }
  if (head === "total") {
    const spot = OF_CLAMP.get(third);
    return spot && /^[12]$/.test(second) ? tell(spot, { channel: second }) : NOTHING;
  }
  // On hybrids of three phases this is the grid's, on those of one the inverter's.
  if (path === "ac/total_power") return heard.has("ac/total_grid_power") ? NOTHING : tell({ target: "powerW" }, GRID);
  if (head === "ac") return decodePhase(value, { name }, second, third, fourth);
  if (path === "dc/total_power") {
    if (lately(heard, "ac/active_power", at)) return NOTHING;
    note(heard, path, at);
    return tell({ target: "powerW" }, SOLAR);
  }
  return head === "dc" && /^pv[1-4]$/.test(second) ? decodeString(value, name, second, third, at, memory) : NOTHING;
}

/** What the inverter gives to a phase, and what a clamp at the grid measures of it. */
function decodePhase(value: unknown, own: { name: string }, line: string, what: string, where: string): Decoded {
  const phase = ["l1", "l2", "l3"].indexOf(line);
  const isGrid = what === "ct" && where === "external";
  const powerW = watts(value);
  if (phase < 0 || powerW === undefined || !(isGrid || (what === "power" && where === ""))) return NOTHING;
  const draft: DraftReading = { ...own, ...(isGrid ? GRID : SOLAR) };
  putPhase(draft, phase, { powerW });
  return readings([draft]);
}

/** A string of panels: a part of its own only where the inverter says nothing of all of them. */
function decodeString(value: unknown, name: string, pv: string, leaf: string, at: number, memory: Memory): Decoded {
  const heard = heardOf(memory, PROFILE, name);
  const origin = { name, channel: pv, ...SOLAR };
  const recall = { memory, profile: PROFILE, at };
  if (leaf === "total_energy") {
    return lately(heard, "total_energy", at)
      ? NOTHING
      : oneValue(value, { target: "importWh", factor: KWH }, origin, recall);
  }
  if (leaf !== "power") return NOTHING;
  if (lately(heard, "ac/active_power", at) || lately(heard, "dc/total_power", at)) return NOTHING;
  const spot: Spot = { target: "powerW" };
  const own = valueAt(spot, value);
  const total = own === undefined ? own : sumWith(termsOf(memory, PROFILE, `${name}/pv`), pv, own, at, MINUTE_MS);
  if (!lately(heard, "total_energy", at)) return oneValue(value, spot, origin, recall);
  return total === undefined ? NOTHING : readings([{ name, ...SOLAR, powerW: total }]);
}

/** What deye_monitor publishes: an object for each part, some of its names misspelt. */
function documentOf(message: Message): Body | undefined {
  const body = objectOf(message);
  if (!body) return undefined;
  const grid = objectAt(body, "grid");
  const load = objectAt(body, "load");
  const isKnown = (grid && "gird_power_total" in grid) || (load && "power_total" in load && "voltage_phase_A" in load);
  return isKnown ? body : undefined;
}

const LETTERS = ["A", "B", "C"];
const PANELS = [1, 2, 3, 4].map((number) => `power_PV${number}`);
const GRID_PHASES = phaseKeys(LETTERS, (letter) => ({
  powerW: `gird_power_phase_${letter}`,
  voltageV: `grid_voltage_phase_${letter}`,
}));
const HOME_PHASES = phaseKeys(LETTERS, (letter) => ({
  powerW: `power_phase_${letter}`,
  voltageV: `voltage_phase_${letter}`,
  currentA: `current_phase_${letter}`,
}));

function decodeDocument(body: Body, message: Message, { zone }: DecodeSettings): DraftReading[] {
  const part = (key: string): Body => objectAt(body, key) ?? {};
  const [pv, grid, battery, load] = [part("pv"), part("grid"), part("battery"), part("load")];
  const solar: DraftReading = { role: "solar" };
  put(solar, "powerW", sum(PANELS.map((key) => watts(pv[key]))));

  const ofGrid: DraftReading = { role: "grid", channel: "grid" };
  put(ofGrid, "powerW", watts(grid.gird_power_total));
  putFrequency(ofGrid, grid.frequency);
  GRID_PHASES.forEach((keys, phase) => putPhase(ofGrid, phase, readPhase(grid, keys)));

  const ofBattery: DraftReading = { role: "battery", channel: "battery" };
  put(ofBattery, "powerW", negated(watts(battery.power)));
  put(ofBattery, "socPercent", within(battery.capacity, 0, 100));
  put(ofBattery, "temperatureC", within(battery.temperature, -100, 1500));
  const whole: DraftPhase = {};
  put(whole, "voltageV", volts(battery.voltage));
  put(whole, "currentA", amps(battery.current));
  putElectrical(ofBattery, whole);

  const home: DraftReading = { role: "load", channel: "home" };
  put(home, "powerW", watts(load.power_total));
  putFrequency(home, load.frequency);
  const phases = HOME_PHASES.map((keys) => readPhase(load, keys));
  // Some models have no clamps there: 0 A beside a power was not measured.
  const hasCurrent = phases.some(({ currentA }) => currentA);
  phases.forEach(({ currentA, ...phase }, index) => {
    putPhase(home, index, hasCurrent && currentA !== undefined ? { ...phase, currentA } : phase);
  });

  const drafts = [solar, ofGrid, ofBattery, home];
  const at = instantOf(body.ctime, zone, message.at);
  for (const draft of drafts) {
    if (typeof body.name === "string" && body.name !== "") draft.name = body.name.slice(0, 100);
    put(draft, "at", at);
  }
  return drafts;
}
