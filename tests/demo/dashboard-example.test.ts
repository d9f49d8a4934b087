import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startNodeRed, type RunningNodeRed } from "../../scripts/demo/node-red.ts";

const example = join(import.meta.dirname, "..", "..", "examples", "Dashboard 1 tab.json");

describe("the example for Dashboard 1", () => {
  const userDir = mkdtempSync(join(tmpdir(), "vatio-test-"));
  const said: string[] = [];
  let nodeRed: RunningNodeRed;

  beforeAll(async () => {
    nodeRed = await startNodeRed({
      userDir,
      port: 0,
      flow: JSON.parse(readFileSync(example, "utf8")) as object[],
      credentials: {},
      lang: "en-US",
      withDashboards: true,
      say: (text) => said.push(text),
    });
  });
  afterAll(async () => {
    await nodeRed.close();
    rmSync(userDir, { recursive: true, force: true });
  });

  it("starts without an error or a warning, and its dashboard answers", async () => {
    expect(said).toEqual([]);
    expect((await fetch(`${nodeRed.url}/ui/`)).status).toBe(200);
  });
});
