import type { EnergyRow, ReadingRow } from "./import-row";
import type { MeterReport } from "./import-report";
import { makeSteps } from "./steps";

export type GoodRow = ReadingRow | EnergyRow;

/** What one meter's rows show, in memory that does not grow with them. */
export interface MeterFindings {
  add(row: GoodRow): void;
  report(): Omit<MeterReport, "meter" | "stored">;
}

/** Rows of so many instants are remembered for finding doubles: those of rows further apart are found in the store alone. */
const REMEMBERED = 256;
/** A meter whose largest power is less has most likely said kW. */
const SMALLEST_MAX_W = 20;
const FIRST_FEW = 5;
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const REGISTERS = ["importWh", "exportWh", "volumeM3"] as const;

/** `likelyMaxW`: more than this as a mean is suspected to be a wrong unit. */
export function makeFindings(likelyMaxW: number): MeterFindings {
  const instants = new Float64Array(REMEMBERED).fill(NaN);
  const recent: GoodRow[] = [];
  const doubles = { same: 0, differing: 0 };
  const resets: MeterReport["resets"] = { count: 0, first: [] };
  const steps = makeSteps(FIRST_FEW);
  const power = { sumW: 0, count: 0, maxW: 0 };
  let rows = 0;
  let ups = 0;
  let downs = 0;
  let last: GoodRow | undefined;
  let newest: GoodRow | undefined;
  let oldest: GoodRow | undefined;
  let zeroFrom: GoodRow | undefined;
  let zeros: { from: number; to: number } | undefined;

  const isDouble = (row: GoodRow, at: number): boolean => {
    // Later than all before: it cannot be one.
    const place = newest && at <= startOf(newest) && oldest && at >= startOf(oldest) ? instants.indexOf(at) : -1;
    const before = place < 0 ? undefined : recent[place];
    if (before) doubles[isSame(before, row) ? "same" : "differing"] += 1;
    return before !== undefined;
  };

  const follow = (earlier: GoodRow, later: GoodRow): void => {
    steps.add(endOf(earlier), startOf(later), "from" in later ? 0 : startOf(later) - startOf(earlier));
    if ("from" in earlier || "from" in later) {
      if ("from" in earlier) notePower(meanOf(earlier));
      return;
    }
    const hours = (later.at - earlier.at) / HOUR_MS;
    for (const measure of REGISTERS) {
      const [before, after] = [earlier.values[measure], later.values[measure]];
      if (before === undefined || after === undefined) continue;
      if (after < before) {
        resets.count += 1;
        if (resets.first.length < FIRST_FEW) resets.first.push({ at: later.at, measure, before, after });
      } else if (measure !== "volumeM3" && later.values.powerW === undefined && hours > 1 / 60) {
        notePower((after - before) / hours);
      }
    }
  };

  const notePower = (powerW: number | undefined): void => {
    if (powerW === undefined || powerW === 0) return;
    power.sumW += Math.abs(powerW);
    power.count += 1;
    power.maxW = Math.max(power.maxW, Math.abs(powerW));
  };

  const noteZeros = (row: GoodRow): void => {
    if (!isZero(row)) zeroFrom = undefined;
    else {
      zeroFrom ??= row;
      const from = Math.min(startOf(zeroFrom), startOf(row));
      const to = Math.max(endOf(zeroFrom), endOf(row));
      if (to - from >= DAY_MS && to - from > (zeros ? zeros.to - zeros.from : 0)) zeros = { from, to };
    }
  };

  return {
    add: (row) => {
      const at = startOf(row);
      rows += 1;
      if (last && at > startOf(last)) ups += 1;
      else if (last && at < startOf(last)) downs += 1;
      last = row;
      if (!("from" in row)) notePower(row.values.powerW);
      if (isDouble(row, at)) return;
      noteZeros(row);
      instants[rows % REMEMBERED] = at;
      recent[rows % REMEMBERED] = row;
      if (newest && at > startOf(newest)) follow(newest, row);
      else if (oldest && at < startOf(oldest)) follow(row, oldest);
      if (!newest || at > startOf(newest)) newest = row;
      if (!oldest || at < startOf(oldest)) oldest = row;
    },
    report: () => {
      const { holes, stepMs } = steps.result();
      const suspectedUnit = suspect(power, likelyMaxW);
      return {
        rows,
        from: oldest ? startOf(oldest) : 0,
        to: newest ? endOf(newest) : 0,
        newestFirst: downs > ups,
        outOfOrder: Math.min(ups, downs),
        doubles,
        holes,
        ...(stepMs !== undefined && { stepMs }),
        resets,
        ...(zeros && { zeros }),
        ...(suspectedUnit && { suspectedUnit }),
      };
    },
  };
}

export function startOf(row: GoodRow): number {
  return "from" in row ? row.from : row.at;
}

export function endOf(row: GoodRow): number {
  return "from" in row ? row.to : row.at;
}

/** Whether what both say is the same. */
export function isSame(one: GoodRow, other: GoodRow): boolean {
  if ("from" in one || "from" in other) {
    if (!("from" in one && "from" in other) || one.to !== other.to) return false;
    return REGISTERS.every((measure) => (one[measure] ?? 0) === (other[measure] ?? 0));
  }
  const names = new Set([...Object.keys(one.values), ...Object.keys(other.values)]) as Set<keyof ReadingRow["values"]>;
  return [...names].every((name) => {
    const [a, b] = [one.values[name], other.values[name]];
    // A measure that only one of them says contradicts nothing.
    return a === undefined || b === undefined || a === b || JSON.stringify(a) === JSON.stringify(b);
  });
}

function isZero(row: GoodRow): boolean {
  if (!("from" in row)) return row.values.powerW === 0;
  return REGISTERS.every((measure) => !row[measure]);
}

function meanOf({ from, to, importWh, exportWh }: EnergyRow): number | undefined {
  const energyWh = (importWh ?? 0) + (exportWh ?? 0);
  return energyWh / ((to - from) / HOUR_MS);
}

/** Far too much for what it is, or so little that it could only be a thousandth. */
function suspect(
  power: { sumW: number; count: number; maxW: number },
  likelyMaxW: number,
): MeterReport["suspectedUnit"] {
  if (power.count < 10) return undefined;
  const meanW = power.sumW / power.count;
  if (meanW > likelyMaxW) return { factor: 0.001, meanW, maxW: power.maxW };
  return power.maxW < SMALLEST_MAX_W ? { factor: 1000, meanW, maxW: power.maxW } : undefined;
}
