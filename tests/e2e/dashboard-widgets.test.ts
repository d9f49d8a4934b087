import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from "vitest";
import { openBrowser, openPage } from "../support/browser";
import { startNodeRedProcess } from "../support/node-red-process";
import { readJson, type Example } from "../repository/tree";
import { describeNeeds } from "../support/requires";

const WIDGET = "@vatio/node-red-dashboard-2-energy";
/** A meter that says 1.25 kW at once and every second. */
const METER = [
  { id: "t", type: "tab", label: "meter" },
  {
    id: "i",
    type: "inject",
    z: "t",
    props: [{ p: "payload" }],
    payload: "1.25",
    payloadType: "num",
    repeat: "1",
    once: true,
    wires: [["m"]],
  },
  { id: "m", type: "meter-in", z: "t", topic: "", meter: "<b>oven</b>", role: "load", unit: "kW", wires: [["s"], []] },
  { id: "s", type: "energy-store", z: "t", wires: [[]] },
  { id: "a", type: "energy-api", z: "t", wires: [[]] },
];

/** The real page and both dashboards, in the built product as users install it. */
describeNeeds("chromium", "the energy element in Node-RED", () => {
  vi.setConfig({ testTimeout: 120_000 });
  let browser: Browser;
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser.close());

  const start = async (flow: readonly object[], packages: readonly string[], settings = ""): Promise<string> => {
    const userDir = mkdtempSync(join(tmpdir(), "vatio-widgets-"));
    onTestFinished(() => rmSync(userDir, { recursive: true, force: true }));
    return (await startNodeRedProcess(userDir, flow, { packages, settings })).url;
  };
  /** Opens `address` and waits for the meter's power in the element. */
  const expectPicture = async (address: string): Promise<{ page: Page; violations: () => Promise<string[]> }> => {
    const { page, violations } = await openPage(browser);
    onTestFinished(() => page.context().close());
    await page.goto(address);
    await page.locator("vatio-energy [data-part=home]").getByText("1.25").waitFor({ timeout: 60_000 });
    await page.locator("vatio-energy .legend").getByText("<b>oven</b>").waitFor();
    return { page, violations };
  };
  const example = (file: string): Example["nodes"] =>
    readJson<Example["nodes"]>(file)
      .filter(({ type }) => type.startsWith("ui"))
      .map((node) => ({ ...node, z: "t" }));

  it("is the page of energy-api, at the root and below another one", async () => {
    const url = await start(METER, [], "httpNodeRoot: '/house', httpAdminRoot: '/editor',");
    const { violations } = await expectPicture(`${url}/house/energy`);
    expect(await violations()).toEqual([]);
    await expectPicture(`${url}/house/energy/`);
  });

  it("is a tile of Dashboard 1, which follows the dashboard's theme", async () => {
    const url = await start([...METER, ...example("examples/Dashboard 1 tab.json")], ["node-red-dashboard"]);
    const { page, violations } = await expectPicture(`${url}/ui/`);

    expect(await page.locator("vatio-energy").getAttribute("data-theme")).toBe("light");
    expect(await page.locator("vatio-energy .rail").count()).toBe(0);
    expect((await violations()).filter((seen) => seen.startsWith("dialog"))).toEqual([]);
  });

  it("is a widget of Dashboard 2, which follows the dashboard's theme", async () => {
    const flow = example("dashboard/flowfuse/examples/Dashboard 2 page.json");
    const url = await start([...METER, ...flow], ["@flowfuse/node-red-dashboard", WIDGET]);
    const { page, violations } = await expectPicture(`${url}/dashboard/energy`);

    expect(await page.locator("vatio-energy").getAttribute("data-theme")).toBe("light");
    expect(await page.locator("vatio-energy .rail").count()).toBe(0);
    expect((await violations()).filter((seen) => seen.startsWith("dialog"))).toEqual([]);
  });

  it("stands in both dashboards of one Node-RED", async () => {
    const flow = [
      ...METER,
      ...example("examples/Dashboard 1 tab.json"),
      ...example("dashboard/flowfuse/examples/Dashboard 2 page.json"),
    ];
    const url = await start(flow, ["node-red-dashboard", "@flowfuse/node-red-dashboard", WIDGET]);
    await expectPicture(`${url}/ui/`);
    await expectPicture(`${url}/dashboard/energy`);
  });
});
