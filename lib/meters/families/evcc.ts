import type { Role } from "../../energy/reading";
import { NOTHING, readings, type Decoded, type DraftReading } from "../decoded";
import type { Family } from "../family";
import { heardOf, lately, note } from "../heard";
import { amps, kilowattHours, negated, put, putPhase, says, volts, watts } from "../measures";
import type { Memory } from "../memory";
import { objectAt, objectOf, type Body, type Message } from "../message";
import { within } from "../numbers";
import { KWH, oneValue, spots, type Origin, type Spot } from "../spot";

const PROFILE = "evcc";

/** The parts of a site; evcc says of each the power, and of some their energy. */
const ROLES: ReadonlyMap<string, Role> = new Map<string, Role>([
  ["grid", "grid"],
  ["pv", "solar"],
  ["battery", "battery"],
  ["home", "load"],
  ["aux", "load"],
  ["ext", "load"],
  ["consumers", "load"],
]);

/** `energy` is of the direction in which a part's power is positive. */
const OF_PART = spots({
  power: { target: "powerW" },
  energy: { target: "importWh", factor: KWH },
  returnEnergy: { target: "exportWh", factor: KWH },
  soc: { target: "socPercent" },
  "powers/#": { target: "powerW" },
  "powers/l#": { target: "powerW" },
  "currents/#": { target: "currentA" },
  "currents/l#": { target: "currentA" },
  "voltages/#": { target: "voltageV" },
  "voltages/l#": { target: "voltageV" },
});
/** A battery's power is positive when it discharges. */
const OF_BATTERY: ReadonlyMap<string, Spot> = new Map([
  ["power", { target: "powerW", factor: -1 }],
  ["energy", { target: "exportWh", factor: KWH }],
  ["returnEnergy", { target: "importWh", factor: KWH }],
  ["soc", { target: "socPercent" }],
]);
/** `chargedEnergy` starts again with each session. */
const OF_LOADPOINT = spots({
  chargePower: { target: "powerW" },
  chargeTotalImport: { target: "importWh", factor: KWH },
  vehicleSoc: { target: "socPercent" },
  "chargeCurrents/#": { target: "currentA" },
  "chargeCurrents/l#": { target: "currentA" },
  "chargeVoltages/#": { target: "voltageV" },
  "chargeVoltages/l#": { target: "voltageV" },
});

/** Under another root than `evcc`, these tell that it is evcc's. */
const OWN_WORDS: ReadonlySet<string> = new Set([
  ...["gridPower", "pvPower", "homePower", "batteryPower", "batterySoc", "auxPower"],
  ...["chargePower", "chargeTotalImport", "chargeCurrents", "chargeVoltages"],
]);
const MOST_LOADPOINTS = 20;

/** `evcc/site/…` and `evcc/loadpoints/<n>/…`, a value a topic in W, kWh, A and V, and the document of its API. */
export const evcc: Family = {
  profile: PROFILE,
  about: {
    name: "evcc",
    topics: ["evcc/site/<part>/power", "evcc/site/<part>Power", "evcc/loadpoints/<n>/chargePower"],
    fields: [
      { measure: "powerW", from: "grid/power, pvPower, battery/power, homePower, chargePower", unit: "W" },
      { measure: "importWh", from: "grid/energy, pvEnergy, chargeTotalImport", unit: "kWh" },
      { measure: "exportWh", from: "grid/returnEnergy, battery/energy", unit: "kWh" },
      { measure: "electrical", from: "grid/currents, chargeCurrents, chargeVoltages", unit: "A, V" },
      { measure: "socPercent", from: "battery/soc, vehicleSoc", unit: "%" },
    ],
    tested: [],
    switchedBy: "generic",
  },
  recognises: (message) => {
    if (stateOf(message)) return true;
    const start = startOf(message);
    if (start < 0) return false;
    return (
      message.parts[start - 1] === "evcc" || message.parts.slice(start, start + 4).some((part) => OWN_WORDS.has(part))
    );
  },

  decode(message, _settings, memory) {
    const state = stateOf(message);
    if (state) return decodeState(state);
    const start = startOf(message);
    return start < 0 ? NOTHING : decodeTopic(message, start, memory);
  },
};

function startOf({ parts }: Message): number {
  return parts.findIndex((part) => part === "site" || part === "loadpoints");
}

function decodeTopic(message: Message, start: number, memory: Memory): Decoded {
  const { parts, at } = message;
  const name = parts.slice(0, start).filter(Boolean).join("-") || PROFILE;
  const rest = parts.slice(start + 1);
  const tell = (spot: Spot | undefined, origin: Omit<Origin, "name">): Decoded => {
    if (!spot || message.value === undefined) return NOTHING;
    return oneValue(message.value, spot, { name, ...origin }, { memory, profile: PROFILE, at });
  };

  if (parts[start] === "loadpoints") {
    const [index = "", ...path] = rest;
    if (!/^\d{1,2}$/.test(index)) return NOTHING;
    // Without a vehicle its state of charge is 0.
    if (path[0] === "vehicleSoc" && Number(message.value) === 0) return NOTHING;
    return tell(OF_LOADPOINT.get(path.join("/")), { channel: `loadpoint-${index}`, role: "ev" });
  }

  const { part, index, path } = partOf(rest);
  const role = ROLES.get(part);
  if (!role) return NOTHING;
  const heard = heardOf(memory, PROFILE, name);
  if (index !== undefined && lately(heard, part, at)) return NOTHING;
  const channel = index === undefined ? part : `${part}-${index}`;
  const body = objectOf(message);
  const said = body
    ? readings([{ name, ...measurement(body, part, channel) }].filter(says))
    : tell((role === "battery" ? OF_BATTERY : OF_PART).get(path), { ...(part !== "grid" && { channel }), role });
  if (index === undefined && said.kind === "readings") note(heard, part, at);
  return said;
}

