import { existsSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";

const rows = [...readFileSync("CONTRIBUTING.md", "utf8").matchAll(/^\| ([^|]+) \| `([^`]+)` \| `([^`]+)` \|$/gm)].map(
  ([, behaviour, file, symbol]) => ({ behaviour: behaviour!, file: file!, symbol: symbol! }),
);

it("CONTRIBUTING.md maps at least twenty behaviours", () => {
  expect(new Set(rows.map(({ behaviour }) => behaviour)).size).toBeGreaterThanOrEqual(20);
});

it.each(rows)("$behaviour is in $file", ({ file, symbol }) => {
  expect(existsSync(file)).toBe(true);
  expect(readFileSync(file, "utf8")).toMatch(
    new RegExp(`\\b(function|const|class|interface|type) ${symbol}\\b|\\b${symbol}[(:]`),
  );
});
