import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface PackageJson {
  readonly name: string;
  readonly "node-red"?: { readonly nodes: Readonly<Record<string, string>> };
}
export interface Example {
  readonly file: string;
  readonly nodes: readonly { readonly type: string; readonly [setting: string]: unknown }[];
}

/** Where each published package stands. */
export const PACKAGES = [".", "dashboard/flowfuse"] as const;

/** A folder with a runtime file is a node. */
export const nodeFolders = PACKAGES.flatMap((where) =>
  readdirSync(join(where, "nodes"))
    .map((type) => ({ where, type, folder: join(where, "nodes", type) }))
    .filter(({ type, folder }) => existsSync(join(folder, `${type}.ts`))),
);
export const nodeTypes = nodeFolders.filter(({ where }) => where === ".").map(({ type }) => type);

export function readJson<T>(file: string): T {
  return JSON.parse(readFileSync(file, "utf8")) as T;
}

/** The files under `folder` whose names end as asked, without what a build makes. */
export function filesUnder(folder: string, ...endings: string[]): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((file) => endings.some((ending) => file.endsWith(ending)))
    .filter((file) => !/(^|\/)(node_modules|resources|dist)\//.test(file))
    .map((file) => join(folder, file));
}

export const examples: readonly Example[] = PACKAGES.flatMap((folder) =>
  filesUnder(join(folder, "examples"), ".json").map((file) => ({ file, nodes: readJson<Example["nodes"]>(file) })),
);

/** The node types that editor files register. */
export function typesIn(htmlFiles: readonly string[]): Set<string> {
  const registrations = htmlFiles.map((file) =>
    readFileSync(file, "utf8").matchAll(/registerType\(\s*['"]([^'"]+)['"]/g),
  );
  return new Set(registrations.flatMap((found) => [...found].map(([, type]) => type!)));
}
