import type { Reading } from "../energy/reading";
import { EnergyError } from "../errors";
import type { ImportErrorKey, ImportRow, ReadingRow } from "../exchange/import-row";
import type { ImportTally } from "../exchange/import-state";
import type { ImportMapping } from "../exchange/mapping";
import type { IntervalEnergy } from "../storage/correction-store";
import { LONGEST_INTERVAL_MS } from "../storage/given-energy";
import type { ReadingColumns } from "../storage/reading-columns";
import { makeColumns, type ColumnsMaker } from "./make-columns";
import type { Meters } from "./site";

/** What is stored at once of a file, in whole lines. */
export interface ImportBatch {
  /** Throws `invalid-query` where nobody says whose row it is. */
  add(row: ImportRow): void;
  /** Rows so far. */
  readonly rows: number;
  readonly intervals: readonly IntervalEnergy[];
  /** Readings that say their meter's serial number. */
  readonly serials: readonly Reading[];
  /** All other readings. */
  columns(): ReadingColumns[];
  /** What has become of the rows, together with those before. */
  tally(before: ImportTally): ImportTally;
}

const FIRST_LINES = 5;
const [FIRST_YEAR, LAST_YEAR] = [Date.parse("0001-01-01"), Date.parse("9999-01-01")];

export function makeImportBatch(mapping: ImportMapping, meters: Meters): ImportBatch {
  /** By meter; nothing of a name that is no meter's. */
  const makers = new Map<string, ColumnsMaker | undefined>();
  const intervals: IntervalEnergy[] = [];
  const serials: Reading[] = [];
  const errors = new Map<ImportErrorKey, { count: number; lines: number[] }>();
  let rows = 0;
  let readings = 0;

  const refuse = (line: number, key: ImportErrorKey): void => {
    const told = errors.get(key) ?? { count: 0, lines: [] };
    errors.set(key, told);
    told.count += 1;
    if (told.lines.length < FIRST_LINES && told.lines.at(-1) !== line) told.lines.push(line);
  };
  const makerOf = (meter: string): ColumnsMaker | undefined => {
    const known = makers.get(meter);
    if (known || makers.has(meter)) return known;
    const maker = isNameable(meter, meters) ? makeColumns(meter) : undefined;
    makers.set(meter, maker);
    return maker;
  };
  const addReading = (maker: ColumnsMaker, { at, values }: ReadingRow): void => {
    readings += 1;
    if (values.serial === undefined) maker.add(Math.round(at), values);
    else serials.push({ ...values, meter: maker.meter, at: Math.round(at), source: "imported" });
  };

  return {
    get rows() {
      return rows;
    },
    intervals,
    serials,
    add: (row) => {
      rows += 1;
      if ("error" in row) {
        refuse(row.line, row.error.key);
        return;
      }
      const meter = row.meter ?? mapping.meter;
      if (meter === undefined)
        throw new EnergyError("invalid-query", "the file does not say whose rows they are: name the meter", {
          field: "meter",
        });
      const maker = makerOf(meter);
      if (!maker) refuse(row.line, "bad-value");
      else if ("from" in row) {
        const { line, ...interval } = row;
        if (isInterval(interval)) intervals.push({ ...interval, meter });
        else refuse(line, "bad-value");
      } else if (isReading(row)) addReading(maker, row);
      else refuse(row.line, "bad-value");
    },
    columns: () => [...makers.values()].flatMap((maker) => (maker && maker.count > 0 ? [maker.take()] : [])),
    tally: (before) => {
      const all = new Map(before.errors.map(({ key, count, lines }) => [key, { count, lines: [...lines] }]));
      for (const [key, { count, lines }] of errors) {
        const told = all.get(key) ?? { count: 0, lines: [] };
        const more = lines.filter((line) => line !== told.lines.at(-1));
        all.set(key, { count: told.count + count, lines: [...told.lines, ...more].slice(0, FIRST_LINES) });
      }
      return {
        rows: before.rows + rows,
        readings: before.readings + readings,
        intervals: before.intervals + intervals.length,
        errors: [...all].map(([key, told]) => ({ key, ...told })),
      };
    },
  };
}

/** A meter that is computed from others has nothing of its own. */
const isNameable = (meter: string, meters: Meters): boolean =>
  meter !== "" && meter.length <= 200 && meters.admits(meter) && !meters.formula(meter);

const isInstant = (at: number): boolean => at >= FIRST_YEAR && at <= LAST_YEAR;

function isReading({ at, values }: ReadingRow): boolean {
  if (!isInstant(at)) return false;
  for (const _ in values) return true;
  return false;
}

function isInterval({ from, to, importWh, exportWh, volumeM3 }: Omit<IntervalEnergy, "meter">): boolean {
  const says = importWh !== undefined || exportWh !== undefined || volumeM3 !== undefined;
  return says && isInstant(from) && isInstant(to) && from < to && to - from <= LONGEST_INTERVAL_MS;
}
