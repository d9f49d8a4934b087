import { basename } from "node:path";
import { describe, expect, it } from "vitest";
import { examples, filesUnder, nodeTypes, PACKAGES, readJson, typesIn, type PackageJson } from "./tree";

const own = PACKAGES.flatMap((folder) =>
  Object.keys(readJson<PackageJson>(`${folder}/package.json`)["node-red"]?.nodes ?? {}),
);
const core = new Set([
  ...typesIn(filesUnder("node_modules/@node-red/nodes/core", ".html")),
  // The editor's own.
  ...["tab", "subflow", "group", "junction", "global-config"],
]);
const dashboards = {
  "Dashboard 1": typesIn(filesUnder("node_modules/node-red-dashboard/nodes", ".html")),
  "Dashboard 2": typesIn(filesUnder("node_modules/@flowfuse/node-red-dashboard/nodes", ".html")),
};

it.each([...new Set([...nodeTypes, ...own])])("%s is used in an example", (type) => {
  expect(examples.filter(({ nodes }) => nodes.some((node) => node.type === type))).not.toEqual([]);
});

describe.each(examples.map((example) => [basename(example.file), example] as const))("%s", (name, { nodes }) => {
  const itsDashboard = Object.entries(dashboards).find(([dashboard]) => name.includes(dashboard))?.[1];

  it("uses only nodes of Node-RED, of Vatio, and of the dashboard that it is named for", () => {
    const foreign = nodes.filter(({ type }) => !core.has(type) && !own.includes(type) && !itsDashboard?.has(type));

    expect(foreign.map(({ type }) => type)).toEqual([]);
  });

  it("has a comment that says what to change", () => {
    expect(
      nodes.filter(({ type, info }) => type === "comment" && typeof info === "string" && info.length > 20),
    ).not.toEqual([]);
  });

  it("wires nodes that exist, and has no id twice", () => {
    const ids = nodes.map(({ id }) => id);
    const wired = nodes.flatMap(({ wires }) => ((wires ?? []) as string[][]).flat());

    expect(new Set(ids).size).toBe(ids.length);
    expect(wired.filter((id) => !ids.includes(id))).toEqual([]);
  });
});

it("no two examples share an id, so that both can be imported", () => {
  const ids = examples.flatMap(({ nodes }) => nodes.map(({ id }) => id));

  expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
});
