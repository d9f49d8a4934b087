import type { DraftPhase, DraftReading } from "../decoded";
import type { DecodeSettings } from "../family";
import { fieldOf } from "../field-names";
import type { Memory } from "../memory";
import { put, putPhase, says, sum } from "../measures";
import { objectAt, type Body, type Message } from "../message";
import { measureOf, measuresByName } from "../named-measures";
import { obisLine } from "../obis-lines";
import { equipmentId, obisReadings } from "../obis-readings";

/** What scripts for utility meters name otherwise than anyone else does, and these names in ours. */
const ALIASES: Readonly<Record<string, string>> = {
  ...{ ein: "total_in", ebezug: "total_in", bezug: "total_in", netzbezug: "total_in", zaehlerstand: "total_in" },
  ...{ gesamtverbrauch: "total_in", totalkwh: "total_in", energysum: "total_in", sumin: "total_in" },
  ...{
    eout: "total_out",
    aus: "total_out",
    einspeisung: "total_out",
    netzeinspeisung: "total_out",
    sumout: "total_out",
  },
  ...{ gesamteinspeisung: "total_out", lieferung: "total_out" },
  ...{
    leistung: "power",
    wirkleistung: "power",
    momentanleistung: "power",
    curr: "power",
    pcurr: "power",
    pges: "power",
  },
  ...{ spannung: "voltage", strom: "current", amp: "current", frequenz: "frequency", hz: "frequency" },
};
const METER_ID = /^(?:meter|server|zaehler)[ _-]?(?:id|number|nummer|nr)$/i;
const PHASE = /^(.{1,30}?)[ _-]?(?:[lp]|phase[ _-]?)([123])$/i;
const OBIS = /^(?:1[-_]0[:_])?\d{1,2}([._])\d{1,2}\1\d{1,2}$/;
/** Blocks that are no meters although their names are: lightning, rain. */
const OTHERS = /^(?:AS3935|RG-?15)/i;
/** Sensors of a current that is not the connection's. */
const NOT_GRID = /^(?:INA\d|ANALOG|BL09|CSE)/i;
const KINDS: ReadonlySet<string> = new Set([
  ...["power", "import", "export", "voltage", "current", "factor", "frequency", "apparent", "reactive"],
]);
const MOST_BLOCKS = 40;
const MOST_KEYS = 100;

/** What one device said before: its first block is the device itself, the others are channels. */
interface Device {
  main?: string;
  readonly blocks: Map<string, Block>;
}
interface Block {
  saysPower: boolean;
  readonly phases: ({ readonly powerW: number; readonly at: number } | undefined)[];
}
const FRESH_MS = 60_000;

/**
 * The blocks of Tasmota's smart-meter scripts, whose names and keys their users choose: `{"SML": {"Total_in": …, "Power_curr": …}}`.
 * kWh and W. In immediate mode a message holds what has changed: a phase alone is no total.
 */
export function scriptReadings(
  sensors: Body,
  isBeside: boolean,
  message: Message,
  settings: DecodeSettings,
  memory: Memory,
): DraftReading[] {
  const device = memory.of<Device>("tasmota scripts", message.topic, () => ({ blocks: new Map() }));
  const drafts: DraftReading[] = [];
  let count = 0;
  for (const key in sensors) {
    if (++count > MOST_BLOCKS) break;
    const block = key === "ENERGY" || OTHERS.test(key) ? undefined : objectAt(sensors, key);
    if (!block) continue;
    const draft = mediumOf(key, block, settings) ?? meterOf(key, block, device, message, settings);
    if (!draft) continue;
    if (draft.role !== "gas" && draft.role !== "water") device.main ??= key;
    if (isBeside || device.main !== key) draft.channel ??= key.slice(0, LONGEST_CHANNEL);
    drafts.push(draft);
  }
  return drafts;
}
const LONGEST_CHANNEL = 40;

/** Gas and water are volumes; what only counts pulses does not say of what. */
function mediumOf(key: string, block: Body, settings: DecodeSettings): DraftReading | undefined {
  const role = /gas/i.test(key) ? "gas" : /wasser|water/i.test(key) ? "water" : undefined;
  if (!role) return undefined;
  const volumeM3 = measuresByName(block, settings)?.volumeM3;
  return volumeM3 === undefined ? {} : { role, channel: key.slice(0, LONGEST_CHANNEL), volumeM3 };
}

function meterOf(
  key: string,
  block: Body,
  device: Device,
  message: Message,
  settings: DecodeSettings,
): DraftReading | undefined {
  const { whole, phases, codes, serial } = sorted(block, settings);
  const draft: DraftReading = measuresByName(whole, settings) ?? {};
  const context = { zone: settings.zone, arrival: message.at, retained: false, whole: false, saysPower: true };
  const [byCode] = codes.length > 0 ? obisReadings(codes, context) : [];
  if (byCode) Object.assign(draft, byCode);
  const before = device.blocks.get(key);
  const { electrical, ...own } = draft;
  const isMeter = says(own) || electrical?.currentA !== undefined || phases.some(isOfMeter);
  if (!isMeter && !before) return undefined;

  const state: Block = before ?? { saysPower: false, phases: [] };
  if (device.blocks.size < MOST_BLOCKS) device.blocks.set(key, state);
  phases.forEach((phase, index) => putPhase(draft, index, phase));
  putTotal(draft, phases, state, message.at);
  if (!says(draft)) return undefined;
  if (!NOT_GRID.test(key)) draft.role = "grid";
  put(draft, "serial", serial);
  return draft;
}

