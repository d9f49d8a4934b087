import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const CACHE = join(".cache", "bench", "data");
const MADE_OF = "made-of";

/**
 * A folder of this name that `make` has filled, now or before: as long as none of `sources` changed since, which are files or
 * beginnings of files' paths. One that was left unfinished is made anew.
 */
export async function cached(
  name: string,
  sources: readonly string[],
  make: (folder: string) => Promise<void>,
): Promise<string> {
  const folder = join(CACHE, name);
  const stamp = join(folder, MADE_OF);
  const sum = checksum(sources);
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === sum) return folder;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const started = performance.now();
  await make(folder);
  writeFileSync(stamp, sum);
  console.error(`made ${name} in ${Math.round((performance.now() - started) / 1_000)} s`);
  return folder;
}

function checksum(sources: readonly string[]): string {
  const hash = createHash("sha256");
  for (const source of sources) {
    const parts = source.split("/");
    const beginning = parts.pop() ?? "";
    const folder = join(...parts);
    for (const file of readdirSync(folder).sort()) {
      if (file.startsWith(beginning)) hash.update(file).update(readFileSync(join(folder, file)));
    }
  }
  return hash.digest("hex");
}
