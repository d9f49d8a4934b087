import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { nodeTypes, PACKAGES, readJson, type PackageJson } from "./tree";

interface Pack {
  readonly files: readonly { readonly path: string }[];
}

describe.each(PACKAGES)("the package in %s", (folder) => {
  const files = packedFiles(folder);
  const { name, ...rest } = readJson<PackageJson>(`${folder}/package.json`);

  it("holds what it needs and none of its sources and tests", () => {
    expect(files).toContain("LICENSE");
    expect(files).toContain("README.md");
    expect(
      files.filter((file) => /\.ts$|^(lib|nodes|tests|bench|scripts|\.ci)\/|tsconfig|eslint|\.cache/.test(file)),
    ).toEqual([]);
  });

  it("holds every file that it names", () => {
    const named = Object.values(rest["node-red"]?.nodes ?? {});

    expect(name).toMatch(/^@vatio\//);
    expect(named.filter((file) => !files.includes(file))).toEqual([]);
  });
});

it("every node is published with its editor, icon folder, and texts in English and Spanish under both its names", () => {
  const files = packedFiles(".");
  const wanted = nodeTypes.flatMap((type) => [
    `dist/nodes/${type}/${type}.js`,
    `dist/nodes/${type}/${type}.html`,
    ...["en-US", "es-ES", "es"].flatMap((language) => [
      `dist/nodes/${type}/locales/${language}/${type}.json`,
      `dist/nodes/${type}/locales/${language}/${type}.html`,
    ]),
  ]);

  expect(wanted.filter((file) => !files.includes(file))).toEqual([]);
  expect(files).toEqual(
    expect.arrayContaining([
      "resources/meter-in/discover-dialog.js",
      "dist/vatio.js",
      "dist/storage-worker.js",
      "dist/THIRD-PARTY-LICENSES.txt",
    ]),
  );
});

function packedFiles(folder: string): string[] {
  const npm = process.env.npm_execpath;
  const options = ["pack", "--dry-run", "--json", "--ignore-scripts"];
  const answer = execFileSync(npm ? process.execPath : "npm", npm ? [npm, ...options] : options, {
    cwd: folder,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  const packs = JSON.parse(answer) as readonly Pack[] | Readonly<Record<string, Pack>>;
  return Object.values(packs)[0]!.files.map(({ path }) => path);
}
