import type { Role } from "../../energy/reading";
import { NOTHING, readings, type Decoded, type DraftPhase, type DraftReading } from "../decoded";
import type { Family } from "../family";
import { heardOf, lately, note, sumWith, termsOf } from "../heard";
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
import type { Memory } from "../memory";
import { objectAt, objectOf, type Body, type Message } from "../message";
import { KWH, oneValue, spots, type Origin, type Spot } from "../spot";

const AC = spots({
  "Ac/Power": { target: "powerW" },
  "Ac/Total/Power": { target: "powerW" },
  "Ac/Voltage": { target: "voltageV" },
  "Ac/Current": { target: "currentA" },
  "Ac/PowerFactor": { target: "powerFactor" },
  "Ac/Frequency": { target: "frequencyHz" },
  "Ac/Energy/Forward": { target: "importWh", factor: KWH },
  "Ac/Energy/Reverse": { target: "exportWh", factor: KWH },
  "Ac/L#/Power": { target: "powerW" },
  "Ac/L#/Voltage": { target: "voltageV" },
  "Ac/L#/Current": { target: "currentA" },
  "Ac/L#/PowerFactor": { target: "powerFactor" },
  "Ac/L#/Energy/Forward": { target: "importWh", factor: KWH },
  "Ac/L#/Energy/Reverse": { target: "exportWh", factor: KWH },
});

/** `Yield/User` is what its owner can reset, `Yield/System` what the charger keeps. */
const YIELD = spots({ "Yield/Power": { target: "powerW" }, "Yield/System": { target: "importWh", factor: KWH } });

const DC = spots({
  "Dc/0/Power": { target: "powerW" },
  "Dc/0/Voltage": { target: "voltageV" },
  "Dc/0/Current": { target: "currentA" },
  "Dc/0/Temperature": { target: "temperatureC" },
  Soc: { target: "socPercent" },
  "History/ChargedEnergy": { target: "importWh", factor: KWH },
  "History/DischargedEnergy": { target: "exportWh", factor: KWH },
});

/** What an inverter gives to its loads. */
const OUT = spots({
  "Ac/Out/P": { target: "powerW" },
  "Ac/Out/L#/P": { target: "powerW" },
  "Ac/Out/L#/V": { target: "voltageV" },
  "Ac/Out/L#/I": { target: "currentA" },
  "Ac/Out/L#/S": { target: "apparentVa" },
  "Ac/Out/L1/F": { target: "frequencyHz" },
});

/** What an inverter takes from the grid. */
const ACTIVE_IN = spots({
  "Ac/ActiveIn/P": { target: "powerW" },
  "Ac/ActiveIn/L#/P": { target: "powerW" },
  "Ac/ActiveIn/L#/V": { target: "voltageV" },
  "Ac/ActiveIn/L#/I": { target: "currentA" },
  "Ac/ActiveIn/L1/F": { target: "frequencyHz" },
});

const HOUR_MS = 3_600_000;
/** These flows add up to what an inverter's loads were given. */
const FLOWS_OUT: ReadonlySet<string> = new Set(["AcIn1ToAcOut", "AcIn2ToAcOut", "InverterToAcOut", "SolarToAcOut"]);

interface Service {
  readonly role: Role;
  readonly paths: ReadonlyMap<string, Spot>;
}
const SERVICES: ReadonlyMap<string, Service> = new Map<string, Service>([
  ["grid", { role: "grid", paths: AC }],
  ["genset", { role: "grid", paths: AC }],
  ["pvinverter", { role: "solar", paths: AC }],
  ["acload", { role: "load", paths: AC }],
  ["heatpump", { role: "load", paths: AC }],
  ["evcharger", { role: "ev", paths: AC }],
  ["solarcharger", { role: "solar", paths: YIELD }],
  ["battery", { role: "battery", paths: DC }],
  ["vebus", { role: "load", paths: OUT }],
  ["inverter", { role: "load", paths: OUT }],
  ["multi", { role: "load", paths: OUT }],
]);

