import { assembleAll, makeParts, type Parts } from "../assembled";
import { NOTHING, readings, refused, type Decoded, type DraftPhase, type DraftReading } from "../decoded";
import type { DecodeSettings, Family } from "../family";
import {
  amps,
  cosine,
  put,
  putElectrical,
  putFrequency,
  putPhase,
  says,
  sum,
  volts,
  wattHours,
  watts,
} from "../measures";
import { objectAt, objectOf, type Body, type Message } from "../message";
import { measured, scale } from "../numbers";
import { instantOf } from "../stamps";

/** Components that measure: `switch:0`, `pm1:0`, `em:0`, `em1data:1`, … */
const COMPONENT = /^(?:switch|pm1|em|em1|emdata|em1data|light|cover|rgb|rgbw|cct):\d{1,3}$/;

/** What a component said that a later notification may leave out, since it has not changed. */
interface Component {
  readonly phases: Parts;
  returnedWh?: number;
}

/**
 * `<prefix>/status/switch:0`, `<prefix>/events/rpc` (NotifyStatus with the changed fields only, NotifyFullStatus) and
 * answers to RPC calls. W and Wh; component n > 0 is circuit n.
 */
export const shellyGen2: Family = {
  profile: "shelly-gen2",
  about: {
    name: "Shelly (Gen2, Gen3, Gen4)",
    topics: ["<prefix>/events/rpc", "<prefix>/status/<component>:<n>", "<prefix>/rpc"],
    fields: [
      { measure: "powerW", from: "apower, act_power, total_act_power", unit: "W" },
      { measure: "importWh", from: "aenergy.total, total_act, total_act_energy", unit: "Wh" },
      { measure: "exportWh", from: "ret_aenergy.total, total_act_ret", unit: "Wh" },
      { measure: "electrical", from: "voltage, current, pf, freq, a_…, b_…, c_…", unit: "V, A, VA, Hz" },
    ],
    tested: [],
    switchedBy: "shelly-gen2",
  },
  recognises: (message) => {
    const { parts, leaf } = message;
    const above = parts[parts.length - 2];
    if (leaf === "rpc" && above === "events") return true;
    if (above === "status" && /^[a-z0-9]+:\d{1,3}$/.test(leaf)) return true;
    const body = objectOf(message);
    if (!body) return false;
    if (typeof body.method === "string" && body.method.startsWith("Notify")) return true;
    return typeof body.src === "string" && body.src.startsWith("shelly") ? true : hasComponents(body) || isBare(body);
  },

  decode(message, settings, memory) {
    const body = objectOf(message);
    if (!body) return NOTHING;
    const { leaf, parts } = message;
    const device = typeof body.src === "string" ? body.src.slice(0, 100) : parts.slice(0, -2).join("/");
    const before = (name: string): Component =>
      memory.of<Component>("shelly-gen2", `${device}/${name}`, () => ({ phases: makeParts() }));
    if (COMPONENT.test(leaf)) return collect([[leaf, body]], undefined, message.at, before);
    const status = objectAt(body, "params") ?? objectAt(body, "result") ?? body;
    const found = Object.keys(status)
      .filter((key) => COMPONENT.test(key))
      .slice(0, 32);
    const components = found.flatMap((key): [string, Body][] => {
      const component = objectAt(status, key);
      return component ? [[key, component]] : [];
    });
    if (components.length === 0 && isBare(status)) components.push([`bare:${idOf(status)}`, status]);
    return collect(components, stampOf(status, message, settings), message.at, before);
  },
};

/** A component's status as an RPC call answers it, without its name. */
function isBare(body: Body): boolean {
  return (
    ("apower" in body && ("aenergy" in body || "output" in body)) ||
    ("act_power" in body && "aprt_power" in body) ||
    "total_act_power" in body ||
    ("total_act_energy" in body && "total_act_ret_energy" in body)
  );
}

function hasComponents(body: Body): boolean {
  return ["switch:0", "em:0", "em1:0", "pm1:0"].some((key) => objectAt(body, key) !== undefined);
}

function stampOf(status: Body, message: Message, settings: DecodeSettings): number | undefined {
  // Before the clock is set, `ts` counts seconds since power-up.
  return typeof status.ts === "number" ? instantOf(status.ts, settings.zone, message.at) : undefined;
}

/** A number, or a text on some models. */
function idOf(body: Body): number {
  const id = measured(body.id) ?? 0;
  return Number.isInteger(id) && id > 0 && id < 1000 ? id : 0;
}

function collect(
  components: readonly [string, Body][],
  at: number | undefined,
  arrival: number,
  before: (name: string) => Component,
): Decoded {
  const drafts = new Map<string, DraftReading>();
  for (const [name, component] of components) {
    const id = name.slice(name.indexOf(":") + 1);
    const channel = id === "0" ? "" : id;
    const draft = drafts.get(channel) ?? {};
    const fault = component.total_act_power === undefined ? undefined : inconsistency(component);
    if (fault) return refused("inconsistent", fault);
    putComponent(draft, component, before(name), arrival);
    drafts.set(channel, draft);
  }
  const said = [...drafts].filter(([, draft]) => says(draft));
  for (const [channel, draft] of said) {
    if (channel !== "") put(draft, "channel", channel);
    put(draft, "at", at);
  }
  return readings(said.map(([, draft]) => draft));
}

