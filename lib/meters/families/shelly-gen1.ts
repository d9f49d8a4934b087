import { assembleAll, makeParts, type Part, type Parts } from "../assembled";
import { asText, NOTHING, readings, refused, type Decoded, type DraftPhase, type DraftReading } from "../decoded";
import type { DecodeSettings, Family } from "../family";
import {
  amps,
  cosine,
  putElectrical,
  put,
  putPhase,
  says,
  sum,
  volts,
  wattHours,
  wattMinutes,
  watts,
} from "../measures";
import type { Memory } from "../memory";
import { objectAt, objectOf, type Body, type Message } from "../message";
import { parseText } from "../numbers";
import { isSmallTalk } from "../small-talk";
import { instantOf } from "../stamps";

const ON_TOPIC = /^(?:relay|emeter|roller|light|white|color)$/;
/** These measure three phases of one connection; the others' emeters are separate clamps. */
const THREE_PHASE = /em3|3em|shem-3/i;
const TWO_CLAMPS = /shellyem|shem/i;

/** What a device has said under its topics. */
interface Device extends Parts {
  /** It has a third emeter. */
  threePhase?: boolean;
  /** What it has said once, while it is not known how many emeters it has. */
  readonly said: Set<string>;
  hasTwo?: boolean;
}

/**
 * `shellies/<id>/relay/0/power` and its like, and the status that a device also answers over HTTP. A relay's energy is in
 * watt-minutes and starts again at each reboot; an emeter's `total` is in Wh and stays.
 */
export const shellyGen1: Family = {
  profile: "shelly-gen1",
  about: {
    name: "Shelly (Gen1)",
    topics: ["shellies/<id>/relay/<n>/power", "shellies/<id>/emeter/<n>/total", "shellies/<id>/…"],
    fields: [
      { measure: "powerW", from: "power", unit: "W" },
      { measure: "importWh", from: "emeter/<n>/total, relay/<n>/energy", unit: "Wh, Wmin" },
      { measure: "exportWh", from: "emeter/<n>/total_returned", unit: "Wh" },
      { measure: "electrical", from: "voltage, current, pf, reactive_power", unit: "V, A, var" },
    ],
    tested: ["1.11.7", "1.11.8"],
    switchedBy: "shelly-gen1",
  },
  recognises: (message) => {
    if (message.parts.includes("shellies")) return true;
    const body = objectOf(message);
    return (
      body !== undefined &&
      (Array.isArray(body.meters) || Array.isArray(body.emeters)) &&
      ("relays" in body || "unixtime" in body || "mac" in body)
    );
  },

  decode(message, settings, memory) {
    const body = objectOf(message);
    if (!body) return decodeTopic(message, memory);
    // Under a name of the user's, only the model and the count of emeters tell a 3EM.
    const id = message.leaf === "announce" ? body.id : message.parts.at(-2);
    const isThreePhase = validOf(body.emeters).length === 3 || THREE_PHASE.test(asText(body.model));
    if (isThreePhase && typeof id === "string") deviceOf(id, memory).threePhase = true;
    return decodeStatus(body, message, settings);
  },
};

function deviceOf(id: string, memory: Memory): Device {
  return memory.of<Device>("shelly-gen1", id.slice(0, 100), () => ({ ...makeParts(), said: new Set() }));
}

/** Under a name of the user's, a device that begins anew without a third emeter has none: its first would else be taken for the whole. */
function isTwoClamps(device: Device, id: string, what: string): boolean {
  if (TWO_CLAMPS.test(id) || device.said.has(what)) device.hasTwo = true;
  else device.said.add(what);
  return device.hasTwo === true;
}

