import { crc32 } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeChunk, openChunk, type ChunkRow } from "../../../lib/storage/chunk";
import { packVarints, zigzag } from "../../../lib/storage/chunk-bytes";
import { CODECS } from "../../../lib/storage/chunk-codec";
import { asError, EnergyError } from "../../../lib/errors";

const START = Date.parse("2026-03-10T12:00:00Z");
const row = (at: number, said: Partial<ChunkRow> = {}): ChunkRow => ({
  ...{ at, powerW: null, importWh: null, exportWh: null, volumeM3: null, more: null, imported: 0 },
  ...said,
});
/** An hour in which `said` tells what each second says. */
const hour = (said: (second: number) => Partial<ChunkRow>): ChunkRow[] =>
  Array.from({ length: 3600 }, (_, second) => row(START + second * 1000, said(second)));
const reopened = (rows: readonly ChunkRow[], codec?: string) => openChunk(encodeChunk(rows, codec)).rows();

const house = hour((second) => ({
  powerW: Math.round(Math.sin(second) * 5000 + (second > 1800 ? 20_000 : 900)) / 10,
  importWh: 1_234_567 + Math.floor(second / 30),
  more: JSON.stringify({
    electrical: { voltageV: 230 + (second % 7) / 10, phases: { L1: { currentA: second / 1000 } } },
    socPercent: 50,
  }),
}));

const odd = [
  0,
  -0,
  1e308,
  -1e308,
  5e-324,
  0.1 + 0.2,
  2 ** 53,
  -(2 ** 53),
  2 ** 50,
  2 ** 50 - 1,
  1e-9,
  231.39999389648438,
];
const number = fc.oneof(
  fc.double({ noNaN: true }),
  fc.constantFrom(...odd),
  fc.integer(),
  fc.integer({ min: -99_999, max: 99_999 }).map((tenths) => tenths / 10),
  fc.float({ noNaN: true }),
);
const nullable = fc.option(number);
const oddTexts = [
  ...["", "{", "-", "5", "-0", "1e5", "1e+308", "01", '"', "null", "[1,[2,-3.5]]", ' {"a" : 1}', '{"a":1,"a":2}'],
  ...['{"a.b":1,"a":{"b":2}}', '{"2":1,"1":2}', "\0", '{"a":\0}', '{"a":"\\u00000"}', '"\ud800"', '{"#1":1}1', "é€𝄞"],
];
const more = fc.option(
  fc.oneof(
    fc.json(),
    fc.string({ unit: "binary" }),
    fc.constantFrom(...oddTexts),
    fc
      .record({ temperatureC: number, electrical: fc.record({ voltageV: number }) })
      .map((value) => JSON.stringify(value)),
  ),
);
const rows = fc
  .uniqueArray(
    fc.record(
      {
        at: fc.integer({ min: -62_135_596_800_000, max: 253_370_764_800_000 }),
        ...{ powerW: nullable, importWh: nullable, exportWh: nullable, volumeM3: nullable, more },
        imported: fc.nat(255),
      },
      { noNullPrototype: true },
    ),
    { selector: ({ at }) => at, maxLength: 80 },
  )
  .map((list) => list.sort((a, b) => a.at - b.at));

describe.each(Object.keys(CODECS))("with %s", (codec) => {
  it("whatever was said comes back to the last bit", () => {
    fc.assert(
      fc.property(rows, (list) => void expect(reopened(list, codec)).toStrictEqual(list)),
      { numRuns: 300 },
    );
  });

  it.each([
    ["power that jitters and jumps", house],
    ["nothing", []],
    ["readings without a measure", hour(() => ({}))],
    ["a reading now and then", hour((second) => ({ powerW: second % 9 === 0 ? second / 7 : null }))],
    ["values of 32 bits", hour((second) => ({ powerW: Math.fround(Math.sin(second) * 230) }))],
    ["values of 64 bits", hour((second) => ({ powerW: Math.sin(second) * 230 }))],
    ["a value among others that no decimals tell", hour((second) => ({ powerW: second === 99 ? -0 : second / 10 }))],
    ["huge whole numbers", hour((second) => ({ importWh: (second % 2 === 0 ? 1 : -1) * (2 ** 50 - 1 - second) }))],
    [
      "a measure that comes late",
      hour((second) => ({ more: second < 3000 ? null : `{"socPercent":${second / 100}}` })),
    ],
    ["a text that is never the same", hour((second) => ({ more: `{"name":"reading ${second}","t":${second}}` }))],
  ])("%s comes back", (_, list) => {
    expect(reopened(list, codec)).toStrictEqual(list);
  });

  it("a flipped byte is refused, in the body, the check sum or the codec's name", () => {
    const { crc, body } = encodeChunk(house, codec);
    fc.assert(
      fc.property(fc.nat(body.length - 1), fc.integer({ min: 1, max: 255 }), (place, bits) => {
        const flipped = Buffer.from(body);
        flipped[place]! ^= bits;
        expect(codeOf(() => openChunk({ codec, crc, body: flipped }))).toBe("storage-damaged");
      }),
      { numRuns: 1000 },
    );
    expect(codeOf(() => openChunk({ codec, crc: crc ^ 1, body }))).toBe("storage-damaged");
    for (const other of Object.keys(CODECS).filter((name) => name !== codec)) {
      expect(codeOf(() => openChunk({ codec: other, crc, body }))).toBe("storage-damaged");
    }
  });
});

