import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/**
 * The page is served as `<root>/energy`, with no slash at its end, and its files as `<root>/energy/assets/…`, whatever the
 * root: so the page names them relative to itself, and the scripts relative to each other.
 */
export default defineConfig({
  root: here("."),
  base: "./",
  experimental: {
    renderBuiltUrl: (file, { hostType }) => (hostType === "html" ? `energy/${file}` : { relative: true }),
  },
  build: {
    outDir: here("../dist/dashboard"),
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: { page: here("index.html"), "vatio-energy": here("src/vatio-energy.ts") },
      output: {
        entryFileNames: ({ name }) => (name === "vatio-energy" ? "assets/vatio-energy.js" : "assets/[name]-[hash].js"),
        chunkFileNames: "assets/[name]-[hash].js",
        assetFileNames: "assets/[name]-[hash][extname]",
      },
    },
  },
});