function decodeTopic({ parts, leaf, value, at }: Message, memory: Memory): Decoded {
  const [part = "", index = ""] = parts.slice(-3);
  if (!ON_TOPIC.test(part) || !/^\d$/.test(index)) return NOTHING;
  const draft: DraftReading = {};
  const n = Number(index);
  const phase: DraftPhase = {};

  if (part === "emeter") {
    // `energy` and `returned_energy` are watt-minutes since the last report.
    if (leaf === "power") put(phase, "powerW", watts(value));
    else if (leaf === "voltage") put(phase, "voltageV", volts(value));
    else if (leaf === "current") put(phase, "currentA", amps(value));
    else if (leaf === "pf") put(phase, "powerFactor", cosine(value));
    else if (leaf === "reactive_power") put(phase, "reactiveVar", watts(value));
    else if (leaf === "total") put(phase, "importWh", wattHours(value));
    else if (leaf === "total_returned") put(phase, "exportWh", wattHours(value));
    else return NOTHING;
    const id = parts.at(-4) ?? "";
    const device = deviceOf(id, memory);
    if (n === 2 || THREE_PHASE.test(id)) device.threePhase = true;
    const whole = assembleAll(device, partsOf(phase, n), at);
    if (device.threePhase) Object.assign(draft, whole);
    else if (isTwoClamps(device, id, `${n} ${leaf}`)) putClamp(draft, phase, n);
    else return NOTHING;
  } else {
    if (leaf === "power") put(draft, "powerW", watts(value));
    else if (leaf === "energy") put(draft, "importWh", wattMinutes(value));
    else return NOTHING;
    if (n > 0) put(draft, "channel", index);
  }
  if (says(draft)) return readings([draft]);
  return isSmallTalk(value) || (typeof value === "string" && parseText(value) !== undefined)
    ? NOTHING
    : refused("not-a-number", String(value));
}

function partsOf(phase: DraftPhase, index: number): Part[] {
  return Object.entries(phase).map(([target, value]) => ({ target: target as keyof DraftPhase, value, phase: index }));
}

function decodeStatus(body: Body, message: Message, settings: DecodeSettings): Decoded {
  // Each meter's own `timestamp` is shifted by the local offset; `unixtime` is right.
  const at = instantOf(body.unixtime, settings.zone, message.at);
  const drafts: DraftReading[] = [];

  validOf(body.meters).forEach((meter, index) => {
    if (!meter) return;
    const draft: DraftReading = {};
    put(draft, "powerW", watts(meter.power));
    put(draft, "importWh", wattMinutes(meter.total));
    if (index > 0) put(draft, "channel", String(index));
    drafts.push(draft);
  });

  const clamps = validOf(body.emeters);
  const phases = clamps.map((clamp) => (clamp ? phaseOf(clamp) : {}));
  if (phases.length === 3) drafts.push(connection(phases, body));
  else {
    phases.forEach((phase, index) => {
      const draft: DraftReading = {};
      putClamp(draft, phase, index);
      drafts.push(draft);
    });
  }

  for (const draft of drafts) put(draft, "at", at);
  return readings(drafts.filter(says));
}

function connection(phases: readonly DraftPhase[], body: Body): DraftReading {
  const draft: DraftReading = {};
  put(draft, "powerW", watts(body.total_power) ?? sum(phases.map(({ powerW }) => powerW)));
  put(draft, "importWh", sum(phases.map(({ importWh }) => importWh)));
  put(draft, "exportWh", sum(phases.map(({ exportWh }) => exportWh)));
  phases.forEach((phase, index) => putPhase(draft, index, phase));
  return draft;
}

function phaseOf(clamp: Body): DraftPhase {
  const phase: DraftPhase = {};
  put(phase, "powerW", watts(clamp.power));
  put(phase, "voltageV", volts(clamp.voltage));
  put(phase, "currentA", amps(clamp.current));
  put(phase, "powerFactor", cosine(clamp.pf));
  put(phase, "reactiveVar", watts(clamp.reactive));
  put(phase, "importWh", wattHours(clamp.total));
  put(phase, "exportWh", wattHours(clamp.total_returned));
  return phase;
}

/** One clamp of an EM is a meter of its own. */
function putClamp(draft: DraftReading, { powerW, importWh, exportWh, ...electrical }: DraftPhase, index: number): void {
  put(draft, "powerW", powerW);
  put(draft, "importWh", importWh);
  put(draft, "exportWh", exportWh);
  putElectrical(draft, electrical);
  if (index > 0) put(draft, "channel", String(index));
}

/** The meters in a list, with a hole where one says that it does not measure. */
function validOf(list: unknown): (Body | undefined)[] {
  if (!Array.isArray(list)) return [];
  return list.slice(0, 8).map((item: unknown) => {
    const meter = objectAt({ item }, "item");
    return meter?.is_valid === false ? undefined : meter;
  });
}
