// Makes dist/: what is published and what runs. Built aside and put in place at the end, so that dist/ is never half of something.
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build as buildPage } from "vite";
import { bundle } from "./bundle.mjs";
import { copyAssets } from "./copy-assets.mjs";
import { markBuilt } from "./freshness.mjs";
import { collectPackages, licenceText } from "./third-party.mjs";

const WORKER = "storage-worker.js";

const startedAt = Date.now();
const out = join(".cache", `dist-${process.pid}`);
const inlined = new Set();

try {
  const types = nodeTypes();
  await bundle({
    input: "vatio",
    source: types.map((type) => `export { default as "${type}" } from "./nodes/${type}/${type}.ts";`).join("\n"),
    file: join(out, "vatio.js"),
    define: { STORAGE_WORKER: JSON.stringify(WORKER) },
    plugins: [collectPackages(inlined)],
  });
  await bundle({
    input: "lib/storage/storage-worker.ts",
    file: join(out, WORKER),
    plugins: [collectPackages(inlined)],
  });
  copyAssets("nodes", join(out, "nodes"));
  for (const type of types) {
    writeFileSync(
      join(out, "nodes", type, `${type}.js`),
      `"use strict";\nmodule.exports = require("../shared/load.js")("${type}");\n`,
    );
  }
  await buildDashboards();
  writeFileSync(join(out, "THIRD-PARTY-LICENSES.txt"), licenceText(inlined));
  replaceDist();
  markBuilt(startedAt);
} finally {
  rmSync(out, { recursive: true, force: true });
}

/** A folder in nodes/ with a runtime file is a node: there is no list to keep. */
function nodeTypes() {
  return readdirSync("nodes").filter((folder) => existsSync(join("nodes", folder, `${folder}.ts`)));
}

/** The page into dist/dashboard; the Dashboard 2 widget where its own configuration says. */
async function buildDashboards() {
  const plugins = [collectPackages(inlined)];
  if (existsSync("dashboard/vite.config.ts")) {
    const outDir = join(process.cwd(), out, "dashboard");
    await buildPage({ root: "dashboard", logLevel: "warn", plugins, build: { outDir, emptyOutDir: true } });
  }
  if (existsSync("dashboard/flowfuse/vite.config.ts")) {
    await buildPage({ root: "dashboard/flowfuse", logLevel: "warn" });
  }
}

function replaceDist() {
  const old = join(".cache", `old-${process.pid}`);
  mkdirSync(".cache", { recursive: true });
  if (existsSync("dist")) renameSync("dist", old);
  renameSync(out, "dist");
  rmSync(old, { recursive: true, force: true });
}
