import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
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
