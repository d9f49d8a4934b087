import { defineConfig } from "vitest/config";

const inCi = Boolean(process.env.CI);

export default defineConfig({
  // In the bundle the worker's file lies beside the code that starts it; tests run the code where it is written.
  define: { STORAGE_WORKER: JSON.stringify("../../dist/storage-worker.js") },
  test: {
    include: ["tests/**/*.test.ts"],
    testTimeout: 20_000,
    hookTimeout: 30_000,
    reporters: inCi ? ["default", ["json", { outputFile: ".cache/vitest.json" }]] : ["default"],
    coverage: { include: ["lib/**", "nodes/**"], reportsDirectory: "coverage" },
  },
});
