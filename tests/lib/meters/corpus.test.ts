import { existsSync, readFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { decode, type DecodedReading } from "../../../lib/meters/decode";

/** What real devices sent; lives beside the repository, is not part of it. */
const FILE = "../shared/corpus/payloads.json";

/** The corpus's keys in ours: its unit, and how to find the value. */
const KEYS: Readonly<Record<string, (of: DecodedReading) => number | undefined>> = {
  power_w: (of) => of.powerW,
  energy_import_kwh: (of) => kilo(of.importWh),
  energy_export_kwh: (of) => kilo(of.exportWh),
  // What panels produced is the import register of the role solar.
  energy_production_kwh: (of) => (of.role === "solar" ? kilo(of.importWh) : undefined),
  voltage_v: (of) => of.electrical?.voltageV,
  current_a: (of) => of.electrical?.currentA,
  power_factor: (of) => of.electrical?.powerFactor,
  frequency_hz: (of) => of.electrical?.frequencyHz,
  apparent_power_va: (of) => of.electrical?.apparentVa,
  energy_import_tariff1_kwh: (of) => kilo(of.tariffs?.find(({ name }) => name === "1")?.importWh),
  energy_import_tariff2_kwh: (of) => kilo(of.tariffs?.find(({ name }) => name === "2")?.importWh),
  // One direction that came alone: the power with its sign.
  power_import_w: (of) => of.powerW,
  power_export_w: (of) => turned(of.powerW),
  gas_m3: (of) => (of.role === "gas" ? of.volumeM3 : undefined),
  water_m3: (of) => (of.role === "water" ? of.volumeM3 : undefined),
  // The house beside its grid connection.
  load_power_w: (of) => (of.role === "load" ? of.powerW : undefined),
};

/** Parts of one document, by their role. */
const PARTS = ["grid", "load", "battery"] as const;

/** Outside the domain, or a value as it was sent. */
const OUTSIDE = new Set([
  ...["state", "energy_counter_wh", "errors", "online", "energy_import_kwh_as_sent"],
  // Values of which nothing says what they are.
  ...["value", "values", "humidity_pct"],
  // Means and peaks that the meter makes itself.
  ...["quarter_hour_power_w", "month_peak_w"],
]);
/** Compared below, each in its own way. */
const STRUCTURED = new Set<string>([
  ...["phases", "channels", "timestamp", "timestamp_local", "gas_timestamp", "gas_timestamp_local"],
  ...["series", "first", "last", "rows"],
  ...PARTS,
]);
/** Meters beside the main one: their stamps are their own. */
const BESIDE: ReadonlySet<string | undefined> = new Set(["gas", "water", "heat"]);

type Values = Record<string, number>;
interface Entry {
  id: string;
  family: string;
  device: string;
  topic: string;
  payload: string;
  role: string;
  kind: string;
  expected: Record<string, unknown> & { phases?: Record<string, Values>; channels?: Values[]; rows?: number };
}

const entries = existsSync(FILE) ? (JSON.parse(readFileSync(FILE, "utf8")) as Entry[]) : [];

describe.skipIf(entries.length === 0)("the corpus of real payloads", () => {
  const met = new Map<string, number>();

  it.each(entries.map((entry) => [`${entry.id} ${entry.family}: ${entry.device}`, entry] as const))(
    "%s",
    (_, entry) => {
      expectMet(entry);
      met.set(entry.family, (met.get(entry.family) ?? 0) + 1);
    },
  );

  afterAll(() => {
    // `CORPUS=table npm test -- tests/lib/meters/corpus`
    if (process.env.CORPUS === "table") console.log(table(met));
  });
});

function expectMet({ topic, payload, role, kind, expected }: Entry): void {
  const local = expected.timestamp_local as string | undefined;
  const arrival = local ? Date.parse(`${local}+01:00`) : Date.parse("2026-10-01T00:00:00Z");
  const decoded = decode(
    { topic: topic.replace(/<[^>]+>/g, "device1"), payload: Buffer.from(payload), at: arrival },
    { profile: "auto", zone: "+01:00" },
  );

  if (kind === "invalid") return void expect(decoded).toMatchObject({ kind: "refused" });
  if (kind === "needs-codec") {
    const detail = expect.stringMatching(/\w{4}/) as string;
    return void expect(decoded).toMatchObject({ reason: "needs-codec", detail });
  }
  const wanted = Object.keys(expected).filter((key) => !OUTSIDE.has(key));
  if (wanted.length === 0 || wanted.every((key) => key.startsWith("timestamp"))) {
    return void expect(decoded).toEqual({ kind: "nothing" });
  }
  if (decoded.kind !== "readings") return expect.fail(`decoded to ${JSON.stringify(decoded)}`);
  const { readings } = decoded;

  for (const key of wanted.filter((name) => !STRUCTURED.has(name))) {
    const said = together(key, readings);
    // There, a battery's power is what it gives; here, what it takes.
    expectClose(role === "battery" && key === "power_w" ? turned(said) : said, expected[key], key);
  }
  expectPhases(expected.phases ?? {}, readings);
  for (const [index, channel] of (expected.channels ?? []).entries()) {
    const own = readings.find((reading) => reading.channel === String(index + 1));
    for (const [key, value] of Object.entries(channel)) {
      if (!OUTSIDE.has(key)) expectClose(own && read(key, own), value, key);
    }
  }
  for (const part of PARTS) if (expected[part]) expectPart(part, expected[part] as Values, readings);
  if (expected.rows !== undefined) return expectSeries(expected, readings);

  const at = local ? arrival : expected.timestamp ? Date.parse(expected.timestamp as string) : undefined;
  for (const reading of readings.filter((one) => !BESIDE.has(one.role))) expect(reading.at).toBe(at);
  const gasLocal = expected.gas_timestamp_local as string | undefined;
  const gas = gasLocal ? `${gasLocal}+01:00` : (expected.gas_timestamp as string | undefined);
  if (gas) expect(readings.find((one) => one.role === "gas")?.at).toBe(Date.parse(gas));
}

function expectPhases(phases: Record<string, Values>, readings: readonly DecodedReading[]): void {
  const known = readings.find(({ electrical }) => electrical?.phases)?.electrical?.phases ?? {};
  for (const [name, phase] of Object.entries(phases)) {
    const { powerW, importWh, exportWh, ...electrical } = (known as Record<string, Values>)[name] ?? {};
    const asReading = { powerW, importWh, exportWh, electrical } as DecodedReading;
    for (const [key, value] of Object.entries(phase)) {
      // The frequency of a connection is one.
      const said = key === "frequency_hz" ? together(key, readings) : read(key, asReading);
      expectClose(said, value, `${name} ${key}`);
    }
  }
}

function expectPart(part: (typeof PARTS)[number], wanted: Values, readings: readonly DecodedReading[]): void {
  const own = readings.filter(({ role }) => role === part);
  const { phases, ...values } = wanted as Values & { phases?: Record<string, Values> };
  expectPhases(phases ?? {}, own);
  for (const [key, value] of Object.entries(values)) {
    const said = together(key, own);
    expectClose(part === "battery" && key === "power_w" ? turned(said) : said, value, `${part} ${key}`);
  }
}

/** Rows of one document: as many readings of each channel, the first and the last with the values that are given. */
function expectSeries({ first, last, rows = 0 }: Entry["expected"], readings: readonly DecodedReading[]): void {
  for (const [edge, index] of [
    [first, 0],
    [last, -1],
  ] as const) {
    const { timestamp_local: _, ...channels } = edge as Record<string, Values>;
    for (const [channel, values] of Object.entries(channels)) {
      const own = readings.filter((reading) => reading.channel === channel);
      expect(own).toHaveLength(rows);
      const reading = own.at(index);
      for (const [key, value] of Object.entries(values)) expectClose(reading && read(key, reading), value, key);
    }
  }
  const span = hours((last as Values).timestamp_local) - hours((first as Values).timestamp_local);
  expect(((readings.at(-1)?.at ?? 0) - (readings[0]?.at ?? 0)) / 3_600_000).toBe(span);
}

function hours(local: unknown): number {
  return Date.parse(`${String(local)}Z`) / 3_600_000;
}

function read(key: string, of: DecodedReading): number | undefined {
  const reader = KEYS[key];
  if (!reader) throw new Error(`the table of keys does not know ${key}`);
  return reader(of);
}

/**
 * Powers and energies add up over a device's circuits, the rest is the first that was said. Where the parts of a document have
 * roles, its power is the main part's.
 */
function together(key: string, readings: readonly DecodedReading[]): number | undefined {
  const main = key === "power_w" ? readings.filter(({ channel, role }) => channel === undefined && role) : [];
  const said = (main.length > 0 ? main : readings).map((one) => read(key, one)).filter((value) => value !== undefined);
  if (said.length === 0) return undefined;
  return /power_w|kwh/.test(key) ? said.reduce((total, value) => total + value, 0) : said[0];
}

function kilo(value: number | undefined): number | undefined {
  return value === undefined ? undefined : value / 1000;
}

function turned(value: number | undefined): number | undefined {
  return value === undefined ? undefined : 0 - value;
}

function expectClose(received: number | undefined, wanted: unknown, what: string): void {
  const size = Math.max(1e-3, Math.abs(Number(wanted)));
  expect(received, what).toBeTypeOf("number");
  expect(
    Math.abs((received ?? NaN) - Number(wanted)) / size,
    `${what}: ${received} for ${String(wanted)}`,
  ).toBeLessThan(1e-6);
}

/** Entries and how many of them are met, by family. */
function table(met: ReadonlyMap<string, number>): string {
  const families = Map.groupBy(entries, ({ family }) => family);
  const rows = [...families].map(([family, own]) => [family, own.length, met.get(family) ?? 0] as const);
  const line = (name: string, all: unknown, some: unknown): string =>
    `${name.padEnd(36)}${String(all).padStart(8)}${String(some).padStart(6)}`;
  const total = rows.reduce((sum, [, , some]) => sum + some, 0);
  return [
    line("family", "entries", "met"),
    ...rows.sort().map((row) => line(...row)),
    line("all", entries.length, total),
  ].join("\n");
}
