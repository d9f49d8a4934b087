import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startNodeRed, type RunningNodeRed } from "../../scripts/demo/node-red.ts";

interface FlowNode {
  readonly id: string;
  readonly type: string;
  readonly z?: string;
  readonly info?: string;
  readonly wires?: readonly (readonly string[])[];
}

const root = join(import.meta.dirname, "..", "..");
const folder = join(root, "examples");
const names = readdirSync(folder).filter((name) => name.endsWith(".json"));
const flows = new Map(
  names.map((name) => [name, JSON.parse(readFileSync(join(folder, name), "utf8")) as readonly FlowNode[]]),
);
/** The dashboards' own nodes may stand in their own examples alone. */
const forDashboards = names.filter((name) => name.startsWith("Dashboard"));
const plain = names.filter((name) => !name.startsWith("Dashboard"));

const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
  readonly "node-red": { readonly nodes: Readonly<Record<string, string>> };
};
const ours = Object.keys(manifest["node-red"].nodes);
const core = ["tab", "comment", "inject", "debug", "http in", "http response"];

describe("every example", () => {
  it.each(names)("%s tells in a comment what to change", (name) => {
    const comments = flows.get(name)!.filter(({ type }) => type === "comment");
    expect(comments.some(({ info = "" }) => info.length > 80)).toBe(true);
  });

  it.each(plain)("%s uses only our nodes and Node-RED's own", (name) => {
    const types = new Set(flows.get(name)!.map(({ type }) => type));
    expect([...types].filter((type) => !ours.includes(type) && !core.includes(type))).toEqual([]);
  });

  it.each(names)("%s is wired within itself", (name) => {
    const flow = flows.get(name)!;
    const ids = new Set(flow.map(({ id }) => id));
    for (const { z, wires = [] } of flow) {
      if (z !== undefined) expect(ids).toContain(z);
      for (const target of wires.flat()) expect(ids).toContain(target);
    }
  });

  it("shares no id with another, so that all can be imported side by side", () => {
    const ids = [...flows.values()].flat().map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("has its part: together they show every node", () => {
    const types = new Set([...flows.values()].flat().map(({ type }) => type));
    const elsewhere = forDashboards.length === 0 ? ["ui_energy"] : [];
    expect(ours.filter((type) => !types.has(type) && !elsewhere.includes(type))).toEqual([]);
  });
});

describe("all examples at once in the real Node-RED", () => {
  const userDir = mkdtempSync(join(tmpdir(), "vatio-test-"));
  const said: string[] = [];
  let nodeRed: RunningNodeRed;

  beforeAll(async () => {
    nodeRed = await startNodeRed({
      userDir,
      port: 0,
      flow: plain.flatMap((name) => flows.get(name)!),
      credentials: {},
      lang: "en-US",
      say: (text) => said.push(text),
    });
  });
  afterAll(async () => {
    await nodeRed.close();
    rmSync(userDir, { recursive: true, force: true });
  });

  it("start without an error or a warning", () => {
    expect(said).toEqual([]);
  });

  it("are offered in the import menu under the names of their files", async () => {
    const answer = await fetch(`${nodeRed.url}/library/examples/flows/@vatio/node-red-energy/`);
    expect(JSON.stringify(await answer.json())).toContain("One meter on a chart");
  });

  it("let a meter post by HTTP what the API then answers", async () => {
    const posted = await fetch(`${nodeRed.url}/my-meter`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ power: 830, unit: "W" }),
    });
    expect(posted.status).toBe(202);

    const boiler = async (): Promise<unknown> => (await fetch(`${nodeRed.url}/api/energy?meter=Boiler`)).json();
    await expect.poll(boiler).toMatchObject([{ meter: "Boiler", consumption: 0.83 }]);
  });
});