/** Volts alone may be a battery's. */
function isOfMeter(phase: DraftPhase): boolean {
  return "powerW" in phase || "importWh" in phase || "currentA" in phase;
}

interface Sorted {
  /** What is of the whole connection, under names of ours. */
  readonly whole: Body;
  readonly phases: readonly DraftPhase[];
  /** What is named by its OBIS code: `16_7_0`. */
  readonly codes: Parameters<typeof obisReadings>[0];
  readonly serial?: string;
}

function sorted(block: Body, settings: DecodeSettings): Sorted {
  const whole: Record<string, unknown> = {};
  const phases: DraftPhase[] = [{}, {}, {}];
  const codes = [];
  let serial: string | undefined;
  let count = 0;
  for (const key in block) {
    if (++count > MOST_KEYS) break;
    const value = block[key];
    const { kind, name, phase } = meaningOf(key);
    if (isSerial(kind, name) && (typeof value === "string" || typeof value === "number"))
      serial = equipmentId(String(value));
    else if (kind === "code" && typeof value === "number") codes.push(...codeLine(name, value));
    else if (kind === "whole") whole[name] = value;
    else if (kind === "phase") putPhaseValue(phases[phase], name, value, settings);
  }
  return { whole, phases, codes, ...(serial !== undefined && serial !== "" && { serial }) };
}

function isSerial(kind: KeyMeaning["kind"], name: string): boolean {
  return kind === "serial" || (kind === "code" && obisLine(name)?.meaning.kind === "serial");
}

function codeLine(code: string, value: number): Sorted["codes"] {
  const kind = obisLine(code)?.meaning.kind;
  const line = obisLine(code, `${value}${kind === "power" ? "*W" : kind === "energy" ? "*kWh" : ""}`);
  return line ? [line] : [];
}

function putPhaseValue(phase: DraftPhase | undefined, name: string, raw: unknown, settings: DecodeSettings): void {
  const field = fieldOf(name);
  if (!phase || !field) return;
  const { target, value } = measureOf(field, raw, undefined, settings);
  if (target === "powerW" || target === "importWh" || target === "exportWh") put(phase, target, value);
  else if (target === "voltageV" || target === "currentA" || target === "powerFactor") put(phase, target, value);
  else if (target === "apparentVa" || target === "reactiveVar") put(phase, target, value);
}

interface KeyMeaning {
  readonly kind: "serial" | "code" | "whole" | "phase" | "none";
  readonly name: string;
  readonly phase: number;
}
const known = new Map<string, KeyMeaning>();
const MAX_KNOWN = 1000;

function meaningOf(key: string): KeyMeaning {
  let meaning = known.get(key);
  if (!meaning) {
    meaning = parseKey(key.slice(0, LONGEST_CHANNEL));
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(key.slice(0, LONGEST_CHANNEL), meaning);
  }
  return meaning;
}

function parseKey(key: string): KeyMeaning {
  if (METER_ID.test(key)) return { kind: "serial", name: key, phase: 0 };
  if (OBIS.test(key)) return { kind: "code", name: key.replace(/^1[-_]0[:_]/, "").replaceAll("_", "."), phase: 0 };
  const [, base, phase] = PHASE.exec(key) ?? [];
  const ofPhase = base === undefined ? undefined : measureName(base);
  if (ofPhase !== undefined) return { kind: "phase", name: ofPhase, phase: Number(phase) - 1 };
  const whole = measureName(key);
  return whole === undefined ? { kind: "none", name: key, phase: 0 } : { kind: "whole", name: whole, phase: 0 };
}

/** A name that says a measure, or its usual name; nothing for temperatures, volumes and bare values. */
function measureName(key: string): string | undefined {
  const flat = key
    .toLowerCase()
    .replace(/ä/g, "ae")
    .replace(/[^a-z0-9]/g, "");
  const alias = Object.hasOwn(ALIASES, flat) ? ALIASES[flat] : undefined;
  if (alias !== undefined) return alias;
  const kind = fieldOf(key)?.kind;
  return kind !== undefined && KINDS.has(kind) ? key : undefined;
}

/** The sum of three phases of which none is old, for a meter that was never heard to say its power. */
function putTotal(draft: DraftReading, phases: readonly DraftPhase[], state: Block, at: number): void {
  if (draft.powerW !== undefined) state.saysPower = true;
  phases.forEach(({ powerW }, index) => {
    if (powerW !== undefined) state.phases[index] = { powerW, at };
  });
  if (state.saysPower || phases.every(({ powerW }) => powerW === undefined)) return;
  const all = [0, 1, 2].map((index) => state.phases[index]);
  if (all.every((phase) => phase && Math.abs(at - phase.at) <= FRESH_MS)) {
    put(draft, "powerW", sum(all.map((phase) => phase?.powerW)));
  }
}
