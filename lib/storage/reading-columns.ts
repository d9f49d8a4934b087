import { MEASURES } from "../energy/measures";
import type { Loser } from "../energy/merge";
import type { ChunkColumns } from "./chunk";
import type { EnergyRow } from "./hot-readings";
import { SAID, SAYS_MORE, type ReadingTable } from "./schema";
import { inOneOrder } from "./stored-readings";

/**
 * Imported readings of one meter, column by column: they cross to another thread as fast as memory is copied, and are packed as they
 * are. NaN where a measure was not said; a column is absent where it never was.
 */
export interface ReadingColumns extends Omit<ChunkColumns, "imported"> {
  /** The meter's key. */
  readonly meter: string;
}

export interface LoadStore {
  /**
   * Keeps an import's readings, to the same effect as appending them. Durable when it resolves; where it rejects, with `storage-busy` or
   * `storage-failed`, some may be kept, and the same again does no harm.
   */
  load(columns: readonly ReadingColumns[]): Promise<void>;
}

/** The measures that have no column, which come after those that have one. */
const OTHERS = MEASURES.map((measure, bit) => ({ measure, bit })).slice(SAID.length);

/** The same in time order, one reading an instant: what stands twice is merged. */
export function inTimeOrder(columns: ReadingColumns, onLoser: (at: number, loser: Loser) => void): ReadingColumns {
  const { at, meter } = columns;
  for (let index = 1; index < at.length; index += 1) {
    if ((at[index] ?? NaN) <= (at[index - 1] ?? NaN))
      return { meter, ...toColumns(inOneOrder(rowsOf(columns), [], onLoser)) };
  }
  return columns;
}

export function slice(columns: ReadingColumns, start: number, end: number): ReadingColumns {
  const { meter, at, more } = columns;
  const own = SAID.flatMap((name) => {
    const values = columns[name];
    return values ? [[name, values.subarray(start, end)] as const] : [];
  });
  return {
    ...{ meter, at: at.subarray(start, end), ...Object.fromEntries(own) },
    ...(more && { more: more.slice(start, end) }),
  };
}

/** The index of the first that is at or after an instant; they are in time order. */
export function firstFrom({ at }: Pick<ReadingColumns, "at">, instant: number): number {
  let low = 0;
  for (let high = at.length; low < high;) {
    const middle = (low + high) >> 1;
    if ((at[middle] ?? NaN) < instant) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** As rows of the meter with this number. */
export function rowsOf(columns: ReadingColumns, meter = 0): ReadingTable[] {
  const { at, powerW, importWh, exportWh, volumeM3, more } = columns;
  const imported = importedBits(columns);
  return Array.from(at, (instant, index) => ({
    at: instant,
    meter,
    powerW: valueAt(powerW, index),
    importWh: valueAt(importWh, index),
    exportWh: valueAt(exportWh, index),
    volumeM3: valueAt(volumeM3, index),
    more: more?.[index] ?? null,
    imported: imported[index] ?? 0,
  }));
}

/** Adds to `rows` what energy is made of, and nothing that was not said. */
export function addEnergyRows(rows: EnergyRow[], columns: Omit<ReadingColumns, "meter">): void {
  const { at, powerW, importWh, exportWh, volumeM3, more } = columns;
  for (let index = 0; index < at.length; index += 1) {
    const row: { -readonly [Key in keyof EnergyRow]: EnergyRow[Key] } = { at: at[index] ?? NaN };
    const power = powerW?.[index];
    const imported = importWh?.[index];
    const exported = exportWh?.[index];
    const volume = volumeM3?.[index];
    if (isSaid(power)) row.powerW = power;
    if (isSaid(imported)) row.importWh = imported;
    if (isSaid(exported)) row.exportWh = exported;
    if (isSaid(volume)) row.volumeM3 = volume;
    const text = more?.[index] ?? null;
    if (text !== null) row.more = text;
    rows.push(row);
  }
}

const isSaid = (value: number | undefined): value is number => value !== undefined && value === value;

/** The same of rows of a table. */
export function energyRowOf({ at, powerW, importWh, exportWh, volumeM3, more }: ReadingTable): EnergyRow {
  return {
    at,
    ...(powerW !== null && { powerW }),
    ...(importWh !== null && { importWh }),
    ...(exportWh !== null && { exportWh }),
    ...(volumeM3 !== null && { volumeM3 }),
    ...(more !== null && { more }),
  };
}

/** The bits of a chunk's `says`. */
export function saysOf(columns: ReadingColumns): number {
  const { more } = columns;
  return SAID.reduce(
    (bits, name, bit) => (columns[name]?.some((value) => value === value) ? bits | (1 << bit) : bits),
    more?.some((text) => text !== null) ? SAYS_MORE : 0,
  );
}

/** All that is said is imported: bit n for measure n of MEASURES. */
export function importedBits(columns: ReadingColumns): Float64Array {
  const bits = new Float64Array(columns.at.length);
  SAID.forEach((name, bit) => {
    const values = columns[name];
    if (!values) return;
    for (let index = 0; index < bits.length; index += 1) {
      const value = values[index];
      if (value === value) bits[index] = (bits[index] ?? 0) | (1 << bit);
    }
  });
  columns.more?.forEach((text, index) => {
    if (text === null) return;
    const said = JSON.parse(text) as object;
    for (const { measure, bit } of OTHERS) if (measure in said) bits[index] = (bits[index] ?? 0) | (1 << bit);
  });
  return bits;
}

function toColumns(rows: readonly ReadingTable[]): Omit<ReadingColumns, "meter"> {
  const own = SAID.filter((name) => rows.some((row) => row[name] !== null)).map(
    (name) => [name, Float64Array.from(rows, (row) => row[name] ?? NaN)] as const,
  );
  return {
    ...{ at: Float64Array.from(rows, ({ at }) => at), ...Object.fromEntries(own) },
    ...(rows.some(({ more }) => more !== null) && { more: rows.map(({ more }) => more) }),
  };
}

function valueAt(column: Float64Array | undefined, index: number): number | null {
  const value = column?.[index];
  return isSaid(value) ? value : null;
}
