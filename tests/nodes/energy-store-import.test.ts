import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import energySite from "../../nodes/energy-site/energy-site";
import energyStore from "../../nodes/energy-store/energy-store";
import { startFlow } from "../support/flow";

const T0 = Date.UTC(2024, 2, 30);
const TEXT = [
  "time;power [kW]",
  ...Array.from({ length: 500 }, (_, row) => `${new Date(T0 + row * 60_000).toISOString()};0,${100 + row}`),
  "never;1",
].join("\n");

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "vatio-history-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function start(importFolder = "") {
  const flow = await startFlow(
    [energySite, energyStore],
    [
      { id: "site", type: "energy-site", zone: "Europe/Madrid", language: "es-ES" },
      { id: "store", type: "energy-store", site: "site", importFolder, wires: [["out"]] },
      { id: "out", type: "helper" },
    ],
  );
  const run = (wish: unknown) => flow.send("store", { import: wish });
  return { ...flow, run };
}

describe("a file that msg.import names", () => {
  it("is imported from the user directory, and what became of it is sent", async () => {
    const { run, userDir, received, status, send } = await start();
    mkdirSync(join(userDir, "history"));
    writeFileSync(join(userDir, "history", "oven.csv"), TEXT);

    expect(await run({ file: "history/oven.csv", report: true })).toBeUndefined();
    expect(received("out")[0]?.payload).toMatchObject({ rows: 501, meters: [{ meter: "oven", rows: 500 }] });
    expect(await run({ file: join(userDir, "history", "oven.csv"), mapping: { meter: "kitchen" } })).toBeUndefined();
    expect(received("out")[1]?.payload).toMatchObject({
      ...{ state: "done", rows: 501, readings: 500, name: "oven.csv" },
      errors: [{ key: "bad-time", text: "No se entiende la hora.", count: 1, lines: [502] }],
    });
    expect(status("store")).toMatchObject({ fill: "green", text: "energy-store.status.imported" });
    await send("store", { query: { from: T0, to: T0 + 1, interval: "readings" } });
    expect(received("out")[2]?.payload).toEqual([{ meter: "kitchen", at: T0, powerW: 100, source: "imported" }]);
  });

  it("is imported from the folder that the node allows, and from nowhere else, links followed", async () => {
    const [allowed, elsewhere] = [makeFolder(), makeFolder()];
    for (const folder of [allowed, elsewhere]) writeFileSync(join(folder, "a.csv"), TEXT);
    symlinkSync(join(elsewhere, "a.csv"), join(allowed, "out.csv"));
    symlinkSync(elsewhere, join(allowed, "out"));
    const { run, received } = await start(allowed);

    const outside = [
      join(elsewhere, "a.csv"),
      join(allowed, "out.csv"),
      join(allowed, "out", "a.csv"),
      join(allowed, "..", "a.csv"),
      "../../etc/passwd",
      "/etc/passwd",
      "/etc/none-such",
    ];
    for (const file of outside) expect([file, await run({ file })]).toMatchObject([file, { code: "forbidden" }]);
    expect(received("out")).toEqual([]);
    expect(await run({ file: join(allowed, "a.csv") })).toBeUndefined();
    expect(received("out")[0]?.payload).toMatchObject({ readings: 500 });
  });

  it.each([
    ["no file", { file: "none.csv" }],
    ["a folder", { file: "vatio" }],
    ["no wish", 5],
    ["another wish", { file: "a.csv", delete: true }],
    ["a mapping that cannot be", { file: "a.csv", mapping: { zone: "Mars" } }],
    ["a mapping that does not fit", { file: "a.csv", mapping: { format: "energy-data-sqlite" } }],
  ])("is refused where it is %s", async (_, wish) => {
    const { run, userDir, status } = await start();
    writeFileSync(join(userDir, "a.csv"), TEXT);
    mkdirSync(join(userDir, "vatio"), { recursive: true });
    expect(await run(wish)).toMatchObject({ code: "invalid-query" });
    expect(status("store")).toMatchObject({ fill: "red" });
  });
});
