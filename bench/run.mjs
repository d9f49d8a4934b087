// `npm run bench -- NAME… [--json]`: measures, prints each figure with its bound, and ends with 1 when one is out of bounds.
// A benchmark is a file `bench/NAME.bench.ts` whose default export resolves to figures.
import { existsSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { bundle } from "../scripts/bundle.mjs";

const ENDING = ".bench.ts";
const all = readdirSync("bench")
  .filter((file) => file.endsWith(ENDING))
  .map((file) => file.slice(0, -ENDING.length));
const asJson = process.argv.includes("--json");
const names = process.argv.slice(2).filter((argument) => !argument.startsWith("--"));

const unknown = names.filter((name) => !existsSync(join("bench", name + ENDING)));
if (unknown.length > 0) {
  console.error(`There is no benchmark ${unknown.join(", ")}: choose of ${all.join(", ")}.`);
  process.exit(2);
}

const figures = [];
for (const name of names.length > 0 ? names : all) figures.push(...(await measure(name)));

if (asJson) console.log(JSON.stringify({ figures }));
else for (const figure of figures) console.log(line(figure));
process.exitCode = figures.every(({ ok }) => ok) ? 0 : 1;

async function measure(name) {
  const file = resolve(".cache", "bench", `${name}.cjs`);
  await bundle({
    input: join("bench", name + ENDING),
    file,
    define: { STORAGE_WORKER: JSON.stringify("../../dist/storage-worker.js") },
  });
  return createRequire(file)(file).default();
}

function line({ name, value, unit, bound, peer, withoutPeer, ok }) {
  const against = peer ? `, ${peer.name}: ${peer.value} ${unit}` : withoutPeer ? `, no peer: ${withoutPeer}` : "";
  const promised = bound ? `${bound.kind} ${bound.value} ${unit}` : "stated";
  return `${ok ? "ok  " : "MISS"} ${name}: ${value} ${unit} (${promised}${against})`;
}
