// Writes docs/devices*.md from what the families say of themselves.
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { bundle } from "../bundle.mjs";

const file = resolve(".cache", "devices.cjs");
await bundle({ input: "scripts/devices/page.ts", file });
const { PAGES } = createRequire(file)(file);
for (const [path, make] of Object.entries(PAGES)) writeFileSync(path, make());
