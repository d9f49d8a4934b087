import { toKept, type Kept } from "../energy/merge";
import { MEASURES, type Measure } from "../energy/measures";
import type { Reading } from "../energy/reading";
import { SAID, type ReadingTable } from "./schema";

export type ReadingRow = Pick<ReadingTable, "powerW" | "importWh" | "exportWh" | "volumeM3" | "more" | "imported">;

type Rest = Exclude<Measure, (typeof SAID)[number]>;
const REST = MEASURES.filter((measure): measure is Rest => !(SAID as readonly Measure[]).includes(measure));

/** What a reading's row holds beside its key. */
export function toRow({ values, imported }: Kept): ReadingRow {
  const more = REST.filter((measure) => values[measure] !== undefined);
  return {
    powerW: values.powerW ?? null,
    importWh: values.importWh ?? null,
    exportWh: values.exportWh ?? null,
    volumeM3: values.volumeM3 ?? null,
    more:
      more.length === 0 ? null : JSON.stringify(Object.fromEntries(more.map((measure) => [measure, values[measure]]))),
    imported: MEASURES.reduce((bits, measure, bit) => (imported.has(measure) ? bits | (1 << bit) : bits), 0),
  };
}

/** `toRow` of a reading as it comes, on the path that every reading takes. */
export function rowOf(reading: Reading): ReadingRow {
  return {
    powerW: reading.powerW ?? null,
    importWh: reading.importWh ?? null,
    exportWh: reading.exportWh ?? null,
    volumeM3: reading.volumeM3 ?? null,
    more: moreOf(reading),
    imported: reading.source === "imported" ? toRow(toKept(reading)).imported : 0,
  };
}

/** The measures that have no column, as JSON. */
export function moreOf(values: Pick<Reading, Rest>): string | null {
  let more: Record<string, unknown> | undefined;
  for (const measure of REST) {
    if (values[measure] !== undefined) more = { ...more, [measure]: values[measure] };
  }
  return more ? JSON.stringify(more) : null;
}

export function toKeptRow(row: ReadingRow): Kept {
  const values: Record<string, unknown> = row.more === null ? {} : (JSON.parse(row.more) as Record<string, unknown>);
  for (const column of SAID) if (row[column] !== null) values[column] = row[column];
  return {
    values,
    imported: new Set(MEASURES.filter((_, bit) => (row.imported & (1 << bit)) !== 0)),
  };
}

/** The reading that a row holds; `imported` only when all of it is. */
export function toReading(meter: string, at: number, row: ReadingRow): Reading {
  const { values, imported } = toKeptRow(row);
  const said = Object.keys(values).length;
  return { meter, at, ...values, source: said > 0 && imported.size === said ? "imported" : "live" };
}

/** The bits of a meter's `says`. */
export function saidBits(row: Pick<ReadingRow, (typeof SAID)[number]>): number {
  let bits = 0;
  for (let bit = 0; bit < SAID.length; bit += 1) {
    const measure = SAID[bit];
    if (measure && row[measure] !== null) bits |= 1 << bit;
  }
  return bits;
}