/** What the service `system` sums up, and the services beside which that would count twice. */
interface Sum {
  readonly at: string;
  readonly role: Role;
  readonly channel?: string;
  readonly instead?: string;
}
const SUMS: readonly Sum[] = [
  { at: "Ac/Grid", role: "grid", instead: "grid" },
  { at: "Ac/Consumption", role: "load", channel: "home" },
  { at: "Ac/PvOnGrid", role: "solar", channel: "pv-on-grid", instead: "pvinverter" },
  { at: "Ac/PvOnOutput", role: "solar", channel: "pv-on-output", instead: "pvinverter" },
  { at: "Ac/PvOnGenset", role: "solar", channel: "pv-on-genset", instead: "pvinverter" },
  { at: "Dc/Pv", role: "solar", channel: "pv", instead: "solarcharger" },
  { at: "Dc/Battery", role: "battery", channel: "battery", instead: "battery" },
];
const OF_SUM = spots({
  Power: { target: "powerW" },
  "Total/Power": { target: "powerW" },
  Voltage: { target: "voltageV" },
  Current: { target: "currentA" },
  Temperature: { target: "temperatureC" },
  Soc: { target: "socPercent" },
  "L#/Power": { target: "powerW" },
  "L#/Current": { target: "currentA" },
});

/**
 * `N/<portal>/<service>/<instance>/<path>` of a GX device: {"value": …} in W, kWh, V, A. The grid is the portal's own meter,
 * every other service one of its parts. Also the JSON with which the driver dbus-mqtt-grid is fed.
 */
export const victron: Family = {
  profile: "victron",
  about: {
    name: "Victron Energy (Venus OS)",
    topics: ["N/<portal>/<service>/<instance>/<path>"],
    fields: [
      { measure: "powerW", from: "Ac/Power, Ac/L1/Power, Ac/Out/P, Yield/Power, Dc/0/Power", unit: "W" },
      { measure: "importWh", from: "Ac/Energy/Forward, Yield/System, History/ChargedEnergy", unit: "kWh" },
      { measure: "exportWh", from: "Ac/Energy/Reverse, History/DischargedEnergy", unit: "kWh" },
      { measure: "electrical", from: "Ac/L1/Voltage, Ac/L1/Current, Ac/Frequency", unit: "V, A, Hz" },
      { measure: "socPercent", from: "Soc", unit: "%" },
    ],
    tested: [],
    switchedBy: "generic",
  },
  recognises: (message) => startOf(message) >= 0 || fedToDriver(message).length > 0,

  decode(message, _settings, memory) {
    const start = startOf(message);
    if (start >= 0) return decodeTopic(message, start, memory);
    return readings(
      fedToDriver(message)
        .map(([part, body]) => decodeFed(part, body))
        .filter(says),
    );
  },
};

/** Where `N`, or the `R` and `W` of requests, stands in the topic. */
function startOf({ parts, body }: Message): number {
  for (let start = 0; start + 2 < parts.length && start < 4; start++) {
    const letter = parts[start];
    if (letter !== "N" && letter !== "R" && letter !== "W") continue;
    const service = parts[start + 2] ?? "";
    if (parts.length === start + 3) {
      if (service === "full_publish_completed" || service === "keepalive" || service === "heartbeat") return start;
    } else if (/^\d{1,5}$/.test(parts[start + 3] ?? "")) {
      const isService = SERVICES.has(service) || service === "system";
      if (isService || (letter === "N" && body !== undefined && "value" in body)) return start;
    }
  }
  return -1;
}

