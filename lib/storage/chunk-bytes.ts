/** Most bytes of a varint: seven bits each, 53 bits in all. */
const WIDEST = 8;
const MOST = Number.MAX_SAFE_INTEGER;

/** Bytes written one after the other. */
export interface Writer {
  /** A whole number from 0 to 2^53 - 1. */
  readonly varint: (value: number) => void;
  readonly double: (value: number) => void;
  /** With its length before it. */
  readonly bytes: (bytes: Uint8Array) => void;
  /** Without its length: the last that is written. */
  readonly rest: (bytes: Uint8Array) => void;
  readonly take: () => Buffer;
}

export function makeWriter(): Writer {
  const parts: Uint8Array[] = [];
  const varint = (value: number): void => void parts.push(packVarints([value]));
  return {
    varint,
    double: (value) => {
      const bytes = Buffer.allocUnsafe(8);
      bytes.writeDoubleLE(value);
      parts.push(bytes);
    },
    bytes: (bytes) => {
      varint(bytes.length);
      parts.push(bytes);
    },
    rest: (bytes) => void parts.push(bytes),
    take: () => Buffer.concat(parts),
  };
}

/** Reads what a writer wrote, in the same order. Throws a `RangeError` past the end. */
export interface Reader {
  readonly varint: () => number;
  readonly double: () => number;
  readonly bytes: () => Buffer;
  readonly rest: () => Buffer;
}

export function makeReader(bytes: Buffer): Reader {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; scale <= MOST; scale *= 128) {
      const byte = bytes[at++];
      if (byte === undefined) throw new RangeError("it ends within a number");
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
    throw new RangeError("a number has too many bytes");
  };
  const take = (length: number): Buffer => {
    if (at + length > bytes.length) throw new RangeError("it ends within a part");
    at += length;
    return bytes.subarray(at - length, at);
  };
  return {
    varint,
    double: () => take(8).readDoubleLE(),
    bytes: () => take(varint()),
    rest: () => take(bytes.length - at),
  };
}

/** Whole numbers from 0 to 2^53 - 1, seven bits a byte. */
export function packVarints(values: Float64Array | readonly number[]): Buffer {
  const bytes = Buffer.allocUnsafe(values.length * WIDEST);
  let at = 0;
  for (const whole of values) {
    let value = whole;
    for (; value > 0x7fffffff; value = Math.floor(value / 128)) bytes[at++] = (value % 128) | 128;
    let low = value | 0;
    for (; low > 127; low >>>= 7) bytes[at++] = (low & 127) | 128;
    bytes[at++] = low;
  }
  return bytes.subarray(0, at);
}

/** As many as there are, and zeros up to `count`. Throws a `RangeError` when there are more. */
export function unpackVarints(bytes: Buffer, count: number): Float64Array {
  const values = new Float64Array(count);
  let at = 0;
  for (let i = 0; at < bytes.length; i += 1) {
    let byte = bytes[at++] ?? 0;
    if (byte < 128 && i < count) {
      values[i] = byte;
      continue;
    }
    let value = byte & 127;
    for (let scale = 128; byte > 127; scale *= 128) {
      if (at >= bytes.length || scale > MOST) throw new RangeError("it ends within a number");
      byte = bytes[at++] ?? 0;
      value += (byte & 127) * scale;
    }
    if (i >= count) throw new RangeError("there are more numbers than rows");
    values[i] = value;
  }
  return values;
}

/** Small numbers of either sign as small whole numbers: 0, -1, 1, -2, 2. Exact below 2^52. */
export function zigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value;
}

export function unzigzag(value: number): number {
  if (value < 2 ** 31) return (value >>> 1) ^ -(value & 1);
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}
