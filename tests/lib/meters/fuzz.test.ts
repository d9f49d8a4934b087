import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  decode,
  recognise,
  type DecodedReading,
  type DecodeSettings,
  type RawMessage,
} from "../../../lib/meters/decode";
import { FAMILIES } from "../../../lib/meters/families";
import { PROFILES } from "../../../lib/meters/family";
import { makeMemory } from "../../../lib/meters/memory";
import { ARRIVAL } from "./said";
import { SAMPLES, type Sample } from "./samples";

/** In short; `FUZZ=1000000 npm test -- tests/lib/meters/fuzz` for long. */
const MESSAGES = Number(process.env.FUZZ ?? 20_000);
/** So many arrive one after another, as one hearer hears them. */
const IN_A_ROW = 5;
const MAX_PAUSE_MS = 20;
const ROWS = Math.ceil(MESSAGES / IN_A_ROW);

const samples = Object.values(SAMPLES).flat();

describe("a sample of each family", () => {
  const own = FAMILIES.flatMap(({ profile }) => SAMPLES[profile].map((sample) => [profile, sample] as const));

  it.each(own)("is read by %s alone", (profile, sample) => {
    const { family, decoded } = recognise(
      { topic: sample.topic, payload: payloadOf(sample), at: ARRIVAL },
      { profile: "auto", zone: "Europe/Madrid" },
      makeMemory(),
    );

    expect(family?.profile).toBe(profile);
    expect(decoded.kind).toBe("readings");
  });
});

/** What is changed in a message: where, and into what. */
interface Bend {
  readonly kind: number;
  readonly at: number;
  readonly value: number;
}

const HOSTILE: readonly unknown[] = [
  ...[null, true, false, "", "nan", "NaN", "-", "1,5", "1.234,5", "0x10", "1e308", "9".repeat(400), "٣", "12 kW"],
  ...[0, -0, -1, 1e308, -1e308, 5e-324, 65535, -32768, 4294967295, 1e15, -1e15, 0.1 + 0.2, Number.MAX_SAFE_INTEGER],
  ...[[], {}, [[]], [1, 2, 3], [null, "a"], { value: 5, unit: "kW" }, { value: {} }, [{ value: 1, unit: "MWh" }]],
  ...["\u0000\u0001", "a\nb", "<script>", "${x}", "../../etc", "__proto__", "constructor", "é".repeat(200)],
];
const KEYS = [
  "__proto__",
  "constructor",
  "toString",
  "",
  "power",
  "total",
  "L1",
  "values",
  "ts",
  "id",
  "x".repeat(300),
];
const PARTS = ["", "#", "+", "set", "state", "l1", "__proto__", "$SYS", "obis", "a b", "\u0000", "x".repeat(300), "2"];

const bend = fc.record({ kind: fc.nat(11), at: fc.nat(9999), value: fc.nat(9999) });
const bent = fc
  .tuple(fc.nat(samples.length - 1), fc.array(bend, { maxLength: 6 }))
  .map(([index, bends]) => bendAll(samples[index]!, bends));
const free = fc
  .tuple(
    fc.constantFrom("a/b", "spBv1.0/G/NDATA/E", "tele/x/SENSOR", "dsmr/raw", "N/p/grid/30/Ac/Power", "homie/5/a/b/c"),
    fc.uint8Array({ maxLength: 120 }),
  )
  .map(([topic, bytes]): Sample => ({ topic, payload: Buffer.from(bytes) }));
const message = fc.oneof({ weight: 9, arbitrary: bent }, { weight: 1, arbitrary: free });

const settings = fc.record<Omit<DecodeSettings, "zone">>(
  {
    profile: fc.oneof({ weight: 4, arbitrary: fc.constant("auto" as const) }, fc.constantFrom(...PROFILES)),
    unit: fc.constantFrom("kW", "W", "MWh", "L"),
    paths: fc.constantFrom(
      {},
      { power: "power" },
      { power: "power * voltage", import: "2" },
      { import: "values[0].v" },
    ),
  },
  { requiredKeys: ["profile"] },
);

describe(`${MESSAGES} bent and free messages`, () => {
  it("never make a decoder throw, and never yield what is no reading", { timeout: 3_600_000 }, () => {
    let heard = 0;
    let read = 0;
    let longestMs = 0;
    fc.assert(
      fc.property(fc.array(message, { minLength: IN_A_ROW, maxLength: IN_A_ROW }), settings, (row, how) => {
        const memory = makeMemory();
        row.forEach((sample, index) => {
          const payload = payloadOf(sample);
          const raw = { topic: sample.topic, payload, at: ARRIVAL + index * 20_000, retained: index % 4 === 3 };
          const from = performance.now();
          const decoded = decode(raw, { zone: "Europe/Madrid", ...how }, memory);
          const tookMs = performance.now() - from;
          // The machine may have been busy with something else.
          longestMs = Math.max(longestMs, tookMs < MAX_PAUSE_MS ? tookMs : shortestOf(raw, how));
          heard += 1;
          if (decoded.kind !== "readings") return;
          read += 1;
          expect(decoded.readings.length).toBeGreaterThan(0);
          for (const reading of decoded.readings) expectSound(reading);
        });
      }),
      { numRuns: ROWS, ...(process.env.SEED && { seed: Number(process.env.SEED) }) },
    );
    expect(heard).toBeGreaterThanOrEqual(MESSAGES);
    // Fuzz that nothing reads finds nothing.
    expect(read / heard).toBeGreaterThan(0.2);
    expect(longestMs).toBeLessThan(MAX_PAUSE_MS);
    if (process.env.FUZZ) console.log(`${heard} messages, ${read} read, at most ${longestMs.toFixed(1)} ms for one`);
  });
});

