import { makeReader, makeWriter, packVarints, unpackVarints, unzigzag, zigzag } from "./chunk-bytes";
import type { Codec } from "./chunk-codec";
import { packRice, unpackRice } from "./chunk-rice";

/** Whole numbers must be smaller, so that differences of differences are exact too. */
export const SMALLER_THAN = 2 ** 50;
/** What no compression makes smaller. */
const TINY = 16;
/** Differences are taken 0, 1 or 2 times. */
type Order = 0 | 1 | 2;
/** The first byte of numbers that keep to steps, as stamps of whole seconds do: the first number, the step and how many steps follow. */
const STEPS = 16;
/** Their first byte otherwise: the order, and one of these. */
const PLAIN = 0;
const PACKED = 4;
const RICE = 8;

/** Whole numbers below `SMALLER_THAN` in size, in the smallest of the forms that we know. Zero is never negative. */
export function writeIntegers(values: Float64Array, codec: Codec): Buffer {
  const first = values[0] ?? 0;
  const step = commonStep(values, first);
  if (step <= 1) return writeUnits(values, codec);
  const writer = makeWriter();
  for (const number of [STEPS, zigzag(first), step]) writer.varint(number);
  const units = new Float64Array(values.length);
  for (let i = 0; i < units.length; i += 1) units[i] = ((values[i] ?? 0) - first) / step;
  writer.rest(writeUnits(units, codec));
  return writer.take();
}

/** Throws a `RangeError`, or what the codec throws, when `bytes` is not `count` numbers. */
export function readIntegers(bytes: Buffer, count: number, codec: Codec): Float64Array {
  if (bytes[0] !== STEPS) return readUnits(bytes, count, codec);
  const reader = makeReader(bytes.subarray(1));
  const first = unzigzag(reader.varint());
  const step = reader.varint();
  const values = readUnits(reader.rest(), count, codec);
  for (let i = 0; i < count; i += 1) values[i] = first + (values[i] ?? 0) * step;
  return values;
}

/** The greatest number that divides all distances from `first`: 0 when all are the same. */
function commonStep(values: Float64Array, first: number): number {
  let step = 0;
  for (let i = 0; i < values.length && step !== 1; i += 1) {
    let rest = Math.abs((values[i] ?? 0) - first);
    // As mostly, and far sooner known than a remainder.
    if (rest === Math.round(rest / step) * step) continue;
    while (rest > 0) {
      const left = step % rest;
      step = rest;
      rest = left;
    }
  }
  return step;
}

function writeUnits(values: Float64Array, codec: Codec): Buffer {
  const order = cheapest(values);
  const plain = packVarints(trimmed(zigzagged(differences(values, order))));
  if (plain.length <= TINY) return form(order | PLAIN, plain);
  const packed = codec.pack(plain);
  let [way, best] = packed.length < plain.length ? [order | PACKED, packed] : [order | PLAIN, plain];
  for (const one of [0, 1] as const) {
    const rice = packRice(differences(values, one), best.length);
    if (rice) [way, best] = [one | RICE, rice];
  }
  return form(way, best);
}

function readUnits(bytes: Buffer, count: number, codec: Codec): Float64Array {
  const way = bytes[0];
  const body = bytes.subarray(1);
  if (way === undefined || way > (RICE | 1) || (way & 3) === 3) throw new RangeError("numbers of an unknown form");
  const values =
    way >= RICE
      ? unpackRice(body, count)
      : unpackVarints(way >= PACKED ? codec.unpack(body, count * 8) : body, count).map(unzigzag);
  for (let order = way & 3; order > 0; order -= 1) {
    for (let i = order; i < count; i += 1) values[i] = (values[i] ?? 0) + (values[i - 1] ?? 0);
  }
  return values;
}

function form(way: number, bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.of(way), bytes]);
}

/** The first `order` numbers lead, so that a steady series ends in zeros; these are not written. */
function differences(values: Float64Array, order: Order): Float64Array {
  const result = values.slice();
  for (let done = 1; done <= order; done += 1) {
    for (let i = result.length - 1; i >= done; i -= 1) result[i] = (result[i] ?? 0) - (result[i - 1] ?? 0);
  }
  return result;
}

function trimmed(values: Float64Array): Float64Array {
  let end = values.length;
  while (end > 0 && values[end - 1] === 0) end -= 1;
  return values.subarray(0, end);
}

function zigzagged(values: Float64Array): Float64Array {
  for (let i = 0; i < values.length; i += 1) values[i] = zigzag(values[i] ?? 0);
  return values;
}

/** The order whose differences need the fewest bits, about; of equal ones the lowest. */
function cheapest(values: Float64Array): Order {
  let [none, once, twice] = [0, 0, 0];
  let before = 0;
  let beforeThat = 0;
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i] ?? 0;
    none += bitsOf(value);
    if (i > 0) once += bitsOf(value - before);
    if (i > 1) twice += bitsOf(value - 2 * before + beforeThat);
    beforeThat = before;
    before = value;
  }
  if (twice < none && twice < once) return 2;
  return once < none ? 1 : 0;
}

function bitsOf(value: number): number {
  const size = Math.abs(value);
  return size < 2 ** 31 ? 32 - Math.clz32(size) : Math.log2(size);
}
