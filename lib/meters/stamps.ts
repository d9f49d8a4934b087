import { Info } from "luxon";

/** Clocks that were never set count from 1970 or from power-up; nothing real is after 2100. */
const EARLIEST = Date.UTC(2000, 0, 1);
const LATEST = Date.UTC(2100, 0, 1);
const MINUTE = 60_000;
const QUARTER = 15 * MINUTE;

/** How far a stamp without a zone may be from arrival: devices often have another zone set than their site. */
const ZONELESS_MS = 5 * MINUTE;

const ISO = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s?(Z|z|[+-]\d\d(?::?\d\d)?)?$/;
/** `10.03.2026 12:00`, `2026/03/10 12:00`; with slashes, 10/03/2026 may be in October. */
const DAY_FIRST = /^(\d\d)\.(\d\d)\.(\d{4})(?=[T ])/;
const SLASHES = /^(\d{4})\/(\d\d)\/(\d\d)(?=[T ])/;
const DIGITS = /^\d{9,19}(?:\.\d+)?$/;

/** The instant a device wrote: epoch seconds, ms, µs or ns as number or text, or ISO 8601; nothing where it is none or its clock was not set. */
export function instantOf(value: unknown, zone: string, arrival: number): number | undefined {
  if (typeof value === "number") return fromEpoch(value);
  if (typeof value !== "string" || value.length > 40) return undefined;
  if (DIGITS.test(value)) return fromEpoch(Number(value));
  const match = ISO.exec(value.replace(DAY_FIRST, "$3-$2-$1").replace(SLASHES, "$1-$2-$3"));
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second = "0", fraction = "0", offset] = match;
  const ms = Math.trunc(Number(`0.${fraction}`) * 1000);
  const utc = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second), ms);
  return credible(offset ? utc - offsetMs(offset) : fromLocal(utc, zone, arrival));
}

/** As `instantOf` for a stamp with no zone from a live device: believed only near arrival, or as the past of a retained message. */
export function localInstantOf(value: unknown, zone: string, arrival: number, retained: boolean): number | undefined {
  const at = instantOf(value, zone, arrival);
  if (at === undefined) return undefined;
  return Math.abs(at - arrival) <= ZONELESS_MS || (retained && at < arrival) ? at : undefined;
}

const HOUR = 60 * MINUTE;

/**
 * `YYMMDDhhmmss` as meters write it, with a letter for summer (S, or E in France) or winter (W, H): Central European time, or
 * where that would be ahead of arrival, the site's. Nothing where it is none, or where the letter says by its lower case that
 * the clock is not set.
 */
export function digitInstantOf(value: unknown, zone: string, arrival: number): number | undefined {
  const text = typeof value === "number" ? String(value).padStart(12, "0") : value;
  if (typeof text !== "string" || text.length < 12 || text.length > 13) return undefined;
  const start = isDigit(text, 0) ? 0 : 1;
  const letter = start === 1 ? text.charAt(0) : text.charAt(12);
  if (text.length !== (letter === "" ? 12 : 13) || !"SWEHewsh".includes(letter)) return undefined;
  for (let index = start; index < start + 12; index += 1) if (!isDigit(text, index)) return undefined;
  const pair = (index: number): number => Number(text.slice(start + index, start + index + 2));
  const year = pair(0);
  const month = pair(2);
  const day = pair(4);
  const hour = pair(6);
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 24 || pair(8) > 59 || pair(10) > 59) return undefined;
  const local = Date.UTC(year < 70 ? 2000 + year : 1900 + year, month - 1, day, hour, pair(8), pair(10));
  if (letter === "") return credible(fromLocal(local, zone, arrival));
  if (letter > "Z") return undefined;
  const central = credible(local - (letter === "S" || letter === "E" ? 2 * HOUR : HOUR));
  if (central === undefined || !isAhead(central, arrival)) return central;
  const there = fromLocal(local, zone, arrival);
  return isAhead(there, arrival) ? central : there;
}

function isDigit(text: string, index: number): boolean {
  const code = text.charCodeAt(index);
  return code >= 0x30 && code <= 0x39;
}

/** Whether an instant is later than its message can be, clocks a little wrong included. */
export function isAhead(at: number, arrival: number): boolean {
  return at > arrival + ZONELESS_MS;
}

function fromEpoch(value: number): number | undefined {
  const ms = value < 1e11 ? value * 1000 : value < 1e14 ? value : value < 1e17 ? value / 1e3 : value / 1e6;
  return credible(Math.round(ms));
}

function credible(at: number): number | undefined {
  return at >= EARLIEST && at < LATEST ? at : undefined;
}

function offsetMs(text: string): number {
  if (text === "Z" || text === "z") return 0;
  const minutes = Number(text.slice(1, 3)) * 60 + Number(text.length > 3 ? text.slice(-2) : 0);
  return (text.startsWith("-") ? -minutes : minutes) * MINUTE;
}

/** In the hour that a clock change doubles, the one nearer to arrival. */
function fromLocal(local: number, zone: string, arrival: number): number {
  const guess = local - zoneOffset(zone, arrival);
  const there = zoneOffset(zone, guess);
  return local - there;
}

/** Offsets change on the quarter hour, so one look-up serves all messages of a quarter. */
const offsets = new Map<string, number>();

function zoneOffset(zone: string, at: number): number {
  const quarter = Math.floor(at / QUARTER);
  const key = `${zone} ${quarter}`;
  let offset = offsets.get(key);
  if (offset === undefined) {
    offset = Info.normalizeZone(zone).offset(quarter * QUARTER) * MINUTE;
    if (offsets.size > 500) offsets.clear();
    offsets.set(key, offset);
  }
  return offset;
}
