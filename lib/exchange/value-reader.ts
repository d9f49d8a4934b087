import type { Electrical } from "../energy/reading";
import { scaleOf } from "../meters/units";
import { scale } from "../meters/numbers";
import { badRow, energyRow, shown, type EnergyMeasure, type ImportRow, type ImportValues } from "./import-row";
import type { ColumnMeasure, ImportMapping, ValueColumn } from "./mapping";
import { numberIn } from "./number-text";

const ELECTRICAL: ReadonlySet<ColumnMeasure> = new Set([
  "voltageV",
  "currentA",
  "powerFactor",
  "frequencyHz",
  "apparentVa",
  "reactiveVar",
]);
const ENERGY: ReadonlySet<ColumnMeasure> = new Set(["importWh", "exportWh", "volumeM3"]);

export interface When {
  readonly at: number;
  /** `[from, to)` of an interval, where the mapping has any. */
  readonly span: readonly [number, number];
}

/** What stands in a row's columns; a number where it was read as one. */
type Cells = readonly (string | number)[];

/** Adds to `out` what the value columns of one row say. */
export type ValueReader = (out: ImportRow[], line: number, cells: Cells, meter: string | undefined, when: When) => void;

type Writable = { -readonly [Name in keyof ImportValues]: ImportValues[Name] };

/** Reads the value columns of a mapping; an empty cell says nothing, one that is no number makes a bad row. */
export function makeValueReader({ values, decimal }: Pick<ImportMapping, "values" | "decimal">): ValueReader {
  const columns = values.map((value) => ({
    ...value,
    factor: value.unit ? scaleOf(value.unit).factor : 1,
    isElectrical: ELECTRICAL.has(value.measure),
  }));
  const intervals = columns.filter(isInterval);
  const groups = [
    ...Map.groupBy(
      columns.filter((value) => !isInterval(value)),
      ({ meter }) => meter,
    ),
  ].map(([own, group]) => ({ own, columns: group, isRegister: group.some(({ meaning }) => meaning === "register") }));

  const read = (out: ImportRow[], line: number, cells: Cells, { column, factor }: Scaled) => {
    const cell = cells[column];
    if (cell === undefined) return void out.push(badRow(line, "too-few-columns", { columns: cells.length }));
    const number = typeof cell === "number" ? cell : numberIn(cell, decimal);
    if (number === undefined) return undefined;
    const scaled = factor === 1 ? number : scale(number, factor);
    if (scaled !== undefined && scaled === scaled) return scaled;
    return void out.push(badRow(line, "bad-number", { text: shown(String(cell)), column: column + 1 }));
  };

  return (out, line, cells, meter, when) => {
    for (const { own, columns: group, isRegister } of groups) {
      const said = valuesOf(out, line, cells, group);
      if (!said) continue;
      // A mean power holds from when its interval began; a register stood so at the stamp.
      const at = isRegister ? when.at : when.span[0];
      const of = own ?? meter;
      out.push(of === undefined ? { line, at, values: said } : { line, meter: of, at, values: said });
    }
    for (const value of intervals) {
      const amount = read(out, line, cells, value);
      if (amount === undefined) continue;
      out.push(energyRow(line, value.meter ?? meter, when.span, value.measure as EnergyMeasure, amount));
    }
  };

  function valuesOf(out: ImportRow[], line: number, cells: Cells, group: readonly Scaled[]): ImportValues | undefined {
    let said: Writable | undefined;
    let electrical: Record<string, number> | undefined;
    for (const value of group) {
      const number = read(out, line, cells, value);
      if (number === undefined) continue;
      said ??= {};
      if (value.isElectrical) (electrical ??= {})[value.measure] = number;
      else said[value.measure as ScalarMeasure] = number;
    }
    if (said && electrical) said.electrical = electrical;
    return said;
  }
}

type Scaled = ValueColumn & { readonly factor: number; readonly isElectrical: boolean };
type ScalarMeasure = Exclude<ColumnMeasure, keyof Electrical>;

function isInterval({ meaning, measure }: ValueColumn): boolean {
  return meaning === "interval" && ENERGY.has(measure);
}
