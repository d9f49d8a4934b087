import { MEASURES, type Measure } from "./measures";
import type { Reading } from "./reading";

type Values = Partial<Pick<Reading, Measure>>;

/** A reading as it is kept: which of its measures came from an import decides who wins when two differ. */
export interface Kept {
  readonly values: Values;
  readonly imported: ReadonlySet<Measure>;
}

/** A value that lost against another one for the same meter and instant: it goes to quarantine. */
export interface Loser {
  /** `powerW`, `electrical.phases.L1.voltageV`, … */
  readonly path: string;
  readonly value: number | string;
}

export interface Merged extends Kept {
  readonly losers: readonly Loser[];
}

export function toKept(reading: Reading): Kept {
  const said = MEASURES.filter((measure) => reading[measure] !== undefined);
  return {
    values: Object.fromEntries(said.map((measure) => [measure, reading[measure]])),
    imported: new Set(reading.source === "imported" ? said : []),
  };
}

/**
 * Two readings of one meter and instant as one. Field by field: live beats imported, else the larger register or the
 * larger |power| wins. Commutative, associative and idempotent, so the result never depends on the order of arrival.
 */
export function mergeKept(a: Kept, b: Kept): Merged {
  const values: Record<string, unknown> = {};
  const imported = new Set<Measure>();
  const losers: Loser[] = [];

  for (const measure of MEASURES) {
    const [x, y] = [a.values[measure], b.values[measure]];
    const [xImported, yImported] = [a.imported.has(measure), b.imported.has(measure)];
    if (x === undefined && y === undefined) continue;

    if (y === undefined || (x !== undefined && xImported !== yImported && yImported)) values[measure] = x;
    else if (x === undefined || xImported !== yImported) values[measure] = y;
    else values[measure] = mergeValue(measure, x, y, losers);

    const bothSay = x !== undefined && y !== undefined;
    if (bothSay && xImported !== yImported) collectDiffering(measure, values[measure], xImported ? x : y, losers);
    if ((x === undefined || xImported) && (y === undefined || yImported)) imported.add(measure);
  }
  return { values, imported, losers };
}

function mergeValue(path: string, a: unknown, b: unknown, losers: Loser[]): unknown {
  if (Array.isArray(a) && Array.isArray(b)) return mergeRegisters(path, a, b, losers);
  if (isRecord(a) && isRecord(b)) {
    const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
    return Object.fromEntries(keys.map((key) => [key, mergeOptional(`${path}.${key}`, a[key], b[key], losers)]));
  }
  if (a === b) return a;
  const aWins = typeof a === "number" && typeof b === "number" ? beats(a, b) : String(a) > String(b);
  losers.push({ path, value: (aWins ? b : a) as number | string });
  return aWins ? a : b;
}

function mergeOptional(path: string, a: unknown, b: unknown, losers: Loser[]): unknown {
  if (a === undefined) return b;
  if (b === undefined) return a;
  return mergeValue(path, a, b, losers);
}

/** The meter's own tariff registers, matched by name. */
function mergeRegisters(path: string, a: readonly unknown[], b: readonly unknown[], losers: Loser[]): unknown[] {
  const byName = new Map<string, unknown>();
  for (const register of [...a, ...b]) {
    const name = isRecord(register) ? String(register.name) : "";
    byName.set(name, mergeOptional(`${path}.${name}`, byName.get(name), register, losers));
  }
  return [...byName.entries()].sort(([x], [y]) => (x < y ? -1 : 1)).map(([, register]) => register);
}

function collectDiffering(path: string, winner: unknown, loser: unknown, losers: Loser[]): void {
  if (isRecord(loser)) {
    const against = isRecord(winner) ? winner : {};
    for (const [key, value] of Object.entries(loser)) collectDiffering(`${path}.${key}`, against[key], value, losers);
  } else if (loser !== winner && (typeof loser === "number" || typeof loser === "string")) {
    losers.push({ path, value: loser });
  }
}

const beats = (a: number, b: number): boolean => (Math.abs(a) === Math.abs(b) ? a > b : Math.abs(a) > Math.abs(b));

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;
