import { NOTHING, readings, refused, type Decoded, type DraftPhase, type DraftReading } from "../decoded";
import type { DecodeSettings, Family } from "../family";
import type { Memory } from "../memory";
import { amps, kilowattHours, put, putElectrical, putFrequency, putPhase, says, sum, volts, watts } from "../measures";
import { objectOf, type Body, type Message } from "../message";
import { fraction } from "../named-measures";
import { scaled } from "../numbers";
import { instantOf } from "../stamps";
import { bodyHeard, decodeAttribute, directed } from "../zigbee-attributes";
import { isZlinky, zlinkyReading } from "./zlinky";

const BASE = "zigbee2mqtt";
const RELAYS = ["l1", "l2", "l3", "l4"] as const;

/** `zigbee2mqtt/<name>`: W, kWh, V, A. Only what measures power, energy or a current is a meter: batteries have a voltage, too. */
export const zigbee2mqtt: Family = {
  profile: "zigbee2mqtt",
  about: {
    name: "Zigbee2MQTT",
    topics: ["zigbee2mqtt/<name>", "zigbee2mqtt/<name>/<attribute>"],
    fields: [
      { measure: "powerW", from: "power, power_phase_b, power_l1", unit: "W" },
      { measure: "importWh", from: "energy, energy_a, energy_l1, current_summ_delivered", unit: "kWh, Wh" },
      { measure: "volumeM3", from: "gas", unit: "m³" },
      { measure: "exportWh", from: "produced_energy, energy_produced_a, current_summ_received", unit: "kWh, Wh" },
      {
        measure: "importWh",
        from: "current_summ_delivered, current_tier1_summ_delivered, … (ZLinky)",
        unit: "kWh, Wh",
      },
      {
        measure: "electrical",
        from: "voltage, current, power_factor, ac_frequency, apparent_power, rms_current",
        unit: "V, A, Hz, VA",
      },
    ],
    tested: [],
    switchedBy: "zigbee2mqtt",
  },
  recognises: (message) => {
    if (message.parts.includes(BASE)) return true;
    const body = objectOf(message);
    return body !== undefined && typeof body.linkquality === "number";
  },

  decode(message, settings, memory) {
    const { leaf } = message;
    const name = nameOf(message);
    if (name.startsWith("bridge/") || leaf === "set" || leaf === "get" || leaf === "availability") return NOTHING;
    const body = objectOf(message);
    if (body) return decodeBody(body, message, settings, memory);
    const end = name.lastIndexOf("/");
    return end > 0 ? decodeAttribute(name.slice(0, end), message, memory) : NOTHING;
  },
};

/** The topic below the base. */
function nameOf({ parts }: Message): string {
  return parts.slice(parts.indexOf(BASE) + 1).join("/");
}

function decodeBody(body: Body, message: Message, settings: DecodeSettings, memory: Memory): Decoded {
  const at = instantOf(body.last_seen, settings.zone, message.at);
  if (isZlinky(body)) {
    const linky = zlinkyReading(body, message, settings.zone, memory);
    return linky ? readings([at === undefined ? linky : { ...linky, at }]) : NOTHING;
  }
  const relays = hasRelays(body) ? RELAYS.filter((name) => `power_${name}` in body || `energy_${name}` in body) : [];
  const isPair = ("energy_flow_a" in body || "power_ab" in body) && !("power_c" in body);
  const drafts = isPair
    ? ["a", "b"].map((name) => clamp(body, name, message, settings))
    : relays.length > 1
      ? relays.map((name) => circuit(body, name))
      : [device(body)];
  const said = drafts.filter((draft) => says(draft) && isMeter(draft, body));
  if (said.length === 0) return NOTHING;
  bodyHeard(nameOf(message), message.at, memory);
  for (const draft of said) if (draft.at === undefined) put(draft, "at", at);
  const [only] = said;
  return said.length === 1 && only ? credible(only, message, memory) : readings(said);
}

function hasRelays(body: Body): boolean {
  return "power_l2" in body || "energy_l2" in body || "power_l1" in body || "energy_l1" in body;
}

function isMeter(draft: DraftReading, body: Body): boolean {
  if (draft.powerW !== undefined || draft.importWh !== undefined || draft.exportWh !== undefined) return true;
  if (draft.volumeM3 !== undefined) return true;
  return body.battery === undefined && draft.electrical !== undefined;
}

