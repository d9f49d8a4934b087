import type { Role } from "../energy/reading";
import type { DraftPhase, DraftReading } from "./decoded";
import { amps, cosine, hertz, put, putElectrical, putPhase, says, sum, volts } from "./measures";
import { scaled } from "./numbers";
import type { Meaning, ObisLine } from "./obis-lines";
import { digitInstantOf, instantOf, isAhead, localInstantOf } from "./stamps";
import { scaleOf, writtenScale, type Quantity, type Scale, type Unit } from "./units";

export interface ObisContext {
  readonly zone: string;
  readonly arrival: number;
  readonly retained: boolean;
  /** All that the meter says at a time: what is not among it, it does not have. */
  readonly whole: boolean;
  /** The meter was heard to say the power of the connection: the sum of its phases is not given beside it. */
  readonly saysPower?: boolean;
}

interface Device {
  type?: number;
  serial?: string;
  /** What the counter's line said. */
  counter?: { readonly stamp: string | undefined; readonly amount: string };
}

type ByPhase = (number | undefined)[];

/** What the lines of one moment said. */
interface Said {
  readonly power: Record<"in" | "out" | "net", ByPhase>;
  readonly reactive: Record<"in" | "out" | "net", ByPhase>;
  readonly energy: Record<"in" | "out", ByPhase>;
  readonly tariffs: Map<number, { importWh?: number; exportWh?: number }>;
  readonly spot: Record<"apparent" | "voltage" | "current" | "factor", ByPhase>;
  readonly devices: Map<number, Device>;
  frequency?: string;
  stamp?: string;
  clock?: string;
  date?: string;
  number?: string;
}

/** The reading of the connection and those of the gas, water and heat meters that its meter hears. */
export function obisReadings(lines: readonly ObisLine[], context: ObisContext): DraftReading[] {
  const said: Said = {
    power: { in: [], out: [], net: [] },
    reactive: { in: [], out: [], net: [] },
    energy: { in: [], out: [] },
    tariffs: new Map(),
    spot: { apparent: [], voltage: [], current: [], factor: [] },
    devices: new Map(),
  };
  for (const { meaning, values } of lines) note(said, meaning, values);
  const main = connection(said, context);
  return [...(says(main) ? [grid(main, said, context)] : []), ...devices(said, context)];
}

function note(said: Said, meaning: Meaning, values: readonly string[]): void {
  const [value = ""] = values;
  switch (meaning.kind) {
    case "power":
      return first(said.power[meaning.way], meaning.phase, amount(value, "power", "kW"));
    case "energy":
      return noteEnergy(said, meaning, amount(value, "energy", "kWh"));
    case "reactive":
      return first(said.reactive[meaning.way], meaning.phase, electric(value, "var"));
    case "apparent":
      return first(said.spot.apparent, meaning.phase, electric(value, "VA"));
    case "voltage":
      return first(said.spot.voltage, meaning.phase, volts(electric(value, "V")));
    case "current":
      return first(said.spot.current, meaning.phase, amps(electric(value, "A")));
    case "factor":
      return first(said.spot.factor, meaning.phase, cosine(bare(value)));
    case "serial":
      if (value !== "" && device(said, meaning.device).serial === undefined)
        device(said, meaning.device).serial = equipmentId(value);
      return;
    case "type":
      return void (device(said, meaning.device).type = Number(value));
    case "counter":
      device(said, meaning.device).counter ??=
        values.length > 1 ? { stamp: value, amount: values[1] ?? "" } : { stamp: undefined, amount: value };
      return;
    case "old-counter":
      // (stamp)(…)(…)(…)(code)(unit) and the value on a line of its own.
      device(said, meaning.device).counter ??= { stamp: value, amount: `${values.at(-1)}*${values.at(-2)}` };
      return;
    case "frequency":
    case "stamp":
    case "clock":
    case "date":
    case "number":
      said[meaning.kind] ??= value;
  }
}

function noteEnergy(said: Said, { way, phase, tariff }: Meaning & { kind: "energy" }, wh: number | undefined): void {
  if (tariff === 0) return first(said.energy[way], phase, wh);
  if (phase > 0 || wh === undefined) return;
  const register = said.tariffs.get(tariff) ?? {};
  said.tariffs.set(tariff, register);
  if (way === "in") register.importWh ??= wh;
  else register.exportWh ??= wh;
}

