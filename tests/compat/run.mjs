// The packages as users get them: packed, installed and started with every supported Node.js and Node-RED.
// `npm run compat` does all, `npm run compat -- scorecard` or `-- install` one part, `-- install 22.9.0` one Node.js.
import { mkdirSync, writeFileSync } from "node:fs";
import { cleanClone, packedInstall } from "./packed-install.mjs";
import { scorecard } from "./scorecard.mjs";
import { pack, WORK } from "./packages.mjs";

const SUITES = { clone: cleanClone, scorecard, install: packedInstall };
const [only, version] = process.argv.slice(2);
const results = [];

/** One step: its outcome is printed and counted, and the next one runs in any case. */
async function check(name, work) {
  const started = Date.now();
  try {
    await work();
    results.push(true);
    console.log(`  ok    ${name} (${Date.now() - started} ms)`);
    return true;
  } catch (error) {
    results.push(false);
    console.log(`  FAIL  ${name}\n        ${String(error.message).replaceAll("\n", "\n        ")}`);
    return false;
  }
}

mkdirSync(WORK, { recursive: true });
const packages = pack();
for (const [name, suite] of Object.entries(SUITES)) {
  if (!only || only === name) await suite(packages, check, version);
}

const passed = results.filter(Boolean).length;
const failed = results.length - passed;
writeFileSync(".cache/compat.json", JSON.stringify({ passed, failed }));
console.log(`compat: ${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
