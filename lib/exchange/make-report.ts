import type { BadRow, ImportErrorKey, ImportRow } from "./import-row";
import type { ImportReport } from "./import-report";
import { endOf, isSame, makeFindings, startOf, type GoodRow, type MeterFindings } from "./meter-findings";

/** What is kept already. */
export interface StoredRows {
  /** The readings and intervals of `meter` that begin in `[from, to)`, epoch ms; asked for an hour at most, or a little more. */
  existing(meter: string, from: number, to: number): Promise<readonly GoodRow[]>;
}

export interface ReportOptions {
  /** Whose rows they are where the file does not say. */
  readonly meter?: string;
  /** The most that a meter of this site draws: more is suspected to be a wrong unit. */
  readonly likelyMaxW?: number;
}

export interface Report {
  /** Takes rows in the order of their file; waits while the store is asked. */
  add(rows: readonly ImportRow[]): Promise<void>;
  done(): Promise<ImportReport>;
}

interface Meter {
  readonly findings: MeterFindings;
  readonly stored: { same: number; differing: number };
  /** Not yet looked up. */
  waiting: GoodRow[];
}

const MAX_METERS = 2_000;
/** Rows that wait to be looked up: of one meter, and of all. */
const WAITING = 2_048;
const ALL_WAITING = 50_000;
const ASKED_MS = 3_600_000;
const FIRST_LINES = 5;
const LIKELY_MAX_W = 50_000;

/** Says what an import would do, and does nothing. Memory is bounded for each meter. */
export function makeReport(
  store: StoredRows,
  { meter: unnamed = "", likelyMaxW = LIKELY_MAX_W }: ReportOptions = {},
): Report {
  const meters = new Map<string, Meter>();
  const errors = new Map<ImportErrorKey, { count: number; lines: number[] }>();
  let rows = 0;
  let rowsOfMoreMeters = 0;
  let allWaiting = 0;

  const addError = ({ line, error: { key } }: BadRow): void => {
    const told = errors.get(key) ?? { count: 0, lines: [] };
    errors.set(key, told);
    told.count += 1;
    if (told.lines.length < FIRST_LINES) told.lines.push(line);
  };

  const meterOf = (name: string): Meter | undefined => {
    let meter = meters.get(name);
    if (!meter && meters.size < MAX_METERS) {
      meter = { findings: makeFindings(likelyMaxW), stored: { same: 0, differing: 0 }, waiting: [] };
      meters.set(name, meter);
    }
    return meter;
  };

  const lookUp = async (name: string, meter: Meter): Promise<void> => {
    const waiting = meter.waiting.sort((a, b) => startOf(a) - startOf(b));
    meter.waiting = [];
    allWaiting -= waiting.length;
    for (const group of hours(waiting)) {
      const [first, last] = [group[0], group.at(-1)];
      if (!first || !last) continue;
      const kept = await store.existing(name, startOf(first), startOf(last) + 1);
      const byInstant = new Map(kept.map((row) => [`${startOf(row)} ${endOf(row)}`, row]));
      for (const row of group) {
        const same = byInstant.get(`${startOf(row)} ${endOf(row)}`);
        if (same) meter.stored[isSame(same, row) ? "same" : "differing"] += 1;
      }
    }
  };

  const lookUpAll = async (): Promise<void> => {
    for (const [name, meter] of meters) await lookUp(name, meter);
  };

  return {
    add: async (added) => {
      for (const row of added) {
        rows += 1;
        if ("error" in row) {
          addError(row);
          continue;
        }
        const name = row.meter ?? unnamed;
        const meter = meterOf(name);
        if (!meter) {
          rowsOfMoreMeters += 1;
          continue;
        }
        meter.findings.add(row);
        meter.waiting.push(row);
        allWaiting += 1;
        if (meter.waiting.length >= WAITING) await lookUp(name, meter);
        if (allWaiting >= ALL_WAITING) await lookUpAll();
      }
    },
    done: async () => {
      await lookUpAll();
      return {
        rows,
        meters: [...meters].map(([meter, { findings, stored }]) => ({ meter, stored, ...findings.report() })),
        rowsOfMoreMeters,
        errors: [...errors].map(([key, told]) => ({ key, ...told })),
      };
    },
  };
}

/** Rows in stretches of an hour at most, so that a store with a reading a second is never asked for months of them. */
function* hours(rows: readonly GoodRow[]): Generator<readonly GoodRow[]> {
  let begin = 0;
  for (let index = 1; index <= rows.length; index += 1) {
    const [first, row] = [rows[begin], rows[index]];
    if (first && row && startOf(row) - startOf(first) < ASKED_MS) continue;
    yield rows.slice(begin, index);
    begin = index;
  }
}