function putComponent(draft: DraftReading, body: Body, before: Component, arrival: number): void {
  const power = watts(body.apower) ?? watts(body.act_power) ?? watts(body.total_act_power);
  put(draft, "powerW", power ?? totalOfPhases(body, before, arrival));
  putRegisters(draft, body, before);

  const whole = electricalPart(body, "");
  put(whole, "apparentVa", whole.apparentVa ?? watts(body.total_aprt_power));
  put(whole, "currentA", whole.currentA ?? amps(body.total_current));
  putElectrical(draft, whole);
  putFrequency(draft, body.freq, body.a_freq, body.b_freq, body.c_freq);

  if (!isConnection(body)) return;
  // What the phases were when the total was said serves the next notification, too.
  if (power !== undefined) totalOfPhases(body, before, arrival);
  for (const [index, letter] of LETTERS.entries()) {
    const own = electricalPart(body, letter);
    put(own, "powerW", phasePower(body, letter));
    const names = NAMES.get(letter);
    put(own, "importWh", names && wattHours(body[names.imported]));
    put(own, "exportWh", names && wattHours(body[names.exported]));
    putPhase(draft, index, own);
  }
}

/** A three-phase component; the prefixes are not looked for in others. */
function isConnection(body: Body): boolean {
  return "total_act" in body || "total_act_power" in body || OF_A_PHASE.some((name) => name in body);
}
const LETTERS = ["a_", "b_", "c_"] as const;
const OF_A_PHASE = LETTERS.flatMap((letter) =>
  ["act_power", "voltage", "current", "total_act_energy"].map((name) => letter + name),
);

/** The names of the fields with each prefix, made once. */
const NAMES = new Map(
  ["", ...LETTERS].map((prefix) => [
    prefix,
    {
      ...{ voltage: `${prefix}voltage`, current: `${prefix}current`, pf: `${prefix}pf` },
      ...{ apparent: `${prefix}aprt_power`, power: `${prefix}act_power`, old: `${prefix}active_power` },
      ...{ imported: `${prefix}total_act_energy`, exported: `${prefix}total_act_ret_energy` },
    },
  ]),
);

function electricalPart(body: Body, prefix: string): DraftPhase {
  const phase: DraftPhase = {};
  const names = NAMES.get(prefix);
  if (!names) return phase;
  put(phase, "voltageV", volts(body[names.voltage]));
  put(phase, "currentA", amps(body[names.current]));
  put(phase, "powerFactor", cosine(body[names.pf]));
  put(phase, "apparentVa", watts(body[names.apparent]));
  return phase;
}

/** The total where only some phases have changed: the others are what they were, unless that is long ago. */
function totalOfPhases(body: Body, before: Component, arrival: number): number | undefined {
  const said = LETTERS.flatMap((letter, phase) => {
    const value = phasePower(body, letter);
    return value === undefined ? [] : [{ target: "powerW" as const, value, phase }];
  });
  return said.length > 0 ? assembleAll(before.phases, said, arrival).powerW : undefined;
}

function putRegisters(draft: DraftReading, body: Body, before: Component): void {
  put(draft, "importWh", wattHours(body.total_act) ?? wattHours(body.total_act_energy));
  put(draft, "exportWh", wattHours(body.total_act_ret) ?? wattHours(body.total_act_ret_energy));

  const counted = wattHours(objectAt(body, "aenergy")?.total);
  const own = wattHours(objectAt(body, "ret_aenergy")?.total);
  put(draft, "exportWh", own);
  put(before, "returnedWh", own);
  if (counted === undefined) return;
  const returned = own ?? before.returnedWh;
  // Where a device counts what is returned, `aenergy` counts both directions.
  const imported = scale(counted - (returned ?? 0), 1);
  if (imported !== undefined && imported >= 0) put(draft, "importWh", imported);
}

function phasePower(body: Body, letter: string): number | undefined {
  const names = NAMES.get(letter);
  return names && (watts(body[names.power]) ?? watts(body[names.old]));
}

/** Phases that do not add up to their total, beyond rounding and the time between samples: no one can tell which is wrong. */
function inconsistency(body: Body): string | undefined {
  const total = watts(body.total_act_power);
  const phases = LETTERS.map((letter) => phasePower(body, letter));
  if (total === undefined || phases.includes(undefined)) return undefined;
  const added = sum(phases) ?? 0;
  const size = sum(phases.map((power) => Math.abs(power ?? 0))) ?? 0;
  return Math.abs(added - total) > 50 + size / 10 ? `phases add up to ${added} W, total ${total} W` : undefined;
}
