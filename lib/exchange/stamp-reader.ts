import { DateTime } from "luxon";
import { makeLocalClock, type Trail } from "./local-clock";
import { compilePattern } from "./stamp-pattern";

export type StampFault = "bad-time" | "no-such-time";
/** The instant of a stamp, epoch ms, or what is wrong with it. `trail` is what its meter said before. */
export type StampReader = (text: string, trail: Trail) => number | StampFault;

/** A wall-clock time as if it were UTC; `offsetMs` where the stamp says its own. */
export interface Wall {
  readonly local: number;
  readonly offsetMs?: number;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const EARLIEST = Date.parse("0001-01-01");
const LATEST = Date.parse("9999-01-01");
const EPOCH_UNITS: Readonly<Record<string, number>> = {
  "epoch-s": 1000,
  "epoch-ms": 1,
  "epoch-us": 1e-3,
  "epoch-ns": 1e-6,
};
/** A time in nanoseconds is no exact number: its milliseconds are read by themselves. */
const NANOS = /^(\d{1,15})(\d{6})$/;

/** Reads stamps of one format (see `ImportMapping.dateFormat`) on the wall clock of `zone`. */
export function makeStampReader(dateFormat: string, zone: string): StampReader {
  if (isEpoch(dateFormat)) return (text) => readEpoch(text, dateFormat);
  const clock = makeLocalClock(zone);
  if (dateFormat === "iso") {
    return (text, trail) => {
      if (!readIso(text.trim())) return "bad-time";
      if (iso.offsetMs === undefined) return clock.instantOf(iso.local, trail) ?? "no-such-time";
      return iso.local - iso.offsetMs;
    };
  }
  const parse = compilePattern(dateFormat) ?? namedPattern(dateFormat);
  return (text, trail) => {
    const wall = parse(text.trim());
    if (!wall) return "bad-time";
    if (wall.offsetMs !== undefined) return wall.local - wall.offsetMs;
    return clock.instantOf(wall.local, trail) ?? "no-such-time";
  };
}

/** Milliseconds since 1970 of a date and time of day, or nothing where the calendar has none such; 24:00 is the next day's 0:00. */
export function wallOf(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
  ms: number,
): number | undefined {
  if (month < 1 || month > 12 || day < 1 || minute > 59 || second > 59) return undefined;
  if (hour > 24 || (hour === 24 && minute + second + ms > 0)) return undefined;
  if (day > 28 && day > new Date(Date.UTC(year, month, 0)).getUTCDate()) return undefined;
  return dayStart(year, month, day) + hour * 3_600_000 + minute * MINUTE_MS + second * 1000 + ms;
}

let lastDate = NaN;
let lastStart = 0;

function dayStart(year: number, month: number, day: number): number {
  const date = year * 10_000 + month * 100 + day;
  if (date !== lastDate) {
    lastDate = date;
    lastStart = Date.UTC(year, month - 1, day);
  }
  return lastStart;
}

export function isEpoch(dateFormat: string): boolean {
  return dateFormat in EPOCH_UNITS;
}

/** The instant of so many units since 1970; nothing beyond the years that we know. */
export function epochInstant(units: number, dateFormat: string): number | undefined {
  return known(Math.round(units * (EPOCH_UNITS[dateFormat] ?? NaN)));
}

/** The same of a time in nanoseconds, whose last six digits come apart: all in one they would be no exact number. */
export function nanoInstant(ms: number, nanos: number): number | undefined {
  return known(ms + Math.round(nanos * 1e-6));
}

const known = (at: number): number | undefined => (at >= EARLIEST && at < LATEST ? at : undefined);

function readEpoch(text: string, dateFormat: string): number | StampFault {
  if (text.trim() === "") return "bad-time";
  const [, ms, nanos] = dateFormat === "epoch-ns" ? (NANOS.exec(text) ?? []) : [];
  const at = ms === undefined ? epochInstant(Number(text), dateFormat) : nanoInstant(Number(ms), Number(nanos));
  return at ?? "bad-time";
}

/** What `readIso` found: one object for all rows, for speed. */
const iso: { local: number; offsetMs: number | undefined } = { local: 0, offsetMs: undefined };

/** ISO 8601 as programs write it: `2024-03-31T02:00:00.000+01:00`, a blank for the T, seconds and time left out; also `2024/03/31`. */
function readIso(text: string): boolean {
  const length = text.length;
  if (length < 10 || length > 40) return false;
  const separator = text.charCodeAt(4);
  if ((separator !== 45 && separator !== 47) || text.charCodeAt(7) !== separator) return false;
  const year = pair(text, 0) * 100 + pair(text, 2);
  let index = 10;
  let hour = 0;
  let minute = 0;
  let second = 0;
  let ms = 0;
  if (length > 10) {
    const between = text.charCodeAt(10);
    if ((between !== 84 && between !== 32 && between !== 116) || text.charCodeAt(13) !== 58) return false;
    hour = pair(text, 11);
    minute = pair(text, 14);
    index = 16;
    if (text.charCodeAt(16) === 58) {
      second = pair(text, 17);
      index = 19;
      const point = text.charCodeAt(19);
      if (point === 46 || point === 44) {
        const from = 20;
        index = from;
        while (isDigit(text.charCodeAt(index))) index += 1;
        if (index === from) return false;
        ms = Math.trunc(Number(`0.${text.slice(from, index)}`) * 1000 + 1e-6);
      }
    }
  }
  const local = wallOf(year, pair(text, 5), pair(text, 8), hour, minute, second, ms);
  // A pair that is no number makes the whole none.
  if (local === undefined || Number.isNaN(local)) return false;
  iso.local = local;
  iso.offsetMs = undefined;
  if (index === length) return true;
  iso.offsetMs = offsetAt(text, index);
  return iso.offsetMs !== undefined;
}

/** `Z`, `+01`, `+0100` or `+01:00` from `index` to the end, a blank before it allowed. */
function offsetAt(text: string, index: number): number | undefined {
  const start = text.charCodeAt(index) === 32 ? index + 1 : index;
  const sign = text.charCodeAt(start);
  const left = text.length - start;
  if (sign === 90 || sign === 122) return left === 1 ? 0 : undefined;
  if (sign !== 43 && sign !== 45) return undefined;
  const colon = text.charCodeAt(start + 3) === 58;
  if (left !== 3 && left !== (colon ? 6 : 5)) return undefined;
  const minutes = pair(text, start + 1) * 60 + (left === 3 ? 0 : pair(text, text.length - 2));
  if (Number.isNaN(minutes)) return undefined;
  return (sign === 45 ? -minutes : minutes) * MINUTE_MS;
}

function pair(text: string, index: number): number {
  const tens = text.charCodeAt(index);
  const ones = text.charCodeAt(index + 1);
  return isDigit(tens) && isDigit(ones) ? (tens - 48) * 10 + ones - 48 : NaN;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

/** A pattern with names of months or days: Luxon reads it, in English or Spanish. Slow, and days last long in such files. */
function namedPattern(pattern: string): (text: string) => Wall | undefined {
  return (text) => {
    for (const locale of ["en-US", "es-ES"]) {
      const read = DateTime.fromFormat(text, pattern, { zone: "utc", locale });
      if (read.isValid && Math.abs(read.toMillis()) < 1e5 * DAY_MS) return { local: read.toMillis() };
    }
    return undefined;
  };
}
