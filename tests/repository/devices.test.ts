import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { FAMILIES } from "../../lib/meters/families";
import { PROFILES } from "../../lib/meters/family";
import { PAGES } from "../../scripts/devices/page";
import { readJson } from "./tree";

describe("the list of devices", () => {
  it.each(Object.entries(PAGES))(
    "%s says what the families say of themselves (npm run format writes it)",
    (file, make) => {
      expect(existsSync(file) ? readFileSync(file, "utf8") : "").toBe(make());
    },
  );

  it("is linked from the README of its language", () => {
    expect(readFileSync("README.md", "utf8")).toContain("docs/devices.md");
    expect(readFileSync("README.es.md", "utf8")).toContain("docs/devices.es.md");
  });

  it("has the same texts in English and Spanish", () => {
    const [english, spanish] = ["en-US", "es-ES"].map((language) =>
      readJson<Record<string, unknown>>(`scripts/devices/${language}.json`),
    );

    expect(shape(spanish)).toEqual(shape(english));
  });

  it("holds each setting of meter-in once", () => {
    expect(FAMILIES.map(({ profile }) => profile).sort()).toEqual([...PROFILES].sort());
  });
});

/** Keys and lengths of lists; the introduction may break its lines elsewhere. */
function shape(texts: unknown): unknown {
  if (Array.isArray(texts)) return texts.length;
  if (typeof texts !== "object" || texts === null) return typeof texts;
  return Object.fromEntries(Object.entries(texts).map(([key, value]) => [key, shape(value)]));
}
