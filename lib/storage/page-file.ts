import { closeSync, existsSync, fstatSync, openSync, readSync } from "node:fs";

/** A SQLite file as its pages, numbered from 1, with what its `-wal` holds on top: read without SQLite, which refuses damaged ones. */
export interface PageFile {
  readonly pageSize: number;
  readonly pages: number;
  /** Its whole content; throws `RangeError` where there is no such page. */
  page(number: number): Buffer;
  /** Its first byte, or what stands for its kind. */
  kind(number: number): number;
  close(): void;
}

/** What our own databases have. */
const PAGE_SIZE = 16_384;
const WAL_HEADER = 32;
const FRAME_HEADER = 24;
const WAL_MAGIC = 0x377f0682;
/** Where page 1 itself begins. */
export const FILE_HEADER = 100;

/** Opens `file` for reading alone. */
export function openPageFile(file: string): PageFile {
  const main = openSync(file, "r");
  const wal = existsSync(`${file}-wal`) ? openSync(`${file}-wal`, "r") : undefined;
  const header = read(main, 0, FILE_HEADER);
  const log = wal === undefined ? undefined : readLog(wal);
  const { size } = fstatSync(main);
  const pageSize = log?.pageSize ?? pageSizeOf(header, size);
  const pages = Math.max(log?.pages ?? 0, Math.ceil(size / pageSize));

  const part = (number: number, length: number, from = 0): Buffer => {
    if (!Number.isInteger(number) || number < 1 || number > pages) throw new RangeError(`there is no page ${number}`);
    const logged = log?.frames.get(number);
    if (wal !== undefined && logged !== undefined) return read(wal, logged + from, length);
    return read(main, (number - 1) * pageSize + from, length);
  };
  return {
    pageSize,
    pages,
    page: (number) => part(number, pageSize),
    kind: (number) => part(number, 1, number === 1 ? FILE_HEADER : 0)[0] ?? 0,
    close: () => {
      closeSync(main);
      if (wal !== undefined) closeSync(wal);
    },
  };
}

/** Always so many bytes: what the file does not have is 0. */
function read(descriptor: number, at: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  readSync(descriptor, bytes, 0, length, at);
  return bytes;
}

/** As the header says, where that fits the file. */
function pageSizeOf(header: Buffer, size: number): number {
  const said = header.readUInt16BE(16);
  const pages = header.readUInt32BE(28);
  const sizes = [said === 1 ? 65_536 : said, PAGE_SIZE, 4_096];
  return sizes.find((one) => one * pages === size) ?? sizes.find((one) => one >= 512 && size % one === 0) ?? PAGE_SIZE;
}

interface Log {
  readonly pageSize: number;
  /** How many pages the database has after the last commit. */
  readonly pages: number;
  /** Where the newest committed content of a page lies in the log. */
  readonly frames: ReadonlyMap<number, number>;
}

/** What was committed in whole frames, as SQLite takes it; see "WAL File Format" in its documentation. */
function readLog(wal: number): Log | undefined {
  const header = read(wal, 0, WAL_HEADER);
  const magic = header.readUInt32BE(0);
  if ((magic & ~1) !== WAL_MAGIC) return undefined;
  const bigEndian = (magic & 1) === 1;
  let sums = checkSums([0, 0], header.subarray(0, 24), bigEndian);
  if (!isSum(header, 24, sums)) return undefined;

  const pageSize = header.readUInt32BE(8);
  const size = fstatSync(wal).size;
  const frames = new Map<number, number>();
  const waiting = new Map<number, number>();
  let pages = 0;
  for (let at = WAL_HEADER; at + FRAME_HEADER + pageSize <= size; at += FRAME_HEADER + pageSize) {
    const frame = read(wal, at, FRAME_HEADER + pageSize);
    if (!frame.subarray(8, 16).equals(header.subarray(16, 24))) break;
    sums = checkSums(checkSums(sums, frame.subarray(0, 8), bigEndian), frame.subarray(FRAME_HEADER), bigEndian);
    if (!isSum(frame, 16, sums)) break;
    waiting.set(frame.readUInt32BE(0), at + FRAME_HEADER);
    const committed = frame.readUInt32BE(4);
    if (committed === 0) continue;
    for (const [page, content] of waiting) frames.set(page, content);
    waiting.clear();
    pages = committed;
  }
  return frames.size === 0 ? undefined : { pageSize, pages, frames };
}

type Sums = readonly [number, number];

function checkSums([first, second]: Sums, bytes: Buffer, bigEndian: boolean): Sums {
  let [a, b] = [first, second];
  for (let at = 0; at + 8 <= bytes.length; at += 8) {
    a = (a + (bigEndian ? bytes.readUInt32BE(at) : bytes.readUInt32LE(at)) + b) >>> 0;
    b = (b + (bigEndian ? bytes.readUInt32BE(at + 4) : bytes.readUInt32LE(at + 4)) + a) >>> 0;
  }
  return [a, b];
}

function isSum(bytes: Buffer, at: number, [a, b]: Sums): boolean {
  return bytes.readUInt32BE(at) === a && bytes.readUInt32BE(at + 4) === b;
}