function first(list: ByPhase, phase: number, value: number | undefined): void {
  list[phase] ??= value;
}

function device({ devices }: Said, number: number): Device {
  const known = devices.get(number) ?? {};
  devices.set(number, known);
  return known;
}

function connection(said: Said, { whole, saysPower = false }: ObisContext): DraftReading {
  const draft: DraftReading = {};
  const [power, ...phases] = [0, 1, 2, 3].map((phase) => flow(said.power, phase));
  const isSum = whole || (!saysPower && !phases.includes(undefined));
  put(draft, "powerW", power ?? (isSum ? sum(phases) : undefined));
  const registers = [...said.tariffs].sort(([a], [b]) => a - b);
  // Heard one by one, a single tariff is not yet the total.
  const isAll = whole || registers.length > 1;
  const total = (way: "in" | "out", key: "importWh" | "exportWh"): number | undefined =>
    said.energy[way][0] ?? (isAll ? sum(registers.map(([, register]) => register[key])) : undefined);
  put(draft, "importWh", total("in", "importWh"));
  put(draft, "exportWh", total("out", "exportWh"));
  if (registers.length > 0) {
    put(
      draft,
      "tariffs",
      registers.map(([tariff, register]) => ({ name: String(tariff), ...register })),
    );
  }
  const { powerW: _, importWh: __, exportWh: ___, ...electrical } = phaseOf(said, 0);
  putElectrical(draft, electrical);
  const frequencyHz = hertz(said.frequency && bare(said.frequency));
  if (frequencyHz !== undefined) putElectrical(draft, { frequencyHz });
  for (const phase of [1, 2, 3]) putPhase(draft, phase - 1, phaseOf(said, phase));
  return draft;
}

function phaseOf(said: Said, phase: number): DraftPhase {
  const draft: DraftPhase = {};
  put(draft, "powerW", flow(said.power, phase));
  put(draft, "voltageV", said.spot.voltage[phase]);
  put(draft, "currentA", said.spot.current[phase]);
  put(draft, "powerFactor", said.spot.factor[phase]);
  put(draft, "apparentVa", said.spot.apparent[phase]);
  put(draft, "reactiveVar", flow(said.reactive, phase));
  put(draft, "importWh", said.energy.in[phase]);
  put(draft, "exportWh", said.energy.out[phase]);
  return draft;
}

function flow(by: Said["power"], phase: number): number | undefined {
  const out = by.out[phase];
  return by.net[phase] ?? sum([by.in[phase], out === undefined ? undefined : -out]);
}

function grid(draft: DraftReading, said: Said, context: ObisContext): DraftReading {
  draft.role = "grid";
  put(draft, "serial", said.devices.get(0)?.serial ?? said.number?.slice(0, LONGEST_SERIAL));
  put(draft, "at", stampOf(said, context));
  return draft;
}

function stampOf({ stamp, date, clock }: Said, { zone, arrival, retained }: ObisContext): number | undefined {
  if (stamp !== undefined) {
    const at = instant(stamp, zone, arrival);
    return at === undefined || isAhead(at, arrival) ? undefined : at;
  }
  if (!date || !clock) return undefined;
  // Some write the season as a first digit, or hyphens and colons.
  const day = date.replaceAll("-", "").slice(-6);
  const time = clock.replaceAll(":", "").slice(-6);
  if (!/^\d{12}$/.test(day + time)) return undefined;
  const [y, mo, d, h, mi, s] = (day + time).match(/\d\d/g) ?? [];
  return localInstantOf(`20${y}-${mo}-${d}T${h}:${mi}:${s}`, zone, arrival, retained);
}

function instant(stamp: string, zone: string, arrival: number): number | undefined {
  return digitInstantOf(stamp, zone, arrival) ?? instantOf(stamp, zone, arrival);
}

interface Medium {
  readonly channel: string;
  readonly role?: Role;
}
const GAS: Medium = { channel: "gas", role: "gas" };
const HEAT: Medium = { channel: "heat", role: "heat" };
const WATER: Medium = { channel: "water", role: "water" };
const ELECTRICITY: Medium = { channel: "electricity" };
/** The device types of the M-Bus. */
const MEDIA: Readonly<Record<number, Medium>> = {
  2: ELECTRICITY,
  3: GAS,
  4: HEAT,
  6: { channel: "warm-water", role: "water" },
  7: WATER,
  12: HEAT,
  13: HEAT,
};

