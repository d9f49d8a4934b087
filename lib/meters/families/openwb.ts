import type { Role } from "../../energy/reading";
import { assembleAll, makeParts, type Part } from "../assembled";
import { NOTHING, readings, refused, type Decoded, type DraftReading } from "../decoded";
import type { Family } from "../family";
import { heardOf, lately, note } from "../heard";
import { says } from "../measures";
import type { Memory } from "../memory";
import { objectAt, type Message } from "../message";
import { KWH, oneValue, spots, valueAt, type Origin, type Spot } from "../spot";

const PROFILE = "openwb";

/** Version 1: the grid, the house's battery and the panels together. Production is negative. */
const EVU = spots({
  W: { target: "powerW" },
  WhImported: { target: "importWh" },
  WhExported: { target: "exportWh" },
  Hz: { target: "frequencyHz" },
  "WPhase#": { target: "powerW" },
  "VPhase#": { target: "voltageV" },
  "APhase#": { target: "currentA" },
  "PfPhase#": { target: "powerFactor" },
});
const HOUSE_BATTERY = spots({
  W: { target: "powerW" },
  "%Soc": { target: "socPercent" },
  WhImported: { target: "importWh" },
  WhExported: { target: "exportWh" },
});
const PV = spots({ W: { target: "powerW", factor: -1 }, WhCounter: { target: "importWh" } });
const CHARGE_POINT = spots({
  W: { target: "powerW" },
  kWhCounter: { target: "importWh", factor: KWH },
  "%Soc": { target: "socPercent" },
  "VPhase#": { target: "voltageV" },
  "APhase#": { target: "currentA" },
  "PfPhase#": { target: "powerFactor" },
});
const CONSUMER = spots({
  W: { target: "powerW" },
  Watt: { target: "powerW" },
  Wh: { target: "importWh" },
});
/** Version 2, under `<component>/<id>/get/`. */
const GET = spots({
  power: { target: "powerW" },
  imported: { target: "importWh" },
  exported: { target: "exportWh" },
  frequency: { target: "frequencyHz" },
  soc: { target: "socPercent" },
});
const GET_PV = spots({ power: { target: "powerW", factor: -1 }, exported: { target: "importWh" } });
/** Lists of three. */
const GET_PHASES = spots({
  powers: { target: "powerW" },
  voltages: { target: "voltageV" },
  currents: { target: "currentA" },
  power_factors: { target: "powerFactor" },
});

interface Component {
  readonly role: Role;
  readonly channel: string;
  readonly spots: ReadonlyMap<string, Spot>;
}
/** Components of version 1 by their topic. */
const FIRST: ReadonlyMap<string, Component> = new Map<string, Component>([
  ["evu", { role: "grid", channel: "", spots: EVU }],
  ["housebattery", { role: "battery", channel: "battery", spots: HOUSE_BATTERY }],
  ["pv", { role: "solar", channel: "pv", spots: PV }],
  ["lp", { role: "ev", channel: "lp", spots: CHARGE_POINT }],
  ["SmartHome/Devices", { role: "load", channel: "device", spots: CONSUMER }],
  ["Verbraucher", { role: "load", channel: "consumer", spots: CONSUMER }],
]);
/** Components of version 2 by their topic. */
const SECOND: ReadonlyMap<string, Component> = new Map<string, Component>([
  ["counter", { role: "grid", channel: "counter", spots: GET }],
  ["bat", { role: "battery", channel: "battery", spots: GET }],
  ["pv", { role: "solar", channel: "pv", spots: GET_PV }],
  ["chargepoint", { role: "ev", channel: "chargepoint", spots: GET }],
]);
const HOME = spots({
  "global/WHouseConsumption": { target: "powerW" },
  "counter/set/home_consumption": { target: "powerW" },
  "counter/set/imported_home_consumption": { target: "importWh" },
});

/**
 * openWB 1.x (`openWB/evu/W`, `openWB/lp/1/W`) and 2.x (`openWB/counter/0/get/power`): W and Wh, charge points of 1.x in kWh.
 * Lists are the three phases. What an installation is told under `openWB/set/…` is read the same way.
 */
