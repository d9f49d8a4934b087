import { defineConfig } from "vitest/config";

const inCi = Boolean(process.env.CI);

export default defineConfig({
  // Seen from lib/storage, where the code that starts the worker stands. In the bundle it is the file beside it.
  define: { STORAGE_WORKER: JSON.stringify("../../.cache/test/storage-worker.js") },
  test: {
    include: ["tests/**/*.test.ts"],
    globalSetup: "tests/support/build-worker.mjs",
    testTimeout: 20_000,
    hookTimeout: 30_000,
    reporters: inCi ? ["default", ["json", { outputFile: ".cache/vitest.json" }]] : ["default"],
    coverage: { include: ["lib/**", "nodes/**"], reportsDirectory: "coverage" },
  },
});
