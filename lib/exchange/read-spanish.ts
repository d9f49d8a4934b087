import { nextOf, startOf } from "../energy/calendar";
import { tableRows } from "./csv-table";
import { badRow, shown, type BadRow, type ImportRow } from "./import-row";
import { makeLocalClock, type LocalClock } from "./local-clock";
import type { ImportMapping } from "./mapping";
import { makeStampReader } from "./stamp-reader";
import { makeValueReader, type ValueReader } from "./value-reader";

const MINUTE_MS = 60_000;
const DAY_MINUTES = 1440;
/** A file that says one date for ever is read in parts. */
const MOST_IN_A_DAY = 50_000;

interface DayRow {
  readonly line: number;
  readonly cells: readonly string[];
  readonly meter: string | undefined;
  /** Which step of the day, from 1. */
  readonly label: number;
}

/**
 * What Spanish distributors and Datadis hand out: a date, and the hour (or quarter) that ended, `1` to `24` or `01:00` to `24:00`.
 * A day of 23 or 25 hours is counted through (to 23, to 25) by some and labelled by the clock by others: the labels of the whole day tell.
 */
export async function* readSpanish(text: AsyncIterable<string>, mapping: ImportMapping): AsyncGenerator<ImportRow[]> {
  const { timeColumn = 1, timeOfDayColumn = 2, meterColumn, zone } = mapping;
  const stepMinutes = typeof mapping.stepMinutes === "number" ? mapping.stepMinutes : 60;
  const midnight = makeStampReader(mapping.dateFormat, zone);
  const place = makePlacing(zone, stepMinutes, makeValueReader(mapping));
  let isHeader = mapping.header;
  let date = "";
  let day: DayRow[] = [];
  // What cannot be read waits with its day, so that lines stay in order.
  let waiting: BadRow[] = [];

  const endDay = (out: ImportRow[]): void => {
    const found: ImportRow[] = waiting;
    const start = midnight(date, {});
    for (const rows of Map.groupBy(day, ({ meter }) => meter).values()) {
      if (typeof start === "number") place(found, rows, startOf("day", start, zone));
      else for (const { line } of rows) found.push(badRow(line, start, { text: shown(date), zone }));
    }
    for (const row of found.sort((a, b) => a.line - b.line)) out.push(row);
    day = [];
    waiting = [];
  };

  const add = (out: ImportRow[], line: number, cells: readonly string[]): void => {
    const [written, hour] = [cells[timeColumn]?.trim(), cells[timeOfDayColumn]?.trim()];
    if (written === undefined || hour === undefined) {
      waiting.push(badRow(line, "too-few-columns", { columns: cells.length }));
      return;
    }
    if (written !== date || day.length >= MOST_IN_A_DAY) endDay(out);
    date = written;
    const meter = (meterColumn === undefined ? undefined : cells[meterColumn]?.trim()) || mapping.meter;
    const label = labelOf(hour, stepMinutes);
    if (label === undefined) waiting.push(badRow(line, "bad-hour", { text: shown(hour) }));
    else day.push({ line, cells, meter, label });
  };

  for await (const { rows, lines, bad } of tableRows(text, mapping)) {
    const out: ImportRow[] = [];
    waiting.push(...bad);
    for (const [index, cells] of rows.entries()) {
      if (isHeader) isHeader = false;
      else if (cells.length > 1 || cells[0]?.trim()) add(out, lines[index] ?? 0, cells);
    }
    yield out;
  }
  const out: ImportRow[] = [];
  endDay(out);
  yield out;
}

/** `7`, `07:00` or `07:00:00`. */
function labelOf(text: string, stepMinutes: number): number | undefined {
  const match = /^(\d{1,3})(?::(\d\d)(?::00)?)?$/.exec(text);
  if (!match) return undefined;
  const [, first, minutes] = match;
  const label = minutes === undefined ? Number(first) : (Number(first) * 60 + Number(minutes)) / stepMinutes;
  return Number.isInteger(label) && label > 0 ? label : undefined;
}

/** Puts the rows of one meter's day where they belong. */
function makePlacing(zone: string, stepMinutes: number, values: ValueReader) {
  const stepMs = stepMinutes * MINUTE_MS;
  const usual = DAY_MINUTES / stepMinutes;
  const clock = makeLocalClock(zone);

  return (out: ImportRow[], rows: readonly DayRow[], start: number): void => {
    const steps = (nextOf("day", start, zone) - start) / stepMs;
    const noon = new Date(start + 12 * 3_600_000);
    const localStart = Date.UTC(noon.getUTCFullYear(), noon.getUTCMonth(), noon.getUTCDate());
    const local = (label: number): number => localStart + (label - 1) * stepMs;
    const byClock = steps !== usual && isByClock(rows, steps, usual, (label) => exists(clock, local(label)));
    const trail = {};
    for (const { line, cells, meter, label } of rows) {
      const from = byClock ? clock.instantOf(local(label), trail) : start + (label - 1) * stepMs;
      if (label > (byClock ? usual : steps)) out.push(badRow(line, "bad-hour", { text: label }));
      else if (from === undefined) out.push(badRow(line, "no-such-time", { text: label, zone }));
      else values(out, line, cells, meter, { at: from, span: [from, from + stepMs] });
    }
  };
}

function exists(clock: LocalClock, local: number): boolean {
  return clock.instantOf(local, {}) !== undefined;
}

/** Whether the labels of a day that is shorter or longer than usual are those of its clock. */
function isByClock(rows: readonly DayRow[], steps: number, usual: number, isReal: (label: number) => boolean): boolean {
  const labels = new Set(rows.map(({ label }) => label));
  const last = Math.max(...labels);
  if (steps > usual) return last === usual || (last < usual && labels.size < rows.length);
  if (last > steps) return true;
  const jumped = Array.from({ length: usual }, (_, index) => index + 1).filter((label) => !isReal(label));
  return last > Math.max(...jumped) && labels.size > 1 && jumped.every((label) => !labels.has(label));
}
