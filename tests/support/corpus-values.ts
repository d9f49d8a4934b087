import { expect } from "vitest";
import type { Role } from "../../lib/energy/reading";
import type { StoredReading } from "./stored-readings";

type Values = Readonly<Record<string, number>>;
/** Values by column. */
interface Edge extends Readonly<Record<string, unknown>> {
  readonly timestamp_local: string;
}
type Reader = (of: StoredReading) => number | undefined;

/** The corpus's keys in ours, in its unit. */
const KEYS: Readonly<Record<string, Reader>> = {
  power_w: (of) => of.powerW,
  power_import_w: (of) => of.powerW,
  power_export_w: (of) => (of.powerW === undefined ? undefined : 0 - of.powerW),
  apparent_power_va: (of) => of.electrical?.apparentVa,
  energy_import_kwh: (of) => kilo(of.importWh),
  energy_export_kwh: (of) => kilo(of.exportWh),
  energy_import_tariff1_kwh: (of) => kilo(of.tariffs?.find(({ name }) => TARIFF_1.includes(name))?.importWh),
  energy_import_tariff2_kwh: (of) => kilo(of.tariffs?.find(({ name }) => TARIFF_2.includes(name))?.importWh),
  voltage_v: (of) => of.electrical?.voltageV,
  current_a: (of) => of.electrical?.currentA,
  power_factor: (of) => of.electrical?.powerFactor,
  frequency_hz: (of) => of.electrical?.frequencyHz,
};
/** As the meters call them. */
const [TARIFF_1, TARIFF_2] = [
  ["1", "HCHC"],
  ["2", "HCHP"],
];
/** Keys that are told of a meter beside the one that the entry is about. */
const OF_ROLE: Readonly<Record<string, readonly [Role, Reader]>> = {
  gas_m3: ["gas", (of) => of.volumeM3],
  water_m3: ["water", (of) => of.volumeM3],
  energy_production_kwh: ["solar", (of) => kilo(of.importWh)],
  load_power_w: ["load", (of) => of.powerW],
};
const PARTS: readonly string[] = ["grid", "load", "battery"];

/** Outside the domain, or a value as it was sent. */
const OUTSIDE: readonly string[] = [
  ...["state", "online", "energy_counter_wh", "energy_import_kwh_as_sent", "errors"],
  ...["value", "values", "humidity_pct", "series", "decoded", "quarter_hour_power_w", "month_peak_w"],
];
const STAMPS: readonly string[] = ["timestamp", "timestamp_local", "gas_timestamp", "gas_timestamp_local"];

/** The keys of an entry's expected values that a reading can carry. */
export function valueKeys(expected: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(expected).filter((key) => !OUTSIDE.includes(key) && !STAMPS.includes(key));
}

/** As the device said it: what panels produce and batteries give is positive in the corpus, and feeds the house here. */
export function asSaid(stored: StoredReading): StoredReading {
  if (stored.role !== "solar" && stored.role !== "battery") return stored;
  const { powerW, importWh, exportWh, ...rest } = stored;
  return {
    ...rest,
    ...(powerW !== undefined && { powerW: 0 - powerW }),
    ...(exportWh !== undefined && { importWh: exportWh }),
    ...(importWh !== undefined && { exportWh: importWh }),
  };
}

/** Fails unless the readings of one device say what is wanted under a key of the corpus. */
export function expectValue(key: string, wanted: unknown, said: readonly StoredReading[]): void {
  const beside = OF_ROLE[key];
  if (beside) {
    const [role, reader] = beside;
    expectClose(said.filter((one) => one.role === role).map(reader)[0], wanted, key);
  } else if (PARTS.includes(key)) {
    const own = said.filter(({ role }) => role === key);
    for (const [part, value] of Object.entries(wanted as Values)) expectValue(part, value, own);
  } else if (key === "phases") expectPhases(wanted as Record<"L1" | "L2" | "L3", Values>, said);
  else if (key === "channels") expectChannels(wanted as readonly Values[], said);
  else expectClose(together(key, said), wanted, key);
}

/** Fails unless the rows of one document are as many readings of each column, the first and the last as they are wanted. */
export function expectSeries(expected: Readonly<Record<string, unknown>>, said: readonly StoredReading[]): void {
  const edges = [expected.first, expected.last] as readonly Edge[];
  for (const [index, edge] of edges.entries()) {
    const { timestamp_local: _, ...columns } = edge;
    for (const [column, values] of Object.entries(columns) as [string, Values][]) {
      const own = said.filter(({ meter }) => meter.endsWith(`/${column}`));
      expect(own, column).toHaveLength(Number(expected.rows));
      const reading = own.at(-index);
      for (const [key, value] of Object.entries(values)) expectClose(reading && read(key, reading), value, key);
    }
  }
  const [from = NaN, to = NaN] = edges.map((edge) => Date.parse(`${edge.timestamp_local}Z`));
  expect((said.at(-1)?.at ?? 0) - (said[0]?.at ?? 0)).toBe(to - from);
}

function expectPhases(wanted: Readonly<Record<"L1" | "L2" | "L3", Values>>, said: readonly StoredReading[]): void {
  const found = said.find(({ electrical }) => electrical?.phases);
  for (const [name, phase] of Object.entries(wanted)) {
    const own = found?.electrical?.phases?.[name as keyof typeof wanted] ?? {};
    const { powerW, importWh, exportWh, ...electrical } = own;
    const whole = { powerW, importWh, exportWh, electrical } as StoredReading;
    for (const [key, value] of Object.entries(phase)) {
      // The frequency of a connection is one.
      expectClose(key === "frequency_hz" ? together(key, said) : read(key, whole), value, `${name} ${key}`);
    }
  }
}

function expectChannels(wanted: readonly Values[], said: readonly StoredReading[]): void {
  for (const [index, channel] of wanted.entries()) {
    const own = said.find(({ meter }) => meter.endsWith(`/${index + 1}`));
    for (const key of valueKeys(channel))
      expectClose(own && read(key, own), channel[key], `circuit ${index + 1} ${key}`);
  }
}

/**
 * Powers and energies add up over a device's circuits, the rest is the first that was said. Where the parts of a document have
 * roles, its power is the main part's.
 */
function together(key: string, said: readonly StoredReading[]): number | undefined {
  const ofRoles = key === "power_w" && new Set(said.map(({ role }) => role)).size > 1;
  const main = said.filter(({ meter }) => !meter.includes("/"));
  const values = (ofRoles && main.length > 0 ? main : said)
    .map((reading) => read(key, reading))
    .filter((value) => value !== undefined);
  if (values.length === 0) return undefined;
  return /power_w|kwh/.test(key) ? values.reduce((sum, value) => sum + value, 0) : values[0];
}

function read(key: string, of: StoredReading): number | undefined {
  const reader = KEYS[key];
  if (!reader) throw new Error(`the table of keys does not know ${key}`);
  return reader(of);
}

function kilo(value: number | undefined): number | undefined {
  return value === undefined ? undefined : value / 1000;
}

function expectClose(received: number | undefined, wanted: unknown, what: string): void {
  expect(received, what).toBeTypeOf("number");
  const error = Math.abs((received ?? NaN) - Number(wanted)) / Math.max(1e-3, Math.abs(Number(wanted)));
  expect(error, `${what}: ${received} for ${String(wanted)}`).toBeLessThan(1e-6);
}