/** `grid/power` and `gridPower`, `pv/1/power` and `battery/devices/1/power` alike. */
function partOf(rest: readonly string[]): { part: string; index?: string; path: string } {
  const [head = "", ...tail] = rest;
  const part = [...ROLES.keys()].find((name) => head.startsWith(name)) ?? "";
  const own = head.slice(part.length);
  // `gridPower` and not `gridlock`.
  if (part === "" || /^[^A-Z]/.test(own)) return { part: "", path: "" };
  const path = own === "" ? tail : [own.charAt(0).toLowerCase() + own.slice(1), ...tail];
  const steps = path[0] === "devices" ? path.slice(1) : path;
  return /^\d{1,2}$/.test(steps[0] ?? "")
    ? { part, index: steps[0] ?? "", path: steps.slice(1).join("/") }
    : { part, path: steps.join("/") };
}

/** What `/api/state` answers, with or without its wrapper. */
function stateOf(message: Message): Body | undefined {
  const body = objectOf(message);
  if (!body) return undefined;
  const state = objectAt(body, "result") ?? body;
  const isState =
    Array.isArray(state.loadpoints) && ["homePower", "gridPower", "pvPower", "siteTitle"].some((key) => key in state);
  return isState ? state : undefined;
}

/** Made once: names put together again for each message are slow to look up. */
const STATE_KEYS = [...ROLES.keys()].map((part) => {
  const keys = {
    ...{ configured: `${part}Configured`, power: `${part}Power`, energy: `${part}Energy`, soc: `${part}Soc` },
    ...{ powers: `${part}Powers`, currents: `${part}Currents` },
  };
  return [part, keys] as const;
});

const NO_BODY: Body = {};

function decodeState(state: Body): Decoded {
  const drafts = STATE_KEYS.flatMap(([part, keys]): DraftReading[] => {
    if (state[keys.configured] === false) return [];
    const own = objectAt(state, part) ?? NO_BODY;
    const values = {
      power: own.power ?? state[keys.power],
      energy: own.energy ?? state[keys.energy],
      returnEnergy: own.returnEnergy,
      soc: own.soc ?? state[keys.soc],
      powers: own.powers ?? state[keys.powers],
      currents: own.currents ?? state[keys.currents],
    };
    const isSaid = values.power !== undefined || values.energy !== undefined || values.soc !== undefined;
    return isSaid ? [measurement(values, part, part)] : [];
  });
  const loadpoints = (state.loadpoints as unknown[]).slice(0, MOST_LOADPOINTS).map((item, index): DraftReading => {
    const loadpoint = objectAt({ item }, "item") ?? {};
    const draft: DraftReading = { channel: `loadpoint-${index + 1}`, role: "ev" };
    put(draft, "powerW", watts(loadpoint.chargePower));
    put(draft, "importWh", kilowattHours(loadpoint.chargeTotalImport));
    if (loadpoint.vehicleSoc !== 0) put(draft, "socPercent", within(loadpoint.vehicleSoc, 0, 100));
    putPhases(draft, { currentA: loadpoint.chargeCurrents, voltageV: loadpoint.chargeVoltages });
    return draft;
  });
  return readings([...drafts, ...loadpoints].filter(says));
}

function measurement(body: Body, part: string, channel: string): DraftReading {
  const role = ROLES.get(part) ?? "load";
  const draft: DraftReading = { role, ...(part !== "grid" && { channel }) };
  const powerW = watts(body.power);
  const isBattery = role === "battery";
  put(draft, "powerW", isBattery ? negated(powerW) : powerW);
  put(draft, isBattery ? "exportWh" : "importWh", kilowattHours(body.energy));
  put(draft, isBattery ? "importWh" : "exportWh", kilowattHours(body.returnEnergy));
  if (isBattery) put(draft, "socPercent", within(body.soc, 0, 100));
  else putPhases(draft, { powerW: body.powers, currentA: body.currents });
  return draft;
}

function putPhases(draft: DraftReading, lists: Partial<Record<"powerW" | "currentA" | "voltageV", unknown>>): void {
  const read = { powerW: watts, currentA: amps, voltageV: volts };
  for (const key of ["powerW", "currentA", "voltageV"] as const) {
    const list = lists[key];
    if (!Array.isArray(list) || list.length > 3) continue;
    list.forEach((item: unknown, phase) => {
      const value = read[key](item);
      if (value !== undefined) putPhase(draft, phase, { [key]: value });
    });
  }
}
