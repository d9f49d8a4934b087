import type { Role } from "../energy/reading";
import { assembleAll, makeParts, type Part } from "./assembled";
import type { DraftReading } from "./decoded";
import type { DecodeSettings } from "./family";
import { put, says } from "./measures";
import type { Body } from "./message";
import { namedValue } from "./named-value";
import { KWH, valueAt, type Spot } from "./spot";

/** Where a value of an emonTx or emonPi belongs: to the device or to one of its clamps. */
export interface EmonPlace {
  readonly spot: Spot;
  readonly channel?: string;
  readonly role?: Role;
}

/** The names of a clamp's values, with its number behind them, and of what the device has once. */
const NUMBERED = /^(power|realpower|p|energy|e|wh|irms|i|current|pf|va|apparentpower)(\d{1,2})$/;
const NUMBERED_KWH = /^(?:power|p|e|energy)(\d{1,2})_?kwh$/;
const SPOTS: Readonly<Record<string, Spot>> = {
  power: { target: "powerW" },
  realpower: { target: "powerW" },
  p: { target: "powerW" },
  energy: { target: "importWh" },
  e: { target: "importWh" },
  wh: { target: "importWh" },
  irms: { target: "currentA" },
  i: { target: "currentA" },
  current: { target: "currentA" },
  pf: { target: "powerFactor" },
  va: { target: "apparentVa" },
  apparentpower: { target: "apparentVa" },
};
const PHASE_VOLTS = /^v(?:rms)?([1-3])$/;
const VOLTS: ReadonlySet<string> = new Set(["v", "vrms"]);

/** Names that Emoncms's own views give to what a house uses, makes and draws. */
const HOUSE: ReadonlyMap<string, EmonPlace> = new Map<string, EmonPlace>([
  ["use", { spot: { target: "powerW" }, channel: "use", role: "load" }],
  ["use_kwh", { spot: { target: "importWh", factor: KWH }, channel: "use", role: "load" }],
  ["solar", { spot: { target: "powerW" }, channel: "solar", role: "solar" }],
  ["solar_kwh", { spot: { target: "importWh", factor: KWH }, channel: "solar", role: "solar" }],
  ["import", { spot: { target: "powerW" }, channel: "grid", role: "grid" }],
  ["grid", { spot: { target: "powerW" }, channel: "grid", role: "grid" }],
  ["import_kwh", { spot: { target: "importWh", factor: KWH }, channel: "grid", role: "grid" }],
  ["export_kwh", { spot: { target: "exportWh", factor: KWH }, channel: "grid", role: "grid" }],
]);

/** The same names come in message after message; strangers' names must not fill the memory. */
const known = new Map<string, EmonPlace | null>();
const MAX_KNOWN = 1000;

/** What the name of an emonTx's value says: `power1`, `P1`, `E1`, `vrms`; nothing for pulses and temperatures. */
export function emonPlace(key: string): EmonPlace | undefined {
  let place = known.get(key);
  if (place === undefined) {
    place = (key.length <= 30 && parseKey(key.toLowerCase())) || null;
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(key, place);
  }
  return place ?? undefined;
}

function parseKey(key: string): EmonPlace | undefined {
  const house = HOUSE.get(key);
  if (house) return house;
  if (VOLTS.has(key)) return { spot: { target: "voltageV" } };
  const phase = PHASE_VOLTS.exec(key)?.[1];
  if (phase) return { spot: { target: "voltageV", phase: Number(phase) - 1 } };
  const [, name = "", channel = ""] = NUMBERED.exec(key) ?? [];
  const spot = Object.hasOwn(SPOTS, name) ? SPOTS[name] : undefined;
  if (spot) return { spot, channel };
  const counted = NUMBERED_KWH.exec(key)?.[1];
  return counted ? { spot: { target: "importWh", factor: KWH }, channel: counted } : undefined;
}

/** One value with its name, and the unit that is written beside it. */
export interface EmonValue {
  readonly key: string;
  readonly value: unknown;
  readonly unit?: unknown;
  readonly at?: number | undefined;
}

interface Placed {
  readonly part: Part;
  readonly channel: string;
  readonly role?: Role;
}

/** A unit beside a value beats what its name says; names that are no emonTx's are read as anybody's. */
export function placed({ key, value, unit }: EmonValue, settings: DecodeSettings): Placed | undefined {
  const place = emonPlace(key);
  const isSaid = typeof unit === "string" && unit.trim() !== "";
  if (place && !isSaid) {
    const { spot, channel = "", role } = place;
    const own = valueAt(spot, value);
    const { target, phase } = spot;
    if (own === undefined || (own < 0 && (target === "importWh" || target === "exportWh"))) return undefined;
    return { part: { target, value: own, ...(phase !== undefined && { phase }) }, channel, ...(role && { role }) };
  }
  const named = namedValue(key, value, unit, settings);
  if (!named || named.target === "temperatureC" || named.target === "volumeM3") return undefined;
  const { target, phase, of, role } = named;
  const channel = place ? (place.channel ?? "") : of;
  const whose = place?.role ?? role;
  return {
    part: { target, value: named.value, ...(phase !== undefined && { phase }) },
    channel: channel.slice(0, 60),
    ...(whose && { role: whose }),
  };
}

const MOST_VALUES = 500;

/** The readings of the values of one device, a circuit each. */
export function emonReadings(values: readonly EmonValue[], settings: DecodeSettings): DraftReading[] {
  const circuits = new Map<string, { parts: Part[]; role?: Role; at?: number }>();
  for (const one of values.slice(0, MOST_VALUES)) {
    const found = placed(one, settings);
    if (!found) continue;
    const circuit = circuits.get(found.channel) ?? { parts: [] };
    circuits.set(found.channel, circuit);
    circuit.parts.push(found.part);
    if (found.role) circuit.role = found.role;
    if (one.at !== undefined) circuit.at = Math.max(circuit.at ?? 0, one.at);
  }
  return [...circuits]
    .map(([channel, { parts, role, at }]): DraftReading => {
      const draft = assembleAll(makeParts(), parts, 0);
      if (channel !== "") draft.channel = channel;
      put(draft, "role", role);
      put(draft, "at", at);
      return draft;
    })
    .filter(says);
}

/** The values of a flat object, as an emonTx or a bridge posts it. */
export function valuesOf(body: Body): EmonValue[] {
  const values: EmonValue[] = [];
  for (const key in body) {
    if (values.length >= MOST_VALUES) break;
    const value = body[key];
    if (typeof value === "number" || typeof value === "string") values.push({ key, value });
  }
  return values;
}

const FIRST_CLAMPS = ["power1", "power2", "P1", "P2", "realPower1"] as const;

/** Whether an object can only be an emonTx's: nothing but numbers, and a clamp's power among them. */
export function isEmonBody(body: Body): boolean {
  if (!FIRST_CLAMPS.some((key) => typeof body[key] === "number")) return false;
  let count = 0;
  for (const key in body) if (typeof body[key] !== "number" || ++count > 100) return false;
  return true;
}