function device(body: Body): DraftReading {
  const draft: DraftReading = {};
  const first = phaseOf(body, "");
  // One make gives phase A without a suffix beside _phase_b and _phase_c, another a total beside _a, _b, _c.
  const isFirstPhase = watts(body.power_phase_b) !== undefined || watts(body.power_phase_c) !== undefined;
  const phases = isFirstPhase
    ? [first, phaseOf(body, "_phase_b"), phaseOf(body, "_phase_c")]
    : "power_c" in body || "energy_c" in body || "voltage_c" in body || "current_c" in body
      ? ["_a", "_b", "_c"].map((suffix) => phaseOf(body, suffix))
      : [];

  for (const [index, name] of ["a", "b", "c"].entries()) {
    const phase = phases[index];
    if (phase) put(phase, "powerW", directed(phase.powerW, body[`energy_flow_${name}`]));
  }
  const total = isFirstPhase ? undefined : directed(first.powerW, body.energy_flow);
  put(draft, "powerW", total ?? sum(phases.map(({ powerW }) => powerW)));
  const imported = kilowattHours(body.energy) ?? kilowattHours(body.consumption);
  put(draft, "importWh", imported ?? sum(phases.map(({ importWh }) => importWh)));
  const exported = kilowattHours(body.produced_energy);
  put(draft, "exportWh", exported ?? sum(phases.map(({ exportWh }) => exportWh)));
  const { powerW: _, importWh: __, exportWh: ___, ...rest } = isFirstPhase ? {} : first;
  putElectrical(draft, rest);
  putFrequency(draft, body.ac_frequency);
  phases.forEach((phase, index) => putPhase(draft, index, phase));
  const volumeM3 = scaled(body.gas, 1);
  if (volumeM3 !== undefined) Object.assign(draft, { role: "gas", volumeM3 });
  return draft;
}

/** One of two clamps whose direction is a text beside its power. Their sum is left out: it would count twice. */
function clamp(body: Body, name: string, message: Message, settings: DecodeSettings): DraftReading {
  const draft: DraftReading = { channel: name };
  const { powerW, importWh, exportWh, ...electrical } = phaseOf(body, `_${name}`);
  put(draft, "powerW", directed(powerW, body[`energy_flow_${name}`]));
  put(draft, "importWh", importWh);
  put(draft, "exportWh", exportWh);
  put(electrical, "voltageV", electrical.voltageV ?? volts(body.voltage));
  putElectrical(draft, electrical);
  putFrequency(draft, body.ac_frequency);
  put(draft, "at", instantOf(body[`timestamp_${name}`], settings.zone, message.at));
  return draft;
}

/** `_l1` and `_l2` are relays of a double switch, not phases. */
function circuit(body: Body, name: string): DraftReading {
  const draft: DraftReading = { channel: name.slice(1) };
  const { powerW, importWh, exportWh, ...electrical } = phaseOf(body, `_${name}`);
  put(draft, "powerW", powerW);
  put(draft, "importWh", importWh);
  put(draft, "exportWh", exportWh);
  putElectrical(draft, electrical);
  return draft;
}

/** The names of the fields with each ending, made once. */
const NAMES = new Map(
  ["", "_phase_b", "_phase_c", "_a", "_b", "_c", ...RELAYS.map((relay) => `_${relay}`)].map((suffix) => [
    suffix,
    {
      power: `power${suffix}`,
      voltage: `voltage${suffix}`,
      current: `current${suffix}`,
      factor: `power_factor${suffix}`,
      energy: `energy${suffix}`,
      produced: [`energy_produced${suffix}`, `produced_energy${suffix}`] as const,
    },
  ]),
);

function phaseOf(body: Body, suffix: string): DraftPhase {
  const phase: DraftPhase = {};
  const names = NAMES.get(suffix);
  if (!names) return phase;
  put(phase, "powerW", watts(body[names.power]));
  put(phase, "voltageV", volts(body[names.voltage]));
  put(phase, "currentA", amps(body[names.current]));
  put(phase, "powerFactor", fraction(body[names.factor]));
  if (suffix === "") return phase;
  put(phase, "importWh", kilowattHours(body[names.energy]));
  put(phase, "exportWh", kilowattHours(body[names.produced[0]] ?? body[names.produced[1]]));
  return phase;
}

/** How far a power may be beyond what its volts and amperes carry: they are not measured at the same instant. */
const TWICE = 2;
const SLACK_W = 200;

/** What is not believed of a device's powers. */
interface Doubt {
  count: number;
}

/**
 * A power that volts and amperes cannot carry waits for the next message, which brings the current of a load that was just
 * switched; where that agrees no better, the device's converter is wrong.
 */
function credible(draft: DraftReading, message: Message, memory: Memory): Decoded {
  const { powerW, electrical } = draft;
  const { voltageV, currentA } = electrical ?? {};
  const doubt = memory.of<Doubt>("zigbee2mqtt-doubt", message.topic, () => ({ count: 0 }));
  if (powerW === undefined || !voltageV || !currentA) return readings([draft]);
  const carriedW = voltageV * Math.abs(currentA);
  if (Math.abs(powerW) <= carriedW * TWICE + SLACK_W) {
    doubt.count = 0;
    return readings([draft]);
  }
  doubt.count += 1;
  if (doubt.count > 1) return refused("inconsistent", `${powerW} W at ${voltageV} V and ${currentA} A`);
  const { powerW: _, ...rest } = draft;
  return readings([rest].filter(says));
}
