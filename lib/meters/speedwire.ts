import type { DraftPhase, DraftReading } from "./decoded";
import { net, put, putElectrical, putPhase } from "./measures";
import { scale } from "./numbers";

/** `SMA` and a zero: how every datagram begins. */
const MAGIC = 0x534d4100;
/** Meters speak the first, newer ones the second; inverters and the search for devices have others. */
const METER_PROTOCOLS: ReadonlySet<number> = new Set([0x6069, 0x6081]);
const HEADER_BYTES = 28;
const ACTUAL = 4;
const COUNTER = 8;
/** An energy meter has 56 entries. */
const MOST_ENTRIES = 200;

export function isSpeedwire(bytes: Buffer | undefined): bytes is Buffer {
  return bytes !== undefined && bytes.length >= HEADER_BYTES && bytes.readUInt32BE(0) === MAGIC;
}

/**
 * What an SMA energy meter multicasts: power in tenths of W, registers in Ws, mV, mA and mHz, the two directions apart.
 * Nothing where the datagram is no meter's; `damaged` where it ends before its entries do.
 */
export function decodeSpeedwire(bytes: Buffer): DraftReading | "damaged" | undefined {
  if (!METER_PROTOCOLS.has(bytes.readUInt16BE(16))) return undefined;
  const entries = entriesOf(bytes);
  if (!entries) return "damaged";
  const draft: DraftReading = { name: String(bytes.readUInt32BE(20)), role: "grid" };
  put(draft, "serial", draft.name);
  const { powerW, importWh, exportWh, ...electrical } = part(entries, 0);
  put(draft, "powerW", powerW);
  put(draft, "importWh", importWh);
  put(draft, "exportWh", exportWh);
  putElectrical(draft, electrical);
  const hertz = entries.get(key(14, ACTUAL));
  if (hertz) putElectrical(draft, { frequencyHz: hertz / 1000 });
  for (const phase of [0, 1, 2]) {
    const own = part(entries, 20 * (phase + 1));
    // A phase that is not wired has no voltage.
    if (own.voltageV !== 0) putPhase(draft, phase, own);
  }
  return draft;
}

function key(channel: number, type: number): number {
  return channel * 16 + type;
}

function entriesOf(bytes: Buffer): Map<number, number> | undefined {
  const entries = new Map<number, number>();
  const end = bytes.readUInt16BE(12) + 16;
  let at = HEADER_BYTES;
  while (at + 4 <= end && entries.size < MOST_ENTRIES) {
    if (at + 4 > bytes.length) return undefined;
    const channel = bytes.readUInt16BE(at);
    const type = bytes.readUInt8(at + 2);
    if (channel === 0 && type === 0) break;
    const size = type === COUNTER ? 8 : 4;
    at += 4;
    if (at + size > bytes.length) return undefined;
    entries.set(key(channel, type), size === 8 ? Number(bytes.readBigUInt64BE(at)) : bytes.readUInt32BE(at));
    at += size;
  }
  return entries;
}

/** The whole connection from channel 0 on, its phases from 20, 40 and 60 on. */
function part(entries: ReadonlyMap<number, number>, from: number): DraftPhase {
  const said = (channel: number, type: number, factor: number): number | undefined => {
    const value = entries.get(key(from + channel, type));
    return value === undefined ? undefined : scale(value, factor);
  };
  const draft: DraftPhase = {};
  put(draft, "powerW", net(said(1, ACTUAL, 0.1), said(2, ACTUAL, 0.1)));
  put(draft, "importWh", said(1, COUNTER, 1 / 3600));
  put(draft, "exportWh", said(2, COUNTER, 1 / 3600));
  put(draft, "reactiveVar", net(said(3, ACTUAL, 0.1), said(4, ACTUAL, 0.1)));
  put(draft, "apparentVa", net(said(9, ACTUAL, 0.1), said(10, ACTUAL, 0.1)));
  put(draft, "powerFactor", said(13, ACTUAL, 0.001));
  if (from > 0) {
    put(draft, "currentA", said(11, ACTUAL, 0.001));
    put(draft, "voltageV", said(12, ACTUAL, 0.001));
  }
  return draft;
}