export const openwb: Family = {
  profile: PROFILE,
  about: {
    name: "openWB",
    topics: ["openWB/evu/<value>", "openWB/lp/<n>/<value>", "openWB/<component>/<id>/get/<value>"],
    fields: [
      { measure: "powerW", from: "W, WPhase1, get/power, get/powers", unit: "W" },
      { measure: "importWh", from: "WhImported, WhCounter, kWhCounter, get/imported", unit: "Wh, kWh" },
      { measure: "exportWh", from: "WhExported, get/exported", unit: "Wh" },
      { measure: "electrical", from: "VPhase1, APhase1, PfPhase1, Hz, get/voltages, get/currents", unit: "V, A, Hz" },
      { measure: "socPercent", from: "%Soc, get/soc", unit: "%" },
    ],
    tested: ["1.9"],
    switchedBy: "generic",
  },
  recognises: ({ parts }) => startOf(parts) >= 0,

  decode(message, _settings, memory) {
    const start = startOf(message.parts);
    if (start < 0) return NOTHING;
    const name = message.parts
      .slice(0, start + 1)
      .filter(Boolean)
      .join("-");
    const told = message.parts.slice(start + 1);
    const rest = told[0] === "set" ? told.slice(1) : told;
    if (rest.join("/") === "counter/get/hierarchy") rememberGrid(message, name, memory);
    const home = HOME.get(rest.join("/"));
    if (home) return tell(message, home, { name, channel: "home", role: "load" }, memory);
    return rest.includes("get") ? decodeSecond(message, name, rest, memory) : decodeFirst(message, name, rest, memory);
  },
};

function startOf(parts: readonly string[]): number {
  return parts.findIndex((part) => part === "openWB");
}

function decodeFirst(message: Message, name: string, rest: readonly string[], memory: Memory): Decoded {
  const [head = "", ...tail] = rest[0] === "SmartHome" ? [rest.slice(0, 2).join("/"), ...rest.slice(2)] : rest;
  const component = FIRST.get(head);
  if (!component) return NOTHING;
  const index = /^\d{1,3}$/.test(tail[0] ?? "") ? tail[0] : undefined;
  const spot = component.spots.get(tail.slice(index === undefined ? 0 : 1).join("/"));
  // All charge points together are the sum of those that are heard.
  return spot && (index !== undefined || component.role !== "ev")
    ? tellOf(message, spot, component, name, index, memory)
    : NOTHING;
}

function decodeSecond(message: Message, name: string, rest: readonly string[], memory: Memory): Decoded {
  const component = SECOND.get(rest[0] ?? "");
  const index = rest[1] === "get" ? undefined : rest[1];
  const leaf = rest.slice(index === undefined ? 2 : 3);
  if (!component || leaf.length !== 1 || (index !== undefined && !/^\d{1,4}$/.test(index))) return NOTHING;
  if (index === undefined && (component.role === "ev" || component.role === "grid")) return NOTHING;
  const spot = component.spots.get(leaf[0] ?? "") ?? GET_PHASES.get(leaf[0] ?? "");
  return spot ? tellOf(message, spot, component, name, index, memory) : NOTHING;
}

/** Panels and batteries are said one by one and together: one by one only where not together. */
function tellOf(
  message: Message,
  spot: Spot,
  { role, channel }: Component,
  name: string,
  index: string | undefined,
  memory: Memory,
): Decoded {
  const heard = heardOf(memory, PROFILE, name);
  if (index !== undefined && lately(heard, channel, message.at)) return NOTHING;
  const own = index === undefined ? channel : `${channel}-${index}`;
  const of = channel === "counter" ? counterRole(index ?? "", name, memory) : role;
  const said = tell(message, spot, { name, ...(own && { channel: own }), ...(of && { role: of }) }, memory);
  if (index === undefined && said.kind === "readings") note(heard, channel, message.at);
  return said;
}

interface Grid {
  counter?: string;
}

/** The tree of components has the counter of the grid at its root. */
function rememberGrid({ body }: Message, name: string, memory: Memory): void {
  const root = Array.isArray(body) ? objectAt({ root: body[0] as unknown }, "root") : undefined;
  if (root?.type === "counter" && typeof root.id === "number")
    memory.of<Grid>(`${PROFILE}-grid`, name, () => ({})).counter = String(root.id);
}

/** Without the tree, 0 is taken for the grid's; of any other only its owner knows. */
function counterRole(id: string, name: string, memory: Memory): Role | undefined {
  const { counter } = memory.of<Grid>(`${PROFILE}-grid`, name, () => ({}));
  if (counter === undefined) return id === "0" ? "grid" : undefined;
  return counter === id ? "grid" : "load";
}

function tell({ body, value, at }: Message, spot: Spot, origin: Origin, memory: Memory): Decoded {
  if (body === undefined) return oneValue(value, spot, origin, { memory, profile: PROFILE, at });
  if (!Array.isArray(body) || body.length > 3 || spot.phase !== undefined) return NOTHING;
  const parts = body.flatMap((item: unknown, phase): Part[] => {
    const own = valueAt(spot, item);
    return own === undefined ? [] : [{ target: spot.target, value: own, phase }];
  });
  if (parts.length === 0) return refused("not-a-number", "a list without a number");
  const known = memory.of(PROFILE, `${origin.name}/${origin.channel ?? ""}`, makeParts);
  const draft: DraftReading = { ...assembleAll(known, parts, at), ...origin };
  return says(draft) ? readings([draft]) : NOTHING;
}
