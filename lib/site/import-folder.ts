import { createHash, randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readdir, rename, rm, stat, statfs } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { EnergyError } from "../errors";

/** The files that were sent to a site, for this user's eyes alone. */
export interface ImportFolder {
  /** Keeps a file under the hash of what is in it. Rejects `invalid-query` where it is larger than `mostBytes` or half of what is free. */
  receive(bytes: AsyncIterable<Uint8Array>, mostBytes: number): Promise<HashedFile>;
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

/** `siteFile`: the site's database, beside which the folder lies. */
export function openImportFolder(siteFile: string): ImportFolder {
  const folder = join(dirname(siteFile), "imports", basename(siteFile, ".db"));

  return {
    receive: async (bytes, mostBytes) => {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const { bavail, bsize } = await statfs(folder);
      const most = Math.min(mostBytes, Math.floor((bavail * bsize) / 2));
      const part = join(folder, `${randomUUID()}.part`);
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
    remove: (file) => rm(file, { force: true }),
    sweep: async (before, isNeeded) => {
      const names = await readdir(folder).catch((error: unknown) => {
        if (isMissing(error)) return [];
        throw error;
      });
      for (const name of names) {
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
      if (length > most)
        throw new EnergyError("invalid-query", `the file is larger than ${most} bytes`, { field: "body" });
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

export function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "ENOENT";
}
