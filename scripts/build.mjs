// Makes what is published and what runs. dist/ is built aside and put in place at the end, so that it is never half of something.
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build as buildPage } from "vite";
import { bundle } from "./bundle.mjs";
import { copyAssets, moveEditorFiles } from "./copy-assets.mjs";
import { markBuilt } from "./freshness.mjs";
import { collectPackages, licenceText } from "./third-party.mjs";

const WORKER = "storage-worker.js";
const WIDGET = "dashboard/flowfuse";

const startedAt = Date.now();
const out = join(".cache", `dist-${process.pid}`);

try {
  await buildMain();
  if (existsSync(join(WIDGET, "nodes"))) await buildWidget();
  putInPlace(join(out, "resources"), "resources");
  putInPlace(out, "dist");
  markBuilt(startedAt);
} finally {
  rmSync(out, { recursive: true, force: true });
}

async function buildMain() {
  const inlined = new Set();
  const plugins = [collectPackages(inlined)];
  const types = nodeTypes("nodes");

  await bundle({
    input: "vatio",
    source: types.map((type) => `export { default as "${type}" } from "./nodes/${type}/${type}.ts";`).join("\n"),
    file: join(out, "vatio.js"),
    define: { STORAGE_WORKER: JSON.stringify(WORKER) },
    plugins,
  });
  await bundle({ input: "lib/storage/storage-worker.ts", file: join(out, WORKER), plugins });

  copyAssets("nodes", join(out, "nodes"));
  moveEditorFiles(types, join(out, "nodes"), join(out, "resources"));
  for (const type of types) {
    writeFileSync(
      join(out, "nodes", type, `${type}.js`),
      `"use strict";\nmodule.exports = require("../shared/load.js")("${type}");\n`,
    );
  }
  await buildWithVite("dashboard", { outDir: join(process.cwd(), out, "dashboard"), emptyOutDir: true }, plugins);
  writeFileSync(join(out, "THIRD-PARTY-LICENSES.txt"), licenceText(inlined));
}

/** The Dashboard 2 package: its nodes into its own dist/, its element where its Vite configuration says. */
async function buildWidget() {
  const inlined = new Set();
  const plugins = [collectPackages(inlined)];
  const dist = join(WIDGET, "dist");
  rmSync(dist, { recursive: true, force: true });
  copyAssets(join(WIDGET, "nodes"), join(dist, "nodes"));
  for (const type of nodeTypes(join(WIDGET, "nodes"))) {
    await bundle({
      input: join(WIDGET, "nodes", type, `${type}.ts`),
      file: join(dist, "nodes", type, `${type}.js`),
      plugins,
    });
  }
  await buildWithVite(WIDGET, {}, plugins);
  writeFileSync(join(dist, "THIRD-PARTY-LICENSES.txt"), licenceText(inlined));
}

/** A folder with a runtime file is a node: there is no list to keep. */
function nodeTypes(folder) {
  return readdirSync(folder).filter((type) => existsSync(join(folder, type, `${type}.ts`)));
}

async function buildWithVite(root, build, plugins) {
  if (!existsSync(join(root, "vite.config.ts"))) return;
  // Vite tells that it will read such files in another way one day.
  process.env.VITE_CONFIG_NATIVE_IGNORE_WARNING = "true";
  await buildPage({ root, configFile: join(root, "vite.config.ts"), logLevel: "warn", plugins, build });
}

function putInPlace(made, place) {
  const old = join(".cache", `old-${process.pid}`);
  mkdirSync(".cache", { recursive: true });
  if (existsSync(place)) renameSync(place, old);
  renameSync(made, place);
  rmSync(old, { recursive: true, force: true });
}
