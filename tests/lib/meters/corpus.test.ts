import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { decode, type DecodedReading } from "../../../lib/meters/decode";

/** What real devices sent; lives beside the repository, is not part of it. */
const FILE = "../shared/corpus/payloads.json";

/** The families decoded so far. */
const FAMILIES = [
  ...["Tasmota", "Shelly Gen1", "Shelly Gen2+", "Zigbee2MQTT", "Generic JSON"],
  ...["Sonoff / eWeLink", "Homie", "Home Assistant MQTT Statestream"],
  ...["wM-Bus (wmbusmeters)", "LoRaWAN", "Sparkplug B"],
  // Utility meters.
  ...["DSMR P1 raw telegram", "DSMR P1 (Tasmota serial bridge)", "OBIS telegram (IEC 62056-21)"],
  ...[
    "DSMR-reader",
    "DSMR P1 gateways",
    "SMLReader",
    "vzlogger",
    "AMS2MQTT / amsleser (Norway)",
    "Glow (Hildebrand IHD)",
    "HomeWizard",
    "Linky / Teleinfo",
    "Tasmota SML",
  ],
];

/** The corpus's keys in ours: its unit, and how to find the value. */
const KEYS: Readonly<Record<string, (of: DecodedReading) => number | undefined>> = {
  power_w: (of) => of.powerW,
  energy_import_kwh: (of) => kilo(of.importWh),
  energy_export_kwh: (of) => kilo(of.exportWh),
  voltage_v: (of) => of.electrical?.voltageV,
  current_a: (of) => of.electrical?.currentA,
  power_factor: (of) => of.electrical?.powerFactor,
  frequency_hz: (of) => of.electrical?.frequencyHz,
  apparent_power_va: (of) => of.electrical?.apparentVa,
  energy_import_tariff1_kwh: (of) => kilo(of.tariffs?.find(({ name }) => name === "1")?.importWh),
  energy_import_tariff2_kwh: (of) => kilo(of.tariffs?.find(({ name }) => name === "2")?.importWh),
  // One direction that came alone: the power with its sign.
  power_import_w: (of) => of.powerW,
  power_export_w: (of) => (of.powerW === undefined ? undefined : 0 - of.powerW),
  gas_m3: (of) => (of.role === "gas" ? of.volumeM3 : undefined),
  water_m3: (of) => (of.role === "water" ? of.volumeM3 : undefined),
};

/** Outside the domain, or a value as it was sent. */
const OUTSIDE = new Set([
  ...["state", "energy_counter_wh", "errors", "online"],
  // Values of which nothing says what they are.
  ...["value", "values", "humidity_pct"],
  // Means and peaks that the meter makes itself.
  ...["quarter_hour_power_w", "month_peak_w"],
]);
/** Meters beside the main one: their stamps are their own. */
const BESIDE: ReadonlySet<string | undefined> = new Set(["gas", "water", "heat"]);
/** Compared below, each in its own way. */
const STRUCTURED = new Set([
  ...["phases", "channels", "timestamp", "timestamp_local", "gas_timestamp", "gas_timestamp_local"],
]);

interface Entry {
  id: string;
  family: string;
  device: string;
  topic: string;
  payload: string;
  kind: string;
  expected: Record<string, unknown>;
}
type Values = Record<string, number>;

const entries = existsSync(FILE)
  ? (JSON.parse(readFileSync(FILE, "utf8")) as Entry[]).filter(({ family }) => FAMILIES.includes(family))
  : [];

describe.skipIf(entries.length === 0)("the corpus of real payloads", () => {
  it.each(entries.map((entry) => [`${entry.id} ${entry.family}: ${entry.device}`, entry] as const))(
    "%s",
    (_, entry) => {
      const { expected, kind } = entry;
      const local = expected.timestamp_local as string | undefined;
      const arrival = local ? Date.parse(`${local}+01:00`) : Date.parse("2026-10-01T00:00:00Z");
      const topic = entry.topic.replace(/<[^>]+>/g, "device1");
      const decoded = decode(
        { topic, payload: Buffer.from(entry.payload), at: arrival },
        { profile: "auto", zone: "+01:00" },
      );

      if (kind === "invalid") return void expect(decoded).toMatchObject({ kind: "refused" });
      if (kind === "needs-codec") {
        return void expect(decoded).toMatchObject({
          reason: "needs-codec",
          detail: expect.stringMatching(/\w{4}/) as string,
        });
      }
      const wanted = Object.keys(expected).filter((key) => !OUTSIDE.has(key));
      if (wanted.length === 0 || wanted.every((key) => key.startsWith("timestamp"))) {
        return void expect(decoded).toEqual({ kind: "nothing" });
      }
      if (decoded.kind !== "readings") return expect.fail(`decoded to ${JSON.stringify(decoded)}`);
      const { readings } = decoded;

      for (const key of wanted.filter((name) => !STRUCTURED.has(name))) {
        expectClose(together(key, readings), expected[key], key);
      }
      for (const [name, phase] of Object.entries((expected.phases ?? {}) as Record<string, Values>)) {
        const { powerW, importWh, exportWh, ...electrical } = phasesOf(readings)[name] ?? {};
        const asReading = { powerW, importWh, exportWh, electrical } as DecodedReading;
        for (const [key, value] of Object.entries(phase)) {
          // The frequency of a connection is one.
          const said = key === "frequency_hz" ? together(key, readings) : read(key, asReading);
          expectClose(said, value, `${name} ${key}`);
        }
      }
      for (const [index, channel] of ((expected.channels ?? []) as Values[]).entries()) {
        const own = readings.find((reading) => reading.channel === String(index + 1));
        for (const [key, value] of Object.entries(channel)) {
          if (!OUTSIDE.has(key)) expectClose(own && read(key, own), value, key);
        }
      }
      const at = local ? arrival : expected.timestamp ? Date.parse(expected.timestamp as string) : undefined;
      for (const reading of readings.filter(({ role }) => !BESIDE.has(role))) expect(reading.at).toBe(at);
      const gasLocal = expected.gas_timestamp_local as string | undefined;
      const gas = gasLocal ? `${gasLocal}+01:00` : (expected.gas_timestamp as string | undefined);
      if (gas) expect(readings.find(({ role }) => role === "gas")?.at).toBe(Date.parse(gas));
    },
  );
});

function read(key: string, of: DecodedReading): number | undefined {
  const reader = KEYS[key];
  if (!reader) throw new Error(`the table of keys does not know ${key}`);
  return reader(of);
}

/** Powers and energies add up over a device's circuits; the rest is the first that was said. */
function together(key: string, readings: readonly DecodedReading[]): number | undefined {
  const said = readings.map((reading) => read(key, reading)).filter((value) => value !== undefined);
  if (said.length === 0) return undefined;
  return /power_w|kwh/.test(key) ? said.reduce((total, value) => total + value, 0) : said[0];
}

function phasesOf(readings: readonly DecodedReading[]): Record<string, Record<string, number>> {
  return readings.find(({ electrical }) => electrical?.phases)?.electrical?.phases ?? {};
}

function kilo(value: number | undefined): number | undefined {
  return value === undefined ? undefined : value / 1000;
}

function expectClose(received: number | undefined, wanted: unknown, what: string): void {
  const size = Math.max(1e-3, Math.abs(Number(wanted)));
  expect(received, what).toBeTypeOf("number");
  expect(
    Math.abs((received ?? NaN) - Number(wanted)) / size,
    `${what}: ${received} for ${String(wanted)}`,
  ).toBeLessThan(1e-6);
}
