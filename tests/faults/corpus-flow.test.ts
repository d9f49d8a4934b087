import { DateTime } from "luxon";
import { describe, expect, it } from "vitest";
import { corpusOf, type CorpusEntry } from "../support/corpus";
import { meterOf, runCorpus, ZONE, type CorpusRun } from "../support/corpus-flow";
import { describeNeeds } from "../support/requires";
import type { StoredReading } from "../support/stored-readings";

/** The families decoded so far. */
const FAMILIES = ["Tasmota", "Shelly Gen1", "Shelly Gen2+", "Zigbee2MQTT", "Generic JSON"];
const entries = corpusOf(FAMILIES);

/** The corpus's keys in ours, in its unit. */
const KEYS: Readonly<Record<string, (of: Said) => number | undefined>> = {
  power_w: (of) => of.powerW,
  energy_import_kwh: (of) => kilo(of.importWh),
  energy_export_kwh: (of) => kilo(of.exportWh),
  voltage_v: (of) => of.electrical?.voltageV,
  current_a: (of) => of.electrical?.currentA,
  power_factor: (of) => of.electrical?.powerFactor,
  frequency_hz: (of) => of.electrical?.frequencyHz,
};
/** Outside the domain, or a value as it was sent. */
const OUTSIDE = ["state", "energy_counter_wh", "errors"];
const STAMPS = ["timestamp", "timestamp_local"];
/** Messages that must leave no reading. */
const SILENT = ["invalid", "state", "ignorable", "needs-codec", "availability"];

type Said = Omit<StoredReading, "role">;
type Values = Readonly<Record<string, number>>;

describe.skipIf(entries.length === 0)("what real devices say", () => {
  describeNeeds("mosquitto", "through Mosquitto and Node-RED", (program) => {
    // One run answers for all: each test looks at one entry.
    let run: Promise<CorpusRun> | undefined;

    it.each(entries.map((entry) => [`${entry.id} ${entry.family}: ${entry.device}`, entry] as const))(
      "is read back from API and file: %s",
      async (_, entry) => {
        const { from, to, stored, refused, ...api } = await (run ??= runCorpus(program, entries));
        const own = stored.filter(({ meter }) => belongsTo(meter, entry));
        const wanted = Object.keys(entry.expected).filter((key) => ![...OUTSIDE, ...STAMPS].includes(key));
        expect(refused.has(entry.id), `refused: ${refused.get(entry.id)}`).toBe(
          ["invalid", "needs-codec"].includes(entry.kind),
        );
        if (SILENT.includes(entry.kind) || wanted.length === 0) return void expect(own).toEqual([]);

        const said = own.map(asSaid);
        for (const key of wanted) expectValue(key, entry.expected[key], said);
        for (const { at } of said) expectInstant(at, entry, { from, to });
        expectPowers(entry, own, api);
      },
      90_000,
    );
  });
});

const belongsTo = (meter: string, entry: CorpusEntry): boolean =>
  meter === meterOf(entry) || meter.startsWith(`${meterOf(entry)}/`);

/** As the device said it: what it produces is positive there, and feeds the house here. */
function asSaid({ role, ...reading }: StoredReading): Said {
  if (role !== "solar") return reading;
  const { powerW, importWh, exportWh, ...rest } = reading;
  return {
    ...rest,
    ...(powerW !== undefined && { powerW: -powerW }),
    ...(exportWh !== undefined && { importWh: exportWh }),
    ...(importWh !== undefined && { exportWh: importWh }),
  };
}

function expectValue(key: string, wanted: unknown, said: readonly Said[]): void {
  if (key === "phases") {
    const phases = said.find(({ electrical }) => electrical?.phases)?.electrical?.phases ?? {};
    for (const [name, phase] of Object.entries(wanted as Record<"L1" | "L2" | "L3", Values>)) {
      const { powerW, importWh, exportWh, ...electrical } = phases[name as keyof typeof phases] ?? {};
      const whole = { powerW, importWh, exportWh, electrical } as Said;
      for (const [part, value] of Object.entries(phase)) {
        // The frequency of a connection is one.
        expectClose(part === "frequency_hz" ? together(part, said) : read(part, whole), value, `${name} ${part}`);
      }
    }
  } else if (key === "channels") {
    for (const [index, channel] of (wanted as readonly Values[]).entries()) {
      const own = said.find(({ meter }) => meter.endsWith(`/${index + 1}`));
      for (const [part, value] of Object.entries(channel)) {
        if (!OUTSIDE.includes(part)) expectClose(own && read(part, own), value, `circuit ${index + 1} ${part}`);
      }
    }
  } else expectClose(together(key, said), wanted, key);
}

/** Powers and energies add up over a device's circuits; the rest is the first that was said. */
function together(key: string, said: readonly Said[]): number | undefined {
  const values = said.map((reading) => read(key, reading)).filter((value) => value !== undefined);
  if (values.length === 0) return undefined;
  return /power_w|kwh/.test(key) ? values.reduce((sum, value) => sum + value, 0) : values[0];
}

function read(key: string, of: Said): number | undefined {
  const reader = KEYS[key];
  if (!reader) throw new Error(`the table of keys does not know ${key}`);
  return reader(of);
}

/** The device's own stamp; one without a zone counts where it is near arrival, and these are old. */
function expectInstant(at: number, { expected }: CorpusEntry, { from, to }: { from: number; to: number }): void {
  const stamp = expected.timestamp as string | undefined;
  const local = expected.timestamp_local as string | undefined;
  if (stamp !== undefined) return void expect(new Date(at)).toEqual(new Date(stamp));
  if (local !== undefined && at === DateTime.fromISO(local, { zone: ZONE }).toMillis()) return;
  // A burst keeps every reading: each may be a millisecond after the one before.
  expect(at).toBeGreaterThanOrEqual(from);
  expect(at).toBeLessThanOrEqual(to + 1_000);
}

/** Every power that was stored is answered, by each route, as kW to the mW. */
function expectPowers(
  entry: CorpusEntry,
  own: readonly StoredReading[],
  api: Pick<CorpusRun, "energy" | "state" | "lines">,
) {
  const powers = own.filter(({ powerW }) => powerW !== undefined);
  const answered = api.energy.filter(({ meter }) => belongsTo(meter, entry));
  expect(answered.map(({ meter }) => meter).sort()).toEqual(powers.map(({ meter }) => meter).sort());
  for (const { meter, at, powerW = NaN, role } of powers) {
    const kw = Math.round(powerW * 1000) / 1e6;
    const simple = answered.find((one) => one.meter === meter);
    expect({ at: Date.parse(simple?.timestamp ?? ""), kw: simple?.consumption }).toEqual({ at, kw });
    expect(api.state.meters.find(({ key }) => key === meter)).toMatchObject({ role, kw });
    expect(api.lines.get(meter)).toEqual([kw]);
  }
}

function kilo(value: number | undefined): number | undefined {
  return value === undefined ? undefined : value / 1000;
}

function expectClose(received: number | undefined, wanted: unknown, what: string): void {
  expect(received, what).toBeTypeOf("number");
  const error = Math.abs((received ?? NaN) - Number(wanted)) / Math.max(1e-3, Math.abs(Number(wanted)));
  expect(error, `${what}: ${received} for ${String(wanted)}`).toBeLessThan(1e-6);
}
