import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hashSync } from "bcryptjs";
import { connectAsync, type MqttClient } from "mqtt";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { startBroker, type RunningBroker } from "../../scripts/demo/broker.ts";
import { makeHouse } from "../../scripts/demo/house/house.ts";
import { makeDevices, runHouse, type RunningHouse } from "../../scripts/demo/house/run-house.ts";
import { machineHour, makeSurroundings } from "../../scripts/demo/house/surroundings.ts";
import { startNodeRed, type RunningNodeRed } from "../../scripts/demo/node-red.ts";
import { openBrowser } from "../support/browser";
import { startNodeRedProcess } from "../support/node-red-process";
import { describeNeeds } from "../support/requires";
import { until } from "../support/until";

const HOSTILE = "<img src=x onerror=alert(1)>";
/** Of three families; the house has a meter at the grid and one on the roof, too. */
const PLUGS = ["heater", "washer", "fridge"] as const;

interface FlowNode {
  readonly id: string;
  readonly type: string;
  readonly wires?: readonly (readonly string[])[];
  readonly [setting: string]: unknown;
}

describe("discovery where people log in", () => {
  it("lets in who may change flows, and nobody else", async () => {
    const folder = mkdtempSync(join(tmpdir(), "vatio-login-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
    const password = hashSync("secret", 4);
    const users = [
      { username: "owner", password, permissions: "*" },
      { username: "guest", password, permissions: "read" },
    ];
    const settings = `adminAuth: { type: "credentials", users: ${JSON.stringify(users)} }`;
    const { url } = await startNodeRedProcess(folder, [], { settings });
    const discover = async (user?: string): Promise<number> => {
      const headers: Record<string, string> = { "X-Vatio": "1", "Content-Type": "application/json" };
      if (user) headers.Authorization = `Bearer ${await logIn(url, user)}`;
      return (await fetch(`${url}/vatio/meter-in/discover?broker=nothing`, { headers })).status;
    };

    // There is no such broker: that is told to those alone who may ask.
    expect([await discover(), await discover("guest"), await discover("owner")]).toEqual([401, 401, 404]);
  }, 60_000);
});

async function logIn(url: string, username: string): Promise<string> {
  const form = { client_id: "node-red-editor", grant_type: "password", scope: "", username, password: "secret" };
  const answer = await fetch(`${url}/auth/token`, { method: "POST", body: new URLSearchParams(form) });
  return ((await answer.json()) as { access_token: string }).access_token;
}

let userDir: string;
let broker: RunningBroker;
let house: RunningHouse;
let client: MqttClient;
let nodeRed: RunningNodeRed;
let browser: Browser;
let page: Page;
/** Topics that anybody published. */
const published = new Set<string>();
let complaints: string[];

const FLOW = (url: string): readonly FlowNode[] => [
  { id: "tab", type: "tab", label: "Flow" },
  { id: "broker", type: "energy-broker", url, persistent: false },
  {
    ...{ id: "meter", type: "meter-in", z: "tab", x: 200, y: 120, broker: "broker", wires: [["store"], ["debug"]] },
    ...{ topic: "energy/consumption", meter: "", role: "auto", profile: "auto", unit: "kW" },
  },
  { id: "store", type: "energy-store", z: "tab", x: 520, y: 120, wires: [[]] },
  { id: "debug", type: "debug", z: "tab", x: 520, y: 320, active: false, wires: [] },
];

async function openEditor(locale: string): Promise<void> {
  const context = await browser.newContext({ locale, viewport: { width: 1500, height: 900 } });
  page = await context.newPage();
  complaints = [];
  page.on("pageerror", (error) => complaints.push(error.stack ?? error.message));
  page.on("dialog", (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("console", (line) => {
    if (/^(oneditprepare|oneditsave|Validation error|Definition error)/.test(line.text())) complaints.push(line.text());
  });
  await page.route("**/vendor/monaco/**", (route) => route.abort());
  await page.goto(nodeRed.url);
  await nodes().first().waitFor();
  await page.locator("#red-ui-loading-progress").waitFor({ state: "hidden" });
  await page.evaluate("RED.actions.invoke('core:toggle-show-tips', false)");
}

const nodes = () => page.locator(".red-ui-flow-node-group");
const rows = () => page.locator(".vatio-discover-list tbody tr");
const row = (name: string) => rows().filter({ has: page.locator("label").getByText(name, { exact: true }) });
const tick = (name: string) => row(name).locator('input[type="checkbox"]');
const ok = () => page.locator("#node-dialog-ok");

async function openForm(id: string): Promise<void> {
  await page.locator(`.red-ui-flow-node-group[id="${id}"]`).dblclick();
  await page.locator("#node-input-discover").waitFor();
}

async function formIsBack(): Promise<void> {
  await page.locator(".vatio-discover").waitFor({ state: "detached" });
  await page.locator("#node-input-topic").waitFor();
}

async function closed(): Promise<void> {
  await page.locator(".red-ui-tray").waitFor({ state: "detached" });
}

async function deploy(): Promise<void> {
  const answered = page.waitForResponse(
    (response) => response.request().method() === "POST" && new URL(response.url()).pathname === "/flows",
  );
  await page.locator("#red-ui-header-button-deploy").click();
  expect((await answered).ok()).toBe(true);
  await until("what is deployed to be clean", () => page.evaluate<boolean>("!RED.nodes.dirty()"));
}

async function deployedMeters(): Promise<FlowNode[]> {
  const flow = (await (await fetch(`${nodeRed.url}/flows`)).json()) as FlowNode[];
  return flow.filter(({ type }) => type === "meter-in");
}

const settingsOf = (list: readonly FlowNode[]) =>
  list.map(({ topic, meter, role, profile, unit, broker, wires }) => {
    return { topic, meter, role, profile, unit, broker, wires };
  });

const wired = { unit: "kW", broker: "broker", wires: [["store"], ["debug"]] };
/** What the three plugs become, in the order in which they are listed. */
const WANTED = [
  { topic: "tele/heater/SENSOR", meter: "heater", role: "load", profile: "tasmota", ...wired },
  { topic: "washer/#", meter: "washer", role: "ev", profile: "shelly-gen2", ...wired },
  { topic: "zigbee2mqtt/fridge", meter: "fridge", role: "load", profile: "zigbee2mqtt", ...wired },
];

describeNeeds("chromium", "discovering meters in the editor", () => {
  beforeAll(async () => {
    userDir = mkdtempSync(join(tmpdir(), "vatio-test-"));
    broker = await startBroker(0);
    const around = makeSurroundings(machineHour);
    house = await runHouse(broker.url, makeHouse(Date.now(), around), around, makeDevices("", around));
    client = await connectAsync(broker.url);
    await client.subscribeAsync("#");
    client.on("message", (topic) => published.add(topic));
    await client.publishAsync(`tele/${HOSTILE}/SENSOR`, '{"ENERGY":{"Power":7,"Total":1.5}}', { retain: true, qos: 1 });
    nodeRed = await startNodeRed({
      ...{ userDir, port: 0, flow: FLOW(broker.url), credentials: {}, lang: "en-US", say: () => undefined },
    });
    browser = await openBrowser();
  }, 60_000);

  afterAll(async () => {
    await browser.close();
    await nodeRed.close();
    await client.endAsync();
    await house.close();
    await broker.close();
    rmSync(userDir, { recursive: true, force: true });
  });

  describe("in English, with the mouse", () => {
    beforeAll(() => openEditor("en-US"), 60_000);
    afterAll(() => page.context().close());

    it("finds three plugs of three families, creates a node for each, wired alike, and undoes it in one step", async () => {
      await openForm("meter");
      await page.locator("#node-input-discover").click();
      for (const name of [...PLUGS, HOSTILE]) await row(name).waitFor();
      expect(await page.locator(".vatio-discover img").count()).toBe(0);
      expect(await row(HOSTILE).textContent()).toContain("kept by the broker");
      await until("a power", async () => /\d\s*kW/.test((await row("heater").textContent()) ?? ""));
      expect(await row("washer").textContent()).toContain("Shelly (Gen2");
      expect(await row("grid").locator("select").inputValue()).toBe("grid");
      expect(await row("inverter").locator("select").inputValue()).toBe("solar");
      // More comes in while it listens, and what was ticked stays so.
      await tick("heater").click();
      const heard = await row("heater").locator("td").last().textContent();
      await until("more of it", async () => (await row("heater").locator("td").last().textContent()) !== heard);
      await page.locator("#vatio-discover-toggle").click();
      expect(await page.locator("#vatio-discover-toggle").textContent()).toBe("Listen again");

      await page.locator("#vatio-discover-all").click();
      for (const name of ["grid", "inverter", HOSTILE]) await tick(name).click();
      await row("washer").locator("select").selectOption("ev");
      expect(await ok().textContent()).toBe("Use 3");
      await ok().click();
      await formIsBack();
      expect(await page.inputValue("#node-input-meter")).not.toBe("");
      expect(await page.locator("#node-input-discover-others").textContent()).toBe("Done creates 2 more");
      expect(await nodes().count()).toBe(3);
      await ok().click();
      await closed();
      expect(await nodes().count()).toBe(5);
      await deploy();

      const deployed = settingsOf(await deployedMeters());
      expect(deployed).toHaveLength(3);
      for (const wanted of WANTED) expect(deployed).toContainEqual(wanted);
      await until("readings of all three", async () => {
        const readings = await page.locator(".red-ui-flow-node-status-label").allTextContents();
        return PLUGS.every((name) => readings.some((text) => /\d\s*kW/.test(text) && text.endsWith(name)));
      });

      await page.locator("#red-ui-workspace-chart").click({ position: { x: 700, y: 600 } });
      await page.evaluate("RED.actions.invoke('core:undo')");
      await until("one node", async () => (await nodes().count()) === 3);
      await deploy();
      expect(settingsOf(await deployedMeters())).toMatchObject([{ topic: "energy/consumption", ...wired }]);
      await page.evaluate("RED.actions.invoke('core:redo')");
      await until("all nodes", async () => (await nodes().count()) === 5);
      await page.evaluate("RED.actions.invoke('core:undo')");
      expect(complaints).toEqual([]);
    }, 120_000);

    it("forgets what was chosen when the form is cancelled", async () => {
      await openForm("meter");
      await page.locator("#node-input-discover").click();
      for (const name of PLUGS) await tick(name).click();
      await ok().click();
      await formIsBack();
      await page.locator("#node-dialog-cancel").click();
      await closed();
      await openForm("meter");
      expect(await page.inputValue("#node-input-topic")).toBe("energy/consumption");
      await ok().click();
      await closed();
      expect(await nodes().count()).toBe(3);
    }, 60_000);

    it("says that a broker which is not deployed must be deployed first", async () => {
      await openForm("meter");
      await page.locator("#node-input-btn-broker-add").click();
      await page.locator("#node-config-input-url").fill(broker.url);
      await page.locator("#node-config-dialog-ok").click();
      await page.locator("#node-config-dialog-ok").waitFor({ state: "detached" });
      await page.locator("#node-input-discover").click();
      const problem = page.locator(".vatio-discover-problem");
      await until("a sentence", async () => ((await problem.textContent()) ?? "") !== "");
      expect(await problem.textContent()).toContain("deploy first");
      await page.locator("#node-dialog-cancel").click();
      await formIsBack();
      await page.locator("#node-dialog-cancel").click();
      await closed();
    }, 60_000);
  });

  describe("in Spanish, with the keyboard", () => {
    beforeAll(() => openEditor("es-ES"), 60_000);
    afterAll(() => page.context().close());

    it("does the same", async () => {
      await openForm("meter");
      expect(await page.locator("#node-input-discover").textContent()).toContain("Descubrir");
      await page.locator("#node-input-discover").press("Enter");
      for (const name of PLUGS) await row(name).waitFor();
      for (const name of PLUGS) await tick(name).press("Space");
      expect(await ok().textContent()).toBe("Usar 3");
      const dialog = await page.locator(".red-ui-tray").textContent();
      for (const words of ["Contadores en este bróker", "Función", "Ahora", "guardado por el bróker", "Parar"]) {
        expect(dialog).toContain(words);
      }
      expect(dialog).not.toMatch(/\bmeter-in\.[a-z]/);
      await tick("fridge").press("Control+Enter");
      await formIsBack();
      expect(await page.locator("#node-input-discover-others").textContent()).toBe("Hecho crea 2 más");
      await page.locator("#node-input-topic").press("Control+Enter");
      await closed();
      await deploy();

      expect((await deployedMeters()).map(({ meter }) => meter).sort()).toEqual([...PLUGS].sort());
      await openForm("meter");
      await page.locator("#node-input-discover").press("Enter");
      await until("the others to be known", async () => (await page.getByText("ya está en los flujos").count()) === 2);
      await page.locator("#node-dialog-cancel").click();
      await formIsBack();
      await page.locator("#node-dialog-cancel").click();
      await closed();
      expect(complaints).toEqual([]);
    }, 120_000);
  });

  it("publishes nothing", () => {
    const own = /^(tele|stat|zigbee2mqtt|washer|solar|grid)\//;
    expect([...published].filter((topic) => !own.test(topic))).toEqual([]);
  });
});