function decodeTopic(message: Message, start: number, memory: Memory): Decoded {
  const { parts, at } = message;
  const [letter, portal = "", service = "", instance = "", ...rest] = parts.slice(start);
  const body = objectOf(message);
  if (letter !== "N" || !body || !Object.hasOwn(body, "value")) return NOTHING;
  const path = rest.join("/");
  const heard = heardOf(memory, "victron", portal);
  const tell = (spot: Spot, origin: Omit<Origin, "name">): Decoded =>
    oneValue(body.value, spot, { name: portal, ...origin }, { memory, profile: "victron", at });

  if (service === "system") {
    const found = sumAt(path);
    if (!found) return NOTHING;
    const [{ role, channel, instead }, spot] = found;
    if (instead && lately(heard, instead, at)) return NOTHING;
    const said = tell(spot, { role, ...(channel && { channel }) });
    if (role === "grid" && said.kind === "readings") note(heard, "system", at);
    return said;
  }

  const known = SERVICES.get(service);
  if (!known) return NOTHING;
  const channel = `${service}-${instance}`;
  const spot = known.paths.get(path);
  if (spot) {
    const said = tell(spot, { role: known.role, ...(service !== "grid" && { channel }) });
    if (said.kind === "readings") note(heard, service, at);
    return said;
  }
  if (known.paths !== OUT) return NOTHING;

  const produced = YIELD.get(path);
  if (produced) {
    note(heard, "solarcharger", at);
    return tell(produced, { role: "solar", channel: `${channel}-pv` });
  }
  const taken = ACTIVE_IN.get(path);
  if (taken) return lately(heard, "grid", at) || lately(heard, "system", at) ? NOTHING : tell(taken, { role: "grid" });
  if (rest.length !== 2 || rest[0] !== "Energy" || !FLOWS_OUT.has(rest[1] ?? "")) return NOTHING;
  const flow = kilowattHours(body.value);
  const importWh =
    flow === undefined ? flow : sumWith(termsOf(memory, "victron", `${portal}/${channel}`), path, flow, at, HOUR_MS);
  return importWh === undefined ? NOTHING : readings([{ name: portal, channel, role: "load", importWh }]);
}

function sumAt(path: string): readonly [Sum, Spot] | undefined {
  const sum = SUMS.find(({ at }) => path.startsWith(at) && path.charAt(at.length) === "/");
  const spot = sum && OF_SUM.get(path.slice(sum.at.length + 1));
  return sum && spot && [sum, spot];
}

/** What the drivers dbus-mqtt-grid and dbus-mqtt-pv are fed: a body with the object `grid` or `pv`. */
function fedToDriver(message: Message): (readonly ["grid" | "pv", Body])[] {
  const body = objectOf(message);
  if (!body || !("grid" in body || "pv" in body)) return [];
  return (["grid", "pv"] as const).flatMap((part): [typeof part, Body][] => {
    const inner = objectAt(body, part);
    const isFed = inner && ("energy_forward" in inner || "power" in inner || objectAt(inner, "L1") !== undefined);
    return isFed && !("unit" in inner) ? [[part, inner]] : [];
  });
}

function decodeFed(part: "grid" | "pv", body: Body): DraftReading {
  const { powerW, importWh, exportWh, ...whole } = fedValues(body);
  const draft: DraftReading = part === "grid" ? { role: "grid" } : { role: "solar", channel: "pv" };
  putElectrical(draft, whole);
  putFrequency(draft, body.frequency, objectAt(body, "L1")?.frequency);

  const phases = ["L1", "L2", "L3"].map((name) => fedValues(objectAt(body, name) ?? {}));
  phases.forEach((values, phase) => putPhase(draft, phase, values));
  put(draft, "powerW", powerW ?? sum(phases.map((values) => values.powerW)));
  put(draft, "importWh", importWh ?? sum(phases.map((values) => values.importWh)));
  put(draft, "exportWh", exportWh ?? sum(phases.map((values) => values.exportWh)));
  return draft;
}

function fedValues(body: Body): DraftPhase {
  const phase: DraftPhase = {};
  put(phase, "powerW", watts(body.power));
  put(phase, "voltageV", volts(body.voltage));
  put(phase, "currentA", amps(body.current));
  put(phase, "powerFactor", cosine(body.power_factor));
  put(phase, "importWh", kilowattHours(body.energy_forward));
  put(phase, "exportWh", kilowattHours(body.energy_reverse));
  return phase;
}
