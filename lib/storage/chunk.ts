import zlib from "node:zlib";
import { asError, EnergyError } from "../errors";
import { makeReader, makeWriter } from "./chunk-bytes";
import { CODEC, CODECS, type Codec } from "./chunk-codec";
import { readNumbers, writeNumbers } from "./chunk-numbers";
import { pathsOf, putBack, takeApart, type Pieces } from "./chunk-texts";
import type { ReadingTable } from "./schema";

/** A reading of the chunk's meter. Numbers are never NaN. */
export type ChunkRow = Omit<ReadingTable, "meter">;

/** Readings of one meter, as many in each column; NaN where a measure was not said. */
export interface ChunkColumns extends Readonly<Partial<Record<(typeof NULLABLE)[number], Float64Array>>> {
  readonly at: Float64Array;
  readonly imported: Float64Array;
  /** Absent where no reading has any. */
  readonly more?: readonly (string | null)[];
}

/** Readings of one meter as they are stored. */
export interface Chunk {
  /** A name of `CODECS`. */
  readonly codec: string;
  /** CRC-32 of the codec's name and the body. */
  readonly crc: number;
  readonly body: Buffer;
}

/** A chunk that is whole. What it holds is unpacked column by column, when it is first asked for. */
export interface OpenChunk {
  readonly count: number;
  /** Epoch ms, ascending. */
  readonly at: Float64Array;
  /**
   * A column of `ChunkRow` by its name, or a number of `more` by its path with `more.` before it (`more.electrical.voltageV`): NaN
   * where it was not said, nothing when it never was. Throws `storage-damaged`.
   */
  readonly column: (name: string) => Float64Array | undefined;
  /** The rows of [from, to), just as they were given. Throws `storage-damaged`. */
  readonly rows: (from?: number, to?: number) => ChunkRow[];
}

const VERSION = 1;
/** More rows than any chunk is made of: what says so is no chunk. */
const MOST_ROWS = 1 << 20;
const NULLABLE = ["powerW", "importWh", "exportWh", "volumeM3"] as const;
const MORE = "more.";
/** Which shape a row's `more` has, and the shapes: names that no path has. */
const SHAPE_OF = "shape of more";
const SHAPES = "shapes of more";

/** Packs rows that ascend by `at`. Throws `storage-failed` when this Node has no such codec. */
export function encodeChunk(rows: readonly ChunkRow[], codecName: string = CODEC): Chunk {
  const columns = {
    at: Float64Array.from(rows, ({ at }) => at),
    imported: Float64Array.from(rows, ({ imported }) => imported),
    more: rows.map(({ more }) => more),
    ...Object.fromEntries(NULLABLE.map((name) => [name, Float64Array.from(rows, (row) => row[name] ?? NaN)])),
  };
  return encodeColumns(columns, codecName);
}

/** Packs readings that ascend by `at`, column by column. Throws `storage-failed` when this Node has no such codec. */
export function encodeColumns(given: ChunkColumns, codecName: string = CODEC): Chunk {
  const codec = CODECS[codecName];
  if (!codec) throw new EnergyError("storage-failed", `this Node.js has no ${codecName}`);
  const writer = makeWriter();
  const columns = packColumns(given, codec);
  for (const number of [VERSION, given.at.length, columns.length]) writer.varint(number);
  for (const [name, bytes] of columns) {
    writer.bytes(Buffer.from(JSON.stringify(name)));
    writer.bytes(bytes);
  }
  const body = writer.take();
  return { codec: codecName, crc: crcOf(codecName, body), body };
}

