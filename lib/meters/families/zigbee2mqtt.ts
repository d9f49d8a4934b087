import { NOTHING, readings, type Decoded, type DraftPhase, type DraftReading } from "../decoded";
import type { DecodeSettings, Family } from "../family";
import { amps, kilowattHours, put, putElectrical, putFrequency, putPhase, says, sum, volts, watts } from "../measures";
import { objectOf, type Body, type Message } from "../message";
import { fraction } from "../named-measures";
import { instantOf } from "../stamps";

/** With `output: attribute` each value has a topic of its own; these say something about energy. */
const ATTRIBUTES: ReadonlySet<string> = new Set(["power", "energy", "produced_energy", "voltage", "current"]);

/** `zigbee2mqtt/<name>`: W, kWh, V, A. Only what measures power, energy or a current is a meter: batteries have a voltage, too. */
export const zigbee2mqtt: Family = {
  profile: "zigbee2mqtt",
  about: {
    name: "Zigbee2MQTT",
    topics: ["zigbee2mqtt/<name>", "zigbee2mqtt/<name>/<attribute>"],
    fields: [
      { measure: "powerW", from: "power, power_phase_b, power_l1", unit: "W" },
      { measure: "importWh", from: "energy", unit: "kWh" },
      { measure: "exportWh", from: "produced_energy", unit: "kWh" },
      { measure: "electrical", from: "voltage, current, power_factor, ac_frequency", unit: "V, A, Hz" },
    ],
    tested: [],
    switchedBy: "zigbee2mqtt",
  },
  recognises: (message) => {
    if (message.parts[0] === "zigbee2mqtt") return true;
    const body = objectOf(message);
    return body !== undefined && typeof body.linkquality === "number";
  },

  decode(message, settings) {
    const { parts, leaf, value } = message;
    if (parts[1] === "bridge" || leaf === "set" || leaf === "get" || leaf === "availability") return NOTHING;
    const body = objectOf(message);
    if (body) return decodeBody(body, message, settings);
    return parts.length > 2 && ATTRIBUTES.has(leaf) ? decodeBody({ [leaf]: value }, message, settings) : NOTHING;
  },
};

function decodeBody(body: Body, message: Message, settings: DecodeSettings): Decoded {
  const at = instantOf(body.last_seen, settings.zone, message.at);
  const circuits = ["l1", "l2", "l3", "l4"].filter((name) => `power_${name}` in body || `energy_${name}` in body);
  const drafts = circuits.length > 1 ? circuits.map((name) => circuit(body, name)) : [device(body)];
  const said = drafts.filter((draft) => says(draft) && isMeter(draft, body));
  for (const draft of said) put(draft, "at", at);
  return readings(said);
}

function isMeter(draft: DraftReading, body: Body): boolean {
  if (draft.powerW !== undefined || draft.importWh !== undefined || draft.exportWh !== undefined) return true;
  return body.battery === undefined && draft.electrical !== undefined;
}

function device(body: Body): DraftReading {
  const draft: DraftReading = {};
  const first = phaseOf(body, "");
  // One make gives phase A without a suffix beside _phase_b and _phase_c, another a total beside _a, _b, _c.
  const others = !("power_phase_b" in body || "power_phase_c" in body)
    ? []
    : ["_phase_b", "_phase_c"].map((suffix) => phaseOf(body, suffix));
  const lettered = !("power_a" in body) ? [] : ["_a", "_b", "_c"].map((suffix) => phaseOf(body, suffix));
  const phases = others.some(isFull)
    ? [first, ...others]
    : lettered.length > 0 && lettered.every(isFull)
      ? lettered
      : [];
  const isTotal = !others.some(isFull);

  put(draft, "powerW", isTotal ? first.powerW : sum(phases.map(({ powerW }) => powerW)));
  put(draft, "importWh", kilowattHours(body.energy) ?? kilowattHours(body.consumption));
  put(draft, "exportWh", kilowattHours(body.produced_energy));
  const { powerW: _, ...rest } = isTotal ? first : {};
  putElectrical(draft, rest);
  putFrequency(draft, body.ac_frequency);
  phases.forEach((phase, index) => putPhase(draft, index, phase));
  return draft;
}

/** `_l1` and `_l2` are relays of a double switch, not phases. */
function circuit(body: Body, name: string): DraftReading {
  const draft: DraftReading = { channel: name.slice(1) };
  const { powerW, ...electrical } = phaseOf(body, `_${name}`);
  put(draft, "powerW", powerW);
  put(draft, "importWh", kilowattHours(body[`energy_${name}`]));
  putElectrical(draft, electrical);
  return draft;
}

function phaseOf(body: Body, suffix: string): DraftPhase {
  const phase: DraftPhase = {};
  put(phase, "powerW", watts(body[`power${suffix}`]));
  put(phase, "voltageV", volts(body[`voltage${suffix}`]));
  put(phase, "currentA", amps(body[`current${suffix}`]));
  put(phase, "powerFactor", fraction(body[`power_factor${suffix}`]));
  return phase;
}

function isFull(phase: DraftPhase): boolean {
  return phase.powerW !== undefined;
}
