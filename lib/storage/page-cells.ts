import { FILE_HEADER, type PageFile } from "./page-file";

export type Value = number | string | Buffer | null;

/** A row or an entry of an index, as it lies in a page. */
export interface Cell {
  readonly values: readonly Value[];
  /** Of a table that has them. */
  readonly rowid?: number;
}

export interface Page {
  readonly cells: readonly Cell[];
  readonly children: readonly number[];
  /** Cells that make no sense. */
  readonly lost: number;
}

/** The kinds of pages of a b-tree, by their first byte; see "Database File Format" in SQLite's documentation. */
export const TABLE_LEAF = 0x0d;
export const TABLE_INNER = 0x05;
export const INDEX_LEAF = 0x0a;
export const INDEX_INNER = 0x02;
export const isInner = (kind: number): boolean => kind === TABLE_INNER || kind === INDEX_INNER;

/** Reads what can be read of a page that is, or should be, of this kind. Each cell that is damaged costs itself. */
export function readPage(file: PageFile, number: number, kind: number): Page {
  const bytes = file.page(number);
  const header = number === 1 ? FILE_HEADER : 0;
  const pointers = header + (isInner(kind) ? 12 : 8);
  const room = Math.floor((bytes.length - pointers) / 2);
  const count = Math.min(bytes.readUInt16BE(header + 3), room);
  const cells: Cell[] = [];
  const children: number[] = [];
  let lost = 0;
  for (let index = 0; index < count; index += 1) {
    const at = bytes.readUInt16BE(pointers + 2 * index);
    try {
      if (isInner(kind)) children.push(bytes.readUInt32BE(at));
      if (kind !== TABLE_INNER) cells.push(readCell(file, bytes, at, kind));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      lost += 1;
    }
  }
  if (isInner(kind)) children.push(bytes.readUInt32BE(header + 8));
  return { cells, children, lost };
}

function readCell(file: PageFile, bytes: Buffer, at: number, kind: number): Cell {
  const reader = { bytes, at: kind === INDEX_INNER ? at + 4 : at };
  const length = varint(reader);
  const rowid = kind === TABLE_LEAF ? varint(reader) : undefined;
  const payload = readPayload(file, reader, length, kind === TABLE_LEAF);
  return { values: readRecord(payload), ...(rowid !== undefined && { rowid }) };
}

interface Reader {
  readonly bytes: Buffer;
  at: number;
}

function varint(reader: Reader): number {
  let value = 0n;
  for (let index = 0; index < 9; index += 1) {
    const byte = reader.bytes.readUInt8(reader.at);
    reader.at += 1;
    if (index === 8) return Number(BigInt.asIntN(64, (value << 8n) | BigInt(byte)));
    value = (value << 7n) | BigInt(byte & 0x7f);
    if (byte < 0x80) return Number(value);
  }
  return Number(value);
}

/** What does not fit into the page goes on in others. */
function readPayload(file: PageFile, { bytes, at }: Reader, length: number, isTable: boolean): Buffer {
  const size = bytes.length;
  if (length > size * file.pages) throw new RangeError("longer than the file");
  const most = isTable ? size - 35 : Math.floor(((size - 12) * 64) / 255) - 23;
  if (length <= most) return slice(bytes, at, length);
  const least = Math.floor(((size - 12) * 32) / 255) - 23;
  const fitting = least + ((length - least) % (size - 4));
  const local = fitting <= most ? fitting : least;
  const parts = [slice(bytes, at, local)];
  let next = bytes.readUInt32BE(at + local);
  for (let left = length - local; left > 0; left -= size - 4) {
    const page = file.page(next);
    parts.push(slice(page, 4, Math.min(left, size - 4)));
    next = page.readUInt32BE(0);
  }
  return Buffer.concat(parts);
}

function slice(bytes: Buffer, at: number, length: number): Buffer {
  if (at + length > bytes.length) throw new RangeError("beyond the page");
  return bytes.subarray(at, at + length);
}

/** Throws `RangeError` where the values are not just as long as the record. */
function readRecord(payload: Buffer): Value[] {
  const reader = { bytes: payload, at: 0 };
  const end = varint(reader);
  const types: number[] = [];
  while (reader.at < end) types.push(varint(reader));
  if (reader.at !== end) throw new RangeError("no record");
  const values = types.map((type) => readValue(reader, type));
  if (reader.at !== payload.length) throw new RangeError("no record");
  return values;
}

/** How long the whole numbers are, by their type. */
const INTEGERS = [0, 1, 2, 3, 4, 6] as const;

function readValue(reader: Reader, type: number): Value {
  const { bytes, at } = reader;
  const take = (length: number): number => {
    reader.at += length;
    return at;
  };
  if (type === 0) return null;
  if (type === 6) return Number(bytes.readBigInt64BE(take(8)));
  if (type === 7) return bytes.readDoubleBE(take(8));
  if (type === 8 || type === 9) return type - 8;
  const length = INTEGERS[type];
  if (length !== undefined) return bytes.readIntBE(take(length), length);
  if (type < 12) throw new RangeError("no type");
  const content = slice(bytes, at, Math.floor((type - 12) / 2));
  take(content.length);
  return type % 2 === 0 ? Buffer.from(content) : content.toString();
}