/** Throws `storage-damaged` when a chunk is not what was written, or is of a newer Vatio. */
export function openChunk({ codec: codecName, crc, body }: Chunk): OpenChunk {
  if (crcOf(codecName, body) !== crc) throw damaged("its check sum is another");
  const codec = CODECS[codecName];
  if (!codec) throw damaged(`this Node.js has no ${codecName}`);
  const { count, stored } = whole(() => readDirectory(body));
  const unpacked = new Map<string, Float64Array>();
  const numbers = (name: string): Float64Array | undefined => {
    const bytes = stored.get(name);
    if (!bytes) return undefined;
    const values = unpacked.get(name) ?? whole(() => readNumbers(bytes, count, codec));
    unpacked.set(name, values);
    return values;
  };
  const needed = (name: string): Float64Array => {
    const values = numbers(name);
    if (!values) throw damaged(`it has no column ${name}`);
    return values;
  };
  let texts: ((row: number) => string | null) | undefined;
  const makeTexts = (): ((row: number) => string | null) => {
    const bytes = stored.get(SHAPES);
    if (!bytes) return () => null;
    const shapeOf = needed(SHAPE_OF);
    const shapes = whole(() => readShapes(bytes, codec)).map((pieces) => ({
      pieces,
      columns: pathsOf(pieces).map((path) => needed(MORE + path)),
    }));
    return (row) => {
      const index = shapeOf[row] ?? NaN;
      if (Number.isNaN(index)) return null;
      const shape = shapes[index];
      if (!shape) throw damaged("a reading has a form that is not there");
      return putBack(
        shape.pieces,
        shape.columns.map((values) => values[row] ?? NaN),
      );
    };
  };

  return {
    count,
    get at() {
      return needed("at");
    },
    column: (name) => (name === SHAPE_OF || name === SHAPES ? undefined : numbers(name)),
    rows: (from = -Infinity, to = Infinity) => {
      const at = needed("at");
      const imported = needed("imported");
      const values = NULLABLE.map(numbers);
      const valueOf = (column: number, row: number): number | null => {
        const value = values[column]?.[row];
        return value === undefined || Number.isNaN(value) ? null : value;
      };
      texts ??= makeTexts();
      const rows: ChunkRow[] = [];
      const end = firstFrom(at, to);
      for (let row = firstFrom(at, from); row < end; row += 1) {
        rows.push({
          at: at[row] ?? NaN,
          powerW: valueOf(0, row),
          importWh: valueOf(1, row),
          exportWh: valueOf(2, row),
          volumeM3: valueOf(3, row),
          more: texts(row),
          imported: imported[row] ?? 0,
        });
      }
      return rows;
    },
  };
}

/** The columns that say anything, by name. */
function packColumns({ at, imported, more, ...values }: ChunkColumns, codec: Codec): [string, Buffer][] {
  const columns: [string, Buffer][] = [];
  const add = (name: string, numbers: Float64Array | undefined): void => {
    if (numbers?.some((value) => !Number.isNaN(value))) columns.push([name, writeNumbers(numbers, codec)]);
  };
  columns.push(["at", writeNumbers(at, codec)]);
  for (const name of NULLABLE) add(name, values[name]);
  columns.push(["imported", writeNumbers(imported, codec)]);
  if (!more || more.every((text) => text === null)) return columns;

  const { shapes, shapeOf, columns: found } = takeApart(more);
  add(SHAPE_OF, shapeOf);
  columns.push([SHAPES, writeShapes(shapes, codec)]);
  for (const [path, numbers] of found) add(MORE + path, numbers);
  return columns;
}

function readDirectory(body: Buffer): { count: number; stored: ReadonlyMap<string, Buffer> } {
  const reader = makeReader(body);
  const version = reader.varint();
  if (version !== VERSION) throw new RangeError(`it is of version ${version}, not ${VERSION}`);
  const count = reader.varint();
  if (count > MOST_ROWS) throw new RangeError(`it says to hold ${count} readings`);
  const stored = new Map<string, Buffer>();
  for (let left = reader.varint(); left > 0; left -= 1) {
    const name: unknown = JSON.parse(reader.bytes().toString());
    stored.set(String(name), reader.bytes());
  }
  if (reader.rest().length > 0) throw new RangeError("it has more bytes than columns");
  return { count, stored };
}

function writeShapes(shapes: readonly Pieces[], codec: Codec): Buffer {
  const text = Buffer.from(JSON.stringify(shapes));
  const writer = makeWriter();
  writer.varint(text.length);
  writer.rest(codec.pack(text));
  return writer.take();
}

function readShapes(bytes: Buffer, codec: Codec): readonly Pieces[] {
  const reader = makeReader(bytes);
  const length = reader.varint();
  return JSON.parse(codec.unpack(reader.rest(), Math.max(1, length)).toString()) as readonly Pieces[];
}

/** The index of the first instant at or after `from`. */
export function firstFrom(at: Float64Array, from: number): number {
  let low = 0;
  for (let high = at.length; low < high;) {
    const middle = (low + high) >> 1;
    if ((at[middle] ?? NaN) < from) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** What a chunk's `crc` is when it is whole. */
export function crcOf(codecName: string, body: Buffer): number {
  return zlib.crc32(body, zlib.crc32(codecName));
}

/** Whatever reading ends in, bytes that do not fit are a damaged chunk. */
function whole<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw damaged(asError(cause).message, cause);
  }
}

function damaged(reason: string, cause?: unknown): EnergyError {
  return new EnergyError("storage-damaged", `a chunk of readings cannot be read: ${reason}`, { cause });
}
