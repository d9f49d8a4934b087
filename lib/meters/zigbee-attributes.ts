import { assemble, makeParts, type Part, type Parts } from "./assembled";
import { NOTHING, readings, type Decoded } from "./decoded";
import { amps, hertz, kilowattHours, put, says, volts, watts } from "./measures";
import type { Memory } from "./memory";
import type { Message } from "./message";
import { fraction, type Target } from "./named-measures";

/** With `output: attribute` each value has a topic of its own; these say something about energy. */
const ATTRIBUTE =
  /^(power|energy|produced_energy|energy_produced|voltage|current|power_factor|ac_frequency)(?:_(phase_b|phase_c|[abc]|l[1-4]))?$/;
const MEASURES: Readonly<Record<string, readonly [Target, (value: unknown) => number | undefined]>> = {
  power: ["powerW", watts],
  energy: ["importWh", kilowattHours],
  produced_energy: ["exportWh", kilowattHours],
  energy_produced: ["exportWh", kilowattHours],
  voltage: ["voltageV", volts],
  current: ["currentA", amps],
  power_factor: ["powerFactor", fraction],
  ac_frequency: ["frequencyHz", hertz],
};
const PHASE_OF: Readonly<Record<string, number>> = { phase_b: 1, phase_c: 2, a: 0, b: 1, c: 2 };

/** What a device said under topics of its own. */
interface Device {
  readonly parts: Parts;
  /** Its circuits, where it has some. */
  readonly circuits: Map<string, Parts>;
  /** Values without a suffix are of phase A. */
  firstIsPhase?: boolean;
  /** Its clamps have directions: they are circuits. */
  readonly flows: Map<string, string>;
  /** When its JSON was last heard, which says the same. */
  bodyAt?: number;
}
const SAME_MS = 60_000;

function deviceOf(memory: Memory, name: string): Device {
  return memory.of<Device>("zigbee2mqtt", name, () => ({ parts: makeParts(), circuits: new Map(), flows: new Map() }));
}

/** Notes that a device sends JSON: its attributes are doubles then. */
export function bodyHeard(name: string, at: number, memory: Memory): void {
  deviceOf(memory, name).bodyAt = at;
}

/** A power with the direction that a text beside it tells. */
export function directed(powerW: number | undefined, flow: unknown): number | undefined {
  if (powerW === undefined || flow !== "producing" || powerW <= 0) return powerW;
  return -powerW;
}

/** The reading of one attribute of the device `name`. */
export function decodeAttribute(name: string, { leaf, value, at }: Message, memory: Memory): Decoded {
  const flow = /^energy_flow_([ab])$/.exec(leaf)?.[1];
  const [, measure = "", suffix] = ATTRIBUTE.exec(leaf) ?? [];
  const known = MEASURES[measure];
  if (!known && flow === undefined) return NOTHING;
  const device = deviceOf(memory, name);
  if (flow !== undefined) device.flows.set(flow, String(value).slice(0, 20));
  if (!known || (device.bodyAt !== undefined && at - device.bodyAt <= SAME_MS)) return NOTHING;
  const [target, read] = known;
  const said = read(value);
  if (said === undefined) return NOTHING;

  const channel = channelOf(device, suffix);
  const parts = channel === undefined ? device.parts : circuitOf(device, channel);
  const phase = channel === undefined ? phaseOf(device, target, suffix) : undefined;
  const directedValue = target === "powerW" && suffix ? (directed(said, device.flows.get(suffix)) ?? said) : said;
  const part: Part = { target, value: directedValue, ...(phase !== undefined && { phase }) };
  const draft = assemble(parts, part, at);
  if (!says(draft)) return NOTHING;
  put(draft, "channel", channel);
  // Such a topic ends in words that are no name.
  if (suffix) put(draft, "name", name.replaceAll("/", "-"));
  return readings([draft]);
}

function channelOf({ flows }: Device, suffix: string | undefined): string | undefined {
  if (suffix?.startsWith("l")) return suffix.slice(1);
  return suffix?.length === 1 && flows.size > 0 ? suffix : undefined;
}

function circuitOf({ circuits }: Device, channel: string): Parts {
  const parts = circuits.get(channel) ?? makeParts();
  circuits.set(channel, parts);
  return parts;
}

function phaseOf(device: Device, target: Target, suffix: string | undefined): number | undefined {
  if (suffix?.startsWith("phase") && !device.firstIsPhase) {
    device.firstIsPhase = true;
    // What came without a suffix before was of phase A, and no total.
    for (const one of OF_PHASES) device.parts.totals.delete(one);
  }
  if (suffix !== undefined) return PHASE_OF[suffix];
  return device.firstIsPhase && OF_PHASES.includes(target) ? 0 : undefined;
}
/** One counter serves all phases. */
const OF_PHASES: readonly Target[] = ["powerW", "voltageV", "currentA", "powerFactor"];
