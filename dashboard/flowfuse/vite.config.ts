import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Node-RED serves a package's `resources`; the dashboard imports the widget from there. */
export default defineConfig({
  root: here("."),
  publicDir: false,
  build: {
    outDir: here("resources"),
    emptyOutDir: true,
    target: "es2022",
    lib: { entry: here("src/ui-energy.ts"), formats: ["es"], fileName: () => "ui-energy.js" },
  },
});