/** A meter that was taken away stays in the telegram with a stamp of 1970 or none that is a time, or without a unit. */
function devices(said: Said, { zone, arrival }: ObisContext): DraftReading[] {
  const drafts: DraftReading[] = [];
  const taken = new Set<string>();
  for (const [number, { type, serial, counter }] of [...said.devices].sort(([a], [b]) => a - b)) {
    if (number === 0 || !counter) continue;
    const scale = scaleIn(counter.amount);
    if (!scale || scale.quantity === "power") continue;
    const medium = type ? MEDIA[type] : mediumOf(scale);
    const value = scaled(bare(counter.amount), scale.factor);
    const at = counter.stamp === undefined ? undefined : instant(counter.stamp, zone, arrival);
    if (!medium || value === undefined || (counter.stamp !== undefined && at === undefined)) continue;
    const channel = taken.has(medium.channel) ? `${medium.channel}-${number}` : medium.channel;
    taken.add(medium.channel);
    const draft: DraftReading = { channel };
    put(draft, "role", medium.role);
    put(draft, scale.quantity === "volume" ? "volumeM3" : "importWh", value);
    put(draft, "serial", serial);
    if (at !== undefined && !isAhead(at, arrival)) put(draft, "at", at);
    drafts.push(draft);
  }
  return drafts;
}

function mediumOf({ quantity }: Scale): Medium {
  return quantity === "volume" ? GAS : HEAT;
}

/** `001581.123*kWh` in W or Wh, nothing where its unit is of another quantity. */
function amount(text: string, quantity: Quantity, fallback: Unit): number | undefined {
  const scale = text.includes("*") ? scaleIn(text) : scaleOf(fallback);
  return scale?.quantity === quantity ? scaled(bare(text), scale.factor) : undefined;
}

function scaleIn(text: string): Scale | undefined {
  const star = text.indexOf("*");
  return star < 0 ? undefined : writtenScale(text.slice(star + 1));
}

function bare(text: string): string {
  const star = text.indexOf("*");
  return star < 0 ? text : text.slice(0, star);
}

const PREFIXES: Readonly<Record<string, number>> = { "": 1, k: 1000, m: 0.001 };

/** `230.1*V`, `0.23*kV` or `230.1` in V; likewise A, VA and var. */
function electric(text: string, unit: "V" | "A" | "VA" | "var"): number | undefined {
  const star = text.indexOf("*");
  if (star < 0) return scaled(text, 1);
  const written = text.slice(star + 1).trim();
  if (written === unit) return scaled(text.slice(0, star), 1);
  if (written.slice(-unit.length).toLowerCase() !== unit.toLowerCase()) return undefined;
  const prefix = written.slice(0, -unit.length);
  const factor = Object.hasOwn(PREFIXES, prefix) ? PREFIXES[prefix] : undefined;
  return factor === undefined ? undefined : scaled(text.slice(0, star), factor);
}

const LONGEST_SERIAL = 40;

/** A meter says its number with each telegram; strangers' must not fill the memory. */
const idsKnown = new Map<string, string>();
const MAX_KNOWN = 1000;

/** A meter's number, which many write as the hexadecimal of its letters. */
export function equipmentId(text: string): string {
  const id = text.slice(0, 2 * LONGEST_SERIAL).trim();
  let known = idsKnown.get(id);
  if (known === undefined) {
    // A copy: a piece of a text keeps the whole text in memory.
    const copy = Buffer.from(id).toString();
    known = inLetters(copy) ?? copy.slice(0, LONGEST_SERIAL);
    if (idsKnown.size >= MAX_KNOWN) idsKnown.clear();
    idsKnown.set(copy, known);
  }
  return known;
}

function inLetters(id: string): string | undefined {
  if (id.length % 2 !== 0 || !/^(?:[2-7][0-9A-Fa-f])+$/.test(id)) return undefined;
  const letters = Buffer.from(id, "hex").toString("latin1");
  return /^[\w .:/-]+$/.test(letters) ? letters.trim() : undefined;
}
