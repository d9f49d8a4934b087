import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { nodeFolders, PACKAGES, readJson, typesIn, type PackageJson } from "./tree";

it.each(PACKAGES)("the package.json in %s lists exactly the nodes that have a folder", (place) => {
  const listed = readJson<PackageJson>(`${place}/package.json`)["node-red"]?.nodes;

  const types = nodeFolders.filter(({ where }) => where === place).map(({ type }) => type);
  expect(listed).toEqual(Object.fromEntries(types.map((type) => [type, `dist/nodes/${type}/${type}.js`])));
});

describe.each(nodeFolders)("$type", ({ type, folder }) => {
  const catalogue = (language: string): Record<string, unknown> =>
    readJson(`${folder}/locales/${language}/${type}.json`);

  it("has an editor file that registers it by a literal name and object", () => {
    expect([...typesIn([`${folder}/${type}.html`])]).toEqual([type]);
    expect(readFileSync(`${folder}/${type}.html`, "utf8")).toMatch(
      new RegExp(`registerType\\(\\s*["']${type}["'],\\s*\\{`),
    );
  });

  it("has the same texts in English and Spanish, filled in the way Node-RED fills them in", () => {
    const english = texts(catalogue("en-US"));
    const spanish = texts(catalogue("es-ES"));
    const isEmpty = (text: string | undefined): boolean => text?.trim() === "";

    expect(Object.keys(spanish)).toEqual(Object.keys(english));
    expect(Object.keys(english).filter((key) => isEmpty(english[key]) !== isEmpty(spanish[key]))).toEqual([]);
    // A webhook's template has such braces too; what a node says never shows any.
    const said = [...Object.entries(english), ...Object.entries(spanish)].filter(([key]) =>
      /^[^.]+\.(status|ignored)/.test(key),
    );
    expect(said.filter(([, text]) => text.includes("{{"))).toEqual([]);
  });

  it("fills the same values into a text in both languages", () => {
    const spanish = texts(catalogue("es-ES"));
    const differing = Object.entries(texts(catalogue("en-US"))).filter(
      ([key, text]) => placeholders(text).join() !== placeholders(spanish[key] ?? "").join(),
    );

    expect(differing).toEqual([]);
  });

  it("shows statuses of fewer than 20 characters", () => {
    const statuses = (["en-US", "es-ES"] as const).flatMap((language) =>
      Object.entries(texts(catalogue(language))).filter(([key]) => /^[^.]+\.(status|failure|state)\./.test(key)),
    );

    expect(statuses.filter(([, text]) => text.replaceAll(/__\w+__/g, "").length >= 20)).toEqual([]);
  });

  it.each(["en-US", "es-ES"])("has help in %s that starts with a paragraph", (language) => {
    const help = readFileSync(`${folder}/locales/${language}/${type}.html`, "utf8");

    expect(help).toMatch(new RegExp(`data-help-name=["']${type}["']`));
    expect(help).toMatch(/<script[^>]*>\s*<p>\s*\S/);
  });

  it("has no text of its own in the editor file", () => {
    const html = readFileSync(`${folder}/${type}.html`, "utf8");
    const markup = html.replaceAll(
      /<script type=["']text\/javascript["'][\s\S]*?<\/script>|<style[\s\S]*?<\/style>|<!--[\s\S]*?-->/g,
      "",
    );
    const words = markup.replaceAll(/<[^>]*>/g, " ").match(/\p{L}{3,}/gu);

    expect(words).toBeNull();
  });

  it("has the icon it names", () => {
    const [, icon] = /icon:\s*["']([^"']+)["']/.exec(readFileSync(`${folder}/${type}.html`, "utf8")) ?? [];

    if (icon?.endsWith(".svg")) expect(existsSync(`${folder}/icons/${icon}`)).toBe(true);
    else expect(icon ?? "").toMatch(/^(font-awesome\/fa-[\w-]+)?$/);
  });
});

/** A catalogue as one list: `type.status.ok` → text. */
function texts(catalogue: unknown, path: readonly string[] = []): Record<string, string> {
  if (typeof catalogue === "string") return { [path.join(".")]: catalogue };
  if (typeof catalogue !== "object" || catalogue === null) throw new Error(`${path.join(".")} is no text`);
  return Object.fromEntries(
    Object.keys(catalogue)
      .sort()
      .flatMap((key) => Object.entries(texts((catalogue as Record<string, unknown>)[key], [...path, key]))),
  );
}

function placeholders(text: string): string[] {
  return [...text.matchAll(/__\w+__/g)].map(([name]) => name).sort();
}
