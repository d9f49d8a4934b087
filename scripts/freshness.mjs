// Is what is installed and built still what the sources say? Asked at every start, so it must take milliseconds. Runs on Node 20.
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const STAMP = join(".cache", "built.json");
const INSTALLED = join("node_modules", ".package-lock.json");
const BUILT = ["dist", "resources", join("dashboard", "flowfuse", "dist"), join("dashboard", "flowfuse", "resources")];
const SOURCES = ["lib", "nodes", "dashboard", "scripts", "package.json", "package-lock.json", "tsconfig.json"];
/** Made by a build, or no part of one. */
const NO_SOURCE = new Set(["node_modules", "dist", "resources", "demo"]);

export function isInstalled() {
  if (!existsSync(INSTALLED)) return false;
  if (statSync(INSTALLED).mtimeMs >= statSync("package-lock.json").mtimeMs) return true;
  // A checkout gives the lock file a new date even where nothing in it changed.
  const installed = packagesOf(INSTALLED);
  return Object.entries(packagesOf("package-lock.json")).every(
    ([path, wanted]) => path === "" || wanted.optional || wanted.link || installed[path]?.version === wanted.version,
  );
}

function packagesOf(file) {
  return JSON.parse(readFileSync(file, "utf8")).packages;
}

export function isBuilt() {
  if (![...BUILT, STAMP].every(existsSync)) return false;
  const { startedAt, files } = JSON.parse(readFileSync(STAMP, "utf8"));
  const sources = listSources();
  return sources.join("\n") === files.join("\n") && sources.every((file) => statSync(file).mtimeMs < startedAt);
}

/** `startedAt`, not now: what was saved during the build may have missed it. */
export function markBuilt(startedAt) {
  mkdirSync(".cache", { recursive: true });
  writeFileSync(STAMP, JSON.stringify({ startedAt, files: listSources() }));
}

function listSources() {
  return SOURCES.filter((path) => existsSync(path))
    .flatMap(filesUnder)
    .sort();
}

function filesUnder(path) {
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .filter((name) => !NO_SOURCE.has(name))
    .flatMap((name) => filesUnder(join(path, name)));
}