/** How long a message takes, the best of some tries. */
function shortestOf(raw: RawMessage, how: Omit<DecodeSettings, "zone">): number {
  const tries = Array.from({ length: 5 }, () => {
    const from = performance.now();
    decode(raw, { zone: "Europe/Madrid", ...how });
    return performance.now() - from;
  });
  return Math.min(...tries);
}

/** Finite numbers, texts that a database and a page can take, and an instant. */
function expectSound(reading: DecodedReading): void {
  const { at, name = "", channel = "", serial = "", tariffs = [] } = reading;
  for (const number of numbersIn(reading)) if (!Number.isFinite(number)) expect.fail(JSON.stringify(reading));
  if (at !== undefined && !Number.isInteger(at)) expect.fail(`stamp ${at}`);
  for (const text of [name, channel, serial, ...tariffs.map((tariff) => tariff.name)]) {
    if (text.length > 100 || /\p{Cc}/u.test(text)) expect.fail(`text ${JSON.stringify(text)}`);
  }
}

function numbersIn(value: unknown): number[] {
  if (typeof value === "number") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(numbersIn) : [];
}

function payloadOf({ payload }: Sample): Buffer {
  if (Buffer.isBuffer(payload)) return payload;
  return Buffer.from(typeof payload === "string" ? payload : JSON.stringify(payload));
}

function bendAll(sample: Sample, bends: readonly Bend[]): Sample {
  return bends.reduce(bendOnce, sample);
}

function bendOnce(sample: Sample, { kind, at, value }: Bend): Sample {
  const { topic, payload } = sample;
  if (kind === 0) return { topic: bendTopic(topic, at, value), payload };
  if (kind === 1) return { topic: pick(samples, value).topic, payload };
  if (kind <= 8 && typeof payload === "object" && !Buffer.isBuffer(payload)) {
    return { topic, payload: bendBody(payload, kind, at, value) };
  }
  return { topic, payload: bendBytes(payloadOf(sample), kind, at, value) };
}

function bendTopic(topic: string, at: number, value: number): string {
  const parts = topic.split("/");
  const index = at % (parts.length + 1);
  if (value % 3 === 0) parts.splice(index, 1);
  else if (value % 3 === 1) parts.splice(index, 0, pick(PARTS, value));
  else parts[index] = pick(PARTS, value);
  return parts.join("/");
}

/** Changes one place of a body: its value, its key, what is beside it. */
function bendBody(body: object, kind: number, at: number, value: number): object {
  const copy = JSON.parse(JSON.stringify(body)) as object;
  const places = placesIn(copy);
  const place = places[at % Math.max(1, places.length)];
  if (!place) return copy;
  const { holder, key } = place;
  if (kind <= 4) holder[key] = pick(HOSTILE, value);
  else if (kind === 5) Reflect.deleteProperty(holder, key);
  else if (kind === 6)
    Object.defineProperty(holder, pick(KEYS, value), {
      value: holder[key],
      enumerable: true,
      configurable: true,
      writable: true,
    });
  else if (kind === 7) holder[key] = Array.from({ length: value % 20 }, () => holder[key]);
  else holder[key] = { [pick(KEYS, value) || "k"]: holder[key] };
  return copy;
}

interface Place {
  readonly holder: Record<string, unknown>;
  readonly key: string;
}

function placesIn(body: unknown, places: Place[] = []): Place[] {
  if (typeof body !== "object" || body === null || places.length > 300) return places;
  const holder = body as Record<string, unknown>;
  for (const key of Object.keys(holder)) {
    places.push({ holder, key });
    placesIn(holder[key], places);
  }
  return places;
}

/** Changes the bytes: one of them, a piece cut out, a piece doubled, a hostile text put in. */
function bendBytes(bytes: Buffer, kind: number, at: number, value: number): Buffer {
  const index = bytes.length === 0 ? 0 : at % bytes.length;
  const length = value % 16;
  const [before, after] = [bytes.subarray(0, index), bytes.subarray(index)];
  if (kind % 5 === 0) return Buffer.concat([before, Buffer.from([value % 256]), after.subarray(1)]);
  if (kind % 5 === 1) return Buffer.concat([before, after.subarray(length)]);
  if (kind % 5 === 2) return Buffer.concat([before, after.subarray(0, length), after]);
  if (kind % 5 === 3) return before;
  return Buffer.concat([before, Buffer.from(String(pick(HOSTILE, value))), after]);
}

function pick<T>(list: readonly T[], value: number): T {
  return list[value % list.length]!;
}
