import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import type { Reading } from "../../lib/energy/reading";
import energySite from "../../nodes/energy-site/energy-site";
import energyStore from "../../nodes/energy-store/energy-store";
import { siteLending } from "../../nodes/shared/borrow";
import { startFlow, stopFlow, type FlowNode } from "../support/flow";

function newUserDir(): string {
  const userDir = mkdtempSync(join(tmpdir(), "vatio-test-"));
  onTestFinished(() => rmSync(userDir, { recursive: true, force: true }));
  return userDir;
}

const site = (id: string): FlowNode => ({ id, type: "energy-site" });
const fileOf = (id: string): string => basename(siteLending.borrow(id).settings.file);

/** The file of each site after a start with these, each of which stored something. */
async function filesOf(userDir: string, ...ids: string[]): Promise<string[]> {
  await startFlow([energySite], ids.map(site), { userDir });
  const files = ids.map(fileOf);
  for (const id of ids) await siteLending.borrow(id).store.meters();
  await stopFlow();
  return files;
}

it("gives the default site's file to the first site, and each later one its own, for good", async () => {
  const userDir = newUserDir();
  expect(await filesOf(userDir, "a")).toEqual(["home.db"]);
  expect(await filesOf(userDir, "a", "b")).toEqual(["home.db", "b.db"]);
  // The adopter is gone: the other keeps its history all the same, and a new one may adopt.
  expect(await filesOf(userDir, "b")).toEqual(["b.db"]);
  expect(await filesOf(userDir, "b", "c")).toEqual(["b.db", "home.db"]);
  expect(await filesOf(userDir, "b", "c")).toEqual(["b.db", "home.db"]);
});

it("gives no other site the default site's file, whatever its id", async () => {
  const userDir = newUserDir();
  expect(await filesOf(userDir, "a")).toEqual(["home.db"]);
  expect(new Set(await filesOf(userDir, "a", "home")).size).toBe(2);
});

it("works on when what it noted cannot be read", async () => {
  const userDir = newUserDir();
  expect(await filesOf(userDir, "a", "b")).toEqual(["home.db", "b.db"]);
  writeFileSync(join(userDir, "vatio", "home-site.json"), "");
  expect(await filesOf(userDir, "a", "b")).toEqual(["home.db", "b.db"]);
  expect(JSON.parse(readFileSync(join(userDir, "vatio", "home-site.json"), "utf8"))).toEqual({ site: "a" });
});

it("leaves the default site's file to the nodes that name no site, once its adopter is gone", async () => {
  const userDir = newUserDir();
  await filesOf(userDir, "a", "b");
  const { send } = await startFlow([energySite, energyStore], [site("b"), { id: "store", type: "energy-store" }], {
    userDir,
  });
  expect(await send("store", { payload: { meter: "m", at: Date.now(), powerW: 1 } })).toBeUndefined();
  expect(await siteLending.borrow("b").store.meters()).toEqual([]);
  expect(existsSync(join(userDir, "vatio", "home.db"))).toBe(true);
});

it("is followed by nodes that name no site and run on while it is made, changed and deleted", async () => {
  const userDir = newUserDir();
  const others = [
    { id: "store", type: "energy-store", wires: [["out"]] },
    { id: "out", type: "helper" },
  ];
  const { send, received, deploy } = await startFlow([energySite, energyStore], others, { userDir });
  const keep = (powerW: number) => send("store", { payload: { meter: "m", at: Date.now(), powerW } });
  const livePower = () => siteLending.borrow("a").live.latest().get("m")?.powerW;

  expect(await keep(1)).toBeUndefined();
  await deploy([site("a"), ...others], "nodes");
  expect(await keep(2)).toBeUndefined();
  expect(livePower()).toBe(2);
  await deploy([{ ...site("a"), name: "Casa" }, ...others], "nodes");
  expect(await keep(3)).toBeUndefined();
  expect(livePower()).toBe(3);
  await deploy(others, "nodes");
  expect(await keep(4)).toBeUndefined();

  await send("store", { query: { from: 0, to: Date.now() + 1_000 } });
  const answer = received("out").findLast((msg) => "query" in msg)?.payload as Reading[];
  expect(answer.map(({ powerW }) => powerW)).toEqual([1, 2, 3, 4]);
});