it("a single column is read alone, and one that was never said is not there", () => {
  const chunk = openChunk(encodeChunk(house));

  expect(chunk.count).toBe(3600);
  expect(chunk.at).toStrictEqual(Float64Array.from(house, ({ at }) => at));
  expect(chunk.column("powerW")).toStrictEqual(Float64Array.from(house, ({ powerW }) => powerW!));
  expect(chunk.column("more.electrical.phases.L1.currentA")?.[1234]).toBe(1.234);
  expect(chunk.column("volumeM3")).toBeUndefined();
  expect(chunk.column("more.temperatureC")).toBeUndefined();
});

it("what is absent now and then is NaN in a column", () => {
  const { column } = openChunk(encodeChunk([row(1, { powerW: 5 }), row(2), row(3, { powerW: 0 })]));

  expect([...column("powerW")!]).toStrictEqual([5, NaN, 0]);
});

it("a range includes its start and excludes its end", () => {
  const chunk = openChunk(encodeChunk(house));

  expect(chunk.rows(START + 500, START + 3000)).toStrictEqual(house.slice(1, 3));
  expect(chunk.rows(START + 3_599_000)).toStrictEqual(house.slice(-1));
  expect(chunk.rows(undefined, START)).toStrictEqual([]);
});

it("a chunk with a right check sum and wrong content is refused, and takes no more memory than it may", () => {
  const { codec, body } = encodeChunk(house);
  fc.assert(
    fc.property(fc.nat(body.length - 1), fc.nat(255), (place, byte) => {
      const forged = Buffer.from(body);
      forged[place] = byte;
      const crc = crcOf(codec, forged);
      const code = codeOf(() => openChunk({ codec, crc, body: forged }).rows());
      expect([undefined, "storage-damaged"]).toContain(code);
    }),
    { numRuns: 1000 },
  );
});

it("a codec that this Node.js has not is told by name", () => {
  const { body } = encodeChunk(house);

  expect(() => encodeChunk(house, "lzma")).toThrow("lzma");
  expect(() => openChunk({ codec: "lzma", crc: crcOf("lzma", body), body })).toThrow("lzma");
});

it("power that jitters takes less than its differences do when they are compressed", () => {
  const tenths = Float64Array.from({ length: 3600 }, (_, second) => Math.round(1000 + 20 * jitter(second)));
  const differences = tenths.map((value, i) => zigzag(value - (tenths[i - 1] ?? 0)));

  const { body } = encodeChunk(hour((second) => ({ powerW: tenths[second]! / 10 })));
  expect(body.length).toBeLessThan(CODECS.brotli!.pack(packVarints(differences)).length);
});

it("what never changes takes next to nothing", () => {
  expect(encodeChunk(hour(() => ({ powerW: 5, more: '{"socPercent":50}' }))).body.length).toBeLessThan(160);
});

/** About a normal distribution, always the same. */
function jitter(n: number): number {
  return [12.9898, 78.233, 37.719, 93.989].reduce((sum, by) => sum + ((Math.sin((n + 1) * by) * 43_758.5453) % 1), 0);
}

/** The code of the error that `work` ends in; anything but an `EnergyError` is thrown on. */
function codeOf(work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof EnergyError) return error.code;
    throw asError(error);
  }
}

function crcOf(codec: string, body: Buffer): number {
  return crc32(body, crc32(codec));
}
