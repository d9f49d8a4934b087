// Tests run the sources, but a worker thread needs a file of JavaScript: it is bundled anew for each run.
import { renameSync } from "node:fs";
import { bundle } from "../../scripts/bundle.mjs";

export const TEST_WORKER = ".cache/test/storage-worker.js";

export default async function setup() {
  const file = `${TEST_WORKER}.${process.pid}`;
  await bundle({ input: "lib/storage/storage-worker.ts", file });
  renameSync(file, TEST_WORKER);
}
