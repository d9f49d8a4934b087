import { makeReader, makeWriter } from "./chunk-bytes";
import type { Codec } from "./chunk-codec";
import { readIntegers, SMALLER_THAN, writeIntegers } from "./chunk-integers";

const MOST_DECIMALS = 9;
const SCALES = Array.from({ length: MOST_DECIMALS + 1 }, (_, decimals) => 10 ** decimals);
/** Above so many decimals, numbers that a 32-bit device reckoned are tried as such too. */
const FEW_DECIMALS = 3;
/** One value in so many may be no decimal fraction: it is written whole, beside the others. */
const ODD_AT_MOST = 1 / 16;
/** A column's form: 0 to 9 decimals, or one of these. */
const SINGLES = 10;
const DOUBLES = 11;
const FLIPPED_DOUBLES = 12;
const DOUBLE_BYTES = 8;

/** Numbers, NaN where there is none, such that `readNumbers` gives each back to the last bit. */
export function writeNumbers(values: Float64Array, codec: Codec): Buffer {
  const writer = makeWriter();
  const gaps = hasGaps(values);
  const said = gaps ? values.filter((value) => !Number.isNaN(value)) : values;
  writer.varint(gaps ? 1 : 0);
  if (gaps)
    writer.bytes(
      writeIntegers(
        values.map((value) => (Number.isNaN(value) ? 0 : 1)),
        codec,
      ),
    );
  writer.rest(writeSaid(said, codec));
  return writer.take();
}

function hasGaps(values: Float64Array): boolean {
  for (const value of values) if (value !== value) return true;
  return false;
}

/** Throws a `RangeError`, or what the codec throws, when `bytes` is not `count` numbers. */
export function readNumbers(bytes: Buffer, count: number, codec: Codec): Float64Array {
  const reader = makeReader(bytes);
  if (reader.varint() === 0) return readSaid(reader.rest(), count, codec);
  const present = readIntegers(reader.bytes(), count, codec);
  const said = readSaid(
    reader.rest(),
    present.reduce((sum, one) => sum + (one === 0 ? 0 : 1), 0),
    codec,
  );
  let next = 0;
  return present.map((one) => (one === 0 ? NaN : (said[next++] ?? NaN)));
}

function writeSaid(values: Float64Array, codec: Codec): Buffer {
  const forms = [];
  const fixed = toFixedPoint(values);
  if (fixed) forms.push(writeFixed(values, fixed, codec));
  if ((!fixed || fixed.decimals > FEW_DECIMALS) && values.every((value) => Object.is(Math.fround(value), value))) {
    forms.push(
      form(SINGLES, writeIntegers(Float64Array.from(new Int32Array(Float32Array.from(values).buffer)), codec)),
    );
  }
  if (forms.length === 0) {
    forms.push(
      form(DOUBLES, codec.pack(toPlanes(values))),
      form(FLIPPED_DOUBLES, codec.pack(toPlanes(flipped(values)))),
    );
  }
  return forms.reduce((best, other) => (other.length < best.length ? other : best));
}

function readSaid(bytes: Buffer, count: number, codec: Codec): Float64Array {
  const reader = makeReader(bytes);
  const kind = reader.varint();
  if (kind <= MOST_DECIMALS) return readFixed(bytes, count, codec);
  const rest = reader.rest();
  if (kind === SINGLES) {
    return Float64Array.from(new Float32Array(Int32Array.from(readIntegers(rest, count, codec)).buffer));
  }
  if (kind !== DOUBLES && kind !== FLIPPED_DOUBLES) throw new RangeError("a column of an unknown form");
  const values = fromPlanes(codec.unpack(rest, count * DOUBLE_BYTES), count);
  return kind === DOUBLES ? values : unflipped(values);
}

interface FixedPoint {
  readonly decimals: number;
  /** Each value times 10^decimals; where that is no whole number, the one before it. */
  readonly whole: Float64Array;
  /** The indices of the values that are no such fractions. */
  readonly odd: readonly number[];
}

/** With the fewest decimals that lose nothing; nothing when too many values are no decimal fractions. */
function toFixedPoint(values: Float64Array): FixedPoint | undefined {
  const most = values.length * ODD_AT_MOST;
  const whole = new Float64Array(values.length);
  let decimals = 0;
  let odd = 0;
  for (const value of values) {
    let tried = decimals;
    while (tried <= MOST_DECIMALS && !fits(value, SCALES[tried] ?? NaN)) tried += 1;
    if (tried <= MOST_DECIMALS) decimals = tried;
    else if (++odd > most) return undefined;
  }
  const scale = 10 ** decimals;
  const oddAt: number[] = [];
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i] ?? 0;
    if (fits(value, scale)) whole[i] = Math.round(value * scale);
    else {
      whole[i] = whole[i - 1] ?? 0;
      oddAt.push(i);
    }
  }
  return oddAt.length > most ? undefined : { decimals, whole, odd: oddAt };
}

function fits(value: number, scale: number): boolean {
  const whole = Math.round(value * scale);
  return whole / scale === value && Math.abs(whole) < SMALLER_THAN && (value !== 0 || !Object.is(value, -0));
}

function writeFixed(values: Float64Array, { decimals, whole, odd }: FixedPoint, codec: Codec): Buffer {
  const writer = makeWriter();
  writer.varint(decimals);
  writer.varint(odd.length);
  for (const index of odd) {
    writer.varint(index);
    writer.double(values[index] ?? 0);
  }
  writer.rest(writeIntegers(whole, codec));
  return writer.take();
}

function readFixed(bytes: Buffer, count: number, codec: Codec): Float64Array {
  const reader = makeReader(bytes);
  const scale = 10 ** reader.varint();
  const odd = Array.from(
    { length: Math.min(reader.varint(), count) },
    () => [reader.varint(), reader.double()] as const,
  );
  const values = readIntegers(reader.rest(), count, codec);
  if (scale > 1) for (let i = 0; i < count; i += 1) values[i] = (values[i] ?? 0) / scale;
  for (const [index, value] of odd) values[index] = value;
  return values;
}

function form(kind: number, bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.of(kind), bytes]);
}

/** The first bytes of all values, then the second ones: what is alike comes to lie together. */
function toPlanes(values: Float64Array): Buffer {
  const from = new Uint8Array(values.slice().buffer);
  return Buffer.from(from.map((_, i) => from[(i % values.length) * DOUBLE_BYTES + Math.floor(i / values.length)] ?? 0));
}

function fromPlanes(planes: Buffer, count: number): Float64Array {
  if (planes.length !== count * DOUBLE_BYTES) throw new RangeError("there are not as many numbers as rows");
  const bytes = new Uint8Array(planes.length);
  for (let i = 0; i < planes.length; i += 1) bytes[(i % count) * DOUBLE_BYTES + Math.floor(i / count)] = planes[i] ?? 0;
  return new Float64Array(bytes.buffer);
}

/** Each value with the bits that differ from the one before: bits of a number, not a number. */
function flipped(values: Float64Array): Float64Array {
  const bits = new BigUint64Array(values.slice().buffer);
  for (let i = bits.length - 1; i > 0; i -= 1) bits[i] = (bits[i] ?? 0n) ^ (bits[i - 1] ?? 0n);
  return new Float64Array(bits.buffer);
}

function unflipped(values: Float64Array): Float64Array {
  const bits = new BigUint64Array(values.buffer);
  for (let i = 1; i < bits.length; i += 1) bits[i] = (bits[i] ?? 0n) ^ (bits[i - 1] ?? 0n);
  return values;
}
