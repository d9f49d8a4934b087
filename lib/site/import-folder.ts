import { createHash, randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readdir, rename, rm, stat, statfs } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { EnergyError } from "../errors";
import type { ImportPart } from "../exchange/import-state";

/** The files that were sent to a site, for this user's eyes alone. */
export interface ImportFolder {
  /** Keeps a file under the hash of what is in it. Rejects `invalid-query` where it is larger than `mostBytes` or half of what is free. */
  receive(bytes: AsyncIterable<Uint8Array>, mostBytes: number): Promise<HashedFile>;
  /**
   * Adds a piece to an unfinished file of `size` bytes, unless that is not `at` bytes long yet, or longer; resolves to its length then.
   * Once it has `size` bytes it is kept as any other.
   */
  receivePart(part: Omit<ImportPart, "name">): Promise<{ readonly received: number; readonly whole?: HashedFile }>;
  /** How many are unfinished. */
  unfinished(): Promise<number>;
  remove(file: string): Promise<void>;
  /** Removes what was not touched since `before`, epoch ms, unless it is needed. */
  sweep(before: number, isNeeded: (file: string) => boolean): Promise<void>;
}

export interface HashedFile {
  readonly file: string;
  /** Of the contents. */
  readonly hash: string;
  readonly bytes: number;
}

const HASH_LENGTH = 32;
/** How files that are not whole yet are called. */
const PART = ".part";

/** `siteFile`: the site's database, beside which the folder `name` lies. */
export function openImportFolder(siteFile: string, name = "imports"): ImportFolder {
  const folder = join(dirname(siteFile), name, basename(siteFile, ".db"));

  const makeFolder = (): Promise<unknown> => mkdir(folder, { recursive: true, mode: 0o700 });
  const room = async (): Promise<number> => {
    const { bavail, bsize } = await statfs(folder);
    return Math.floor((bavail * bsize) / 2);
  };
  const names = (): Promise<string[]> => orIfMissing(readdir(folder), []);
  /** One piece of a file after the other. */
  const turns = new Map<string, Promise<unknown>>();

  const addPart: ImportFolder["receivePart"] = async ({ upload, at, size, bytes }) => {
    await makeFolder();
    const part = join(folder, `${upload}${PART}`);
    const before = await orIfMissing(
      stat(part).then((found) => found.size),
      0,
    );
    if (before !== at) return { received: before };
    const most = at + (await room());
    if (size > most) throw tooLarge(most);
    const handle = await open(part, "a", 0o600);
    let received = at;
    try {
      for await (const piece of bytes) {
        if (received + piece.byteLength > size) throw tooLarge(size);
        await handle.appendFile(piece);
        received += piece.byteLength;
      }
      if (received === size) await handle.sync();
    } finally {
      await handle.close();
    }
    if (received < size) return { received };
    const { hash } = await hashFile(part);
    const file = join(folder, hash);
    await rename(part, file);
    return { received, whole: { file, hash, bytes: size } };
  };

  return {
    receive: async (bytes, mostBytes) => {
      await makeFolder();
      const most = Math.min(mostBytes, await room());
      const part = join(folder, `${randomUUID()}${PART}`);
      try {
        const written = await write(part, bytes, most);
        const file = join(folder, written.hash);
        await rename(part, file);
        return { file, ...written };
      } catch (error) {
        await rm(part, { force: true });
        throw error;
      }
    },
    receivePart: (part) => {
      const before = turns.get(part.upload) ?? Promise.resolve();
      const added = before.then(() => addPart(part));
      const turn = added
        .catch(() => undefined)
        .finally(() => {
          if (turns.get(part.upload) === turn) turns.delete(part.upload);
        });
      turns.set(part.upload, turn);
      return added;
    },
    unfinished: async () => (await names()).filter((name) => name.endsWith(PART)).length,
    remove: async (file) => {
      if (dirname(file) === folder) await rm(file, { force: true });
    },
    sweep: async (before, isNeeded) => {
      for (const name of await names()) {
        const file = join(folder, name);
        if (isNeeded(file)) continue;
        const { mtimeMs } = await stat(file);
        if (mtimeMs < before) await rm(file, { force: true });
      }
    },
  };
}

async function write(file: string, bytes: AsyncIterable<Uint8Array>, most: number): Promise<Omit<HashedFile, "file">> {
  const hash = createHash("sha256");
  let length = 0;
  const handle = await open(file, "wx", 0o600);
  try {
    for await (const piece of bytes) {
      length += piece.byteLength;
      if (length > most) throw tooLarge(most);
      hash.update(piece);
      await handle.write(piece);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  return { hash: digest(hash), bytes: length };
}

/** A file where it lies; `invalid-query` where it cannot be read. */
export async function hashFile(file: string): Promise<HashedFile> {
  const hash = createHash("sha256");
  let bytes = 0;
  try {
    for await (const piece of createReadStream(file, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
      hash.update(piece);
      bytes += piece.length;
    }
  } catch (cause) {
    throw new EnergyError("invalid-query", "the file cannot be read", { cause, field: "file" });
  }
  return { file, hash: digest(hash), bytes };
}

const digest = (hash: ReturnType<typeof createHash>): string => hash.digest("hex").slice(0, HASH_LENGTH);

const tooLarge = (most: number): EnergyError =>
  new EnergyError("invalid-query", `the file is larger than ${most} bytes`, { field: "body" });

async function orIfMissing<T>(work: Promise<T>, otherwise: T): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (isMissing(error)) return otherwise;
    throw error;
  }
}

export function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "ENOENT";
}
