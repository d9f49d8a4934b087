import { writtenScale, type Scale } from "../meters/units";
import { scale } from "../meters/numbers";
import { badRow, energyRow, type ImportRow } from "./import-row";

/** One row of Home Assistant's statistics: an hour (or five minutes) that began at `at`. */
export interface Statistic {
  readonly id: string;
  readonly unit: string;
  /** Epoch ms. */
  readonly at: number;
  readonly sum?: number | undefined;
  readonly state?: number | undefined;
  readonly mean?: number | undefined;
}

const MAX_SUMS = 10_000;

/**
 * What statistics say: mean power from when their hour began, and the energy or volume by which the sum rose since the row before;
 * the first row of a sum says only where it starts. Without a sum, the state is a register as it stood at the hour's end.
 */
export function makeStatistics(stepMs: number): (out: ImportRow[], line: number, row: Statistic) => void {
  const sums = new Map<string, { readonly end: number; readonly sum: number }>();

  return (out, line, { id: meter, unit, at, sum, state, mean }) => {
    const written = writtenScale(unit);
    if (!written) return void out.push(badRow(line, "unit-unknown", { meter, unit }));
    if (written.quantity === "power") {
      const powerW = scaled(mean ?? state, written);
      if (powerW !== undefined) out.push({ line, meter, at, values: { powerW } });
      return;
    }
    const measure = written.quantity === "energy" ? "importWh" : "volumeM3";
    const end = at + stepMs;
    const before = sums.get(meter);
    const total = scaled(sum, written);
    if (total === undefined) {
      const register = scaled(state, written);
      if (register !== undefined) out.push({ line, meter, at: end, values: { [measure]: register } });
      return;
    }
    if (sums.size >= MAX_SUMS) sums.clear();
    sums.set(meter, { end, sum: total });
    if (!before || before.end >= end) return;
    const rise = scale(total - before.sum, 1) ?? 0;
    out.push(energyRow(line, meter, [before.end, end], measure, rise));
  };
}

function scaled(number: number | undefined, { factor }: Scale): number | undefined {
  return number === undefined ? undefined : scale(number, factor);
}
