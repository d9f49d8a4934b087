// Tests run the sources, but a worker thread needs a file of JavaScript: it is bundled anew for each run.
import { renameSync } from "node:fs";
import { bundle } from "../../scripts/bundle.mjs";

export const TEST_WORKER = ".cache/test/storage-worker.js";

/** Processes of their own that the tests may kill. */
const SPOOL_CHILD = ".cache/test/spool-child.js";
const IMPORT_CHILD = ".cache/test/import-child.js";

export default async function setup() {
  await build("lib/storage/storage-worker.ts", TEST_WORKER);
  await build("tests/support/spool-child.ts", SPOOL_CHILD);
  await build("tests/support/import-child.ts", IMPORT_CHILD);
}

async function build(input, place) {
  const file = `${place}.${process.pid}`;
  await bundle({ input, file, define: { STORAGE_WORKER: JSON.stringify("storage-worker.js") } });
  renameSync(file, place);
}
