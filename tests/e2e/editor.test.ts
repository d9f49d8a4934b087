import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startNodeRed, type RunningNodeRed } from "../../scripts/demo/node-red.ts";
import { nodeTypes } from "../repository/tree";
import { openBrowser } from "../support/browser";
import { describeNeeds } from "../support/requires";
import { until } from "../support/until";

const CONFIG_TYPES = ["energy-site", "energy-broker"];
const TYPES = nodeTypes.filter((type) => !CONFIG_TYPES.includes(type));
/** Where nodes are dropped. */
const SPOT = { x: 620, y: 300 };
/** A text that was never found: `meter-in.label.name`. */
const RAW_KEY = /\b[a-z]+[-_][a-z]+\.[a-zA-Z]+/;

let userDir: string;
let nodeRed: RunningNodeRed;
let browser: Browser;
let page: Page;
/** What the editor's scripts complained of. */
let complaints: string[];

/** Node-RED's editor as the built package makes it, in a browser of this language. */
async function openEditor(options: BrowserContextOptions = {}): Promise<void> {
  const context = await browser.newContext({ locale: "en-US", viewport: { width: 1300, height: 900 }, ...options });
  page = await context.newPage();
  complaints = [];
  page.on("pageerror", (error) => complaints.push(error.stack ?? error.message));
  page.on("console", (line) => {
    if (/^(oneditprepare|oneditsave|Validation error|Definition error|editableList)/.test(line.text()))
      complaints.push(line.text());
  });
  // The code editor is most of what is loaded, and no form of ours has one.
  await page.route("**/vendor/monaco/**", (route) => route.abort());
  await page.goto(nodeRed.url);
  await loaded();
}

async function loaded(): Promise<void> {
  for (const type of TYPES) await inPalette(type).waitFor({ state: "attached" });
  await page.locator("#red-ui-loading-progress").waitFor({ state: "hidden" });
  // Node-RED's own tips throw when their pane was never opened, half a minute after the start.
  await page.evaluate("RED.actions.invoke('core:toggle-show-tips', false)");
}

const inPalette = (type: string) => page.locator(`.red-ui-palette-node[data-palette-type="${type}"]`);
const nodes = () => page.locator(".red-ui-flow-node-group");

/** Empties the canvas; what was deployed of it goes with the next deploy. */
async function clear(): Promise<void> {
  await page.evaluate("RED.actions.invoke('core:select-all-nodes'); RED.actions.invoke('core:delete-selection');");
  await until("an empty canvas", async () => (await nodes().count()) === 0);
}

/** Puts a node on the canvas, alone. */
async function drop(type: string): Promise<void> {
  await clear();
  await inPalette(type).hover();
  await page.mouse.down();
  await page.mouse.move(SPOT.x, SPOT.y, { steps: 5 });
  await page.mouse.up();
  await nodes().waitFor();
}

async function openForm(): Promise<void> {
  await nodes().dblclick();
  await page.locator("#node-dialog-ok").waitFor();
  await page.locator(".red-ui-tray-content .form-row").first().waitFor();
}

async function closeForm(): Promise<void> {
  await page.locator("#node-dialog-cancel").click();
  await page.locator(".red-ui-tray").waitFor({ state: "detached" });
}

/** Opens the form of the site that the node names, or of a new one. */
async function openSite(how: "add" | "edit"): Promise<void> {
  await openForm();
  await page.locator(`#node-input-btn-site-${how}`).click();
  await page.locator("#node-config-dialog-ok").waitFor();
  await page.locator("#node-config-input-zone").waitFor();
}

async function saveSite(): Promise<void> {
  await page.locator("#node-config-dialog-ok").click();
  await page.locator("#node-config-dialog-ok").waitFor({ state: "detached" });
  await page.locator("#node-dialog-ok").click();
  await page.locator(".red-ui-tray").waitFor({ state: "detached" });
}

const deployButton = () => page.locator("#red-ui-header-button-deploy");

async function deploy(): Promise<void> {
  const answered = page.waitForResponse(
    (response) => response.request().method() === "POST" && new URL(response.url()).pathname === "/flows",
  );
  await deployButton().click();
  expect((await answered).ok()).toBe(true);
  await until("what is deployed to be clean", () => page.evaluate<boolean>("!RED.nodes.dirty()"));
}

async function ask<T>(path: string): Promise<T> {
  return (await (await fetch(`${nodeRed.url}${path}`)).json()) as T;
}

interface FlowNode {
  readonly id: string;
  readonly type: string;
  readonly channels?: readonly Record<string, unknown>[];
  readonly [setting: string]: unknown;
}

async function deployedSite(): Promise<FlowNode> {
  const site = (await ask<FlowNode[]>("/flows")).find(({ type }) => type === "energy-site");
  if (!site) throw new Error("no site was deployed");
  return site;
}

const field = (channel: number, name: string) =>
  page.locator("#node-config-energy-site-channels > li").nth(channel).locator(`[data-field="${name}"]`);
const secret = (channel: number, name: "user" | "secret") =>
  page.locator("#node-config-energy-site-channels > li").nth(channel).locator(`[data-place="${name}"] input`);

describeNeeds("chromium", "the editor", () => {
  beforeAll(async () => {
    userDir = mkdtempSync(join(tmpdir(), "vatio-test-"));
    nodeRed = await startNodeRed({ userDir, port: 0, flow: [], credentials: {}, lang: "en-US", say: () => undefined });
    browser = await openBrowser();
  }, 60_000);

  afterAll(async () => {
    await browser.close();
    await nodeRed.close();
    rmSync(userDir, { recursive: true, force: true });
  });

  describe("in English", () => {
    beforeAll(() => openEditor(), 60_000);
    afterAll(() => page.context().close());

    it.each(TYPES)("%s works untouched and alone, and says what it waits for", async (type) => {
      await drop(type);
      await deploy();

      const status = page.locator(".red-ui-flow-node-status-label");
      await until("a status", async () => ((await status.textContent()) ?? "") !== "");
      expect(await status.textContent()).not.toMatch(RAW_KEY);
      // Red is for what somebody must mend.
      expect(await page.locator(".red-ui-flow-node-status").getAttribute("class")).not.toContain(
        "red-ui-flow-node-status-dot-red",
      );
      expect(await page.locator(".red-ui-flow-node-error:not(.hide)").count()).toBe(0);
      expect(await page.locator(".red-ui-notification-error, .red-ui-notification-warning").count()).toBe(0);
      expect(complaints).toEqual([]);
    });

    it("hears every validator say its sentence", async () => {
      // Node-RED takes the sentence of a validator with fewer parameters for a yes.
      const deaf = await page.evaluate<string[]>(
        `${JSON.stringify([...TYPES, ...CONFIG_TYPES])}.flatMap((type) =>
          Object.entries(RED.nodes.getType(type).defaults)
            .filter(([, { validate }]) => validate && validate.length !== 2)
            .map(([name]) => type + "." + name))`,
      );

      expect(deaf).toEqual([]);
    });

    it("keeps a site's channels and their secrets, and forgets those of a removed one", async () => {
      await drop("energy-store");
      await openSite("add");
      await page.fill("#node-config-input-name", "Casa");
      await page.fill("#node-config-input-pricePerKwh", "0,25");
      await page.click('[data-preset="email"]');
      await field(0, "host").fill("smtp.example.org");
      await field(0, "to").fill("me@example.org");
      await secret(0, "user").fill("me");
      await secret(0, "secret").fill("canary-mail");
      await page.click('[data-preset="telegram"]');
      await field(1, "to").fill("12345");
      await secret(1, "secret").fill("canary-bot");
      expect(await page.locator(".energy-site-wrong:visible").allTextContents()).toEqual([]);
      await saveSite();
      await deploy();

      const site = await deployedSite();
      expect(site).toMatchObject({ name: "Casa", pricePerKwh: "0.25" });
      expect(site.channels).toMatchObject([
        { id: "email", slot: 0, kind: "email", host: "smtp.example.org", secure: true, to: "me@example.org" },
        { id: "telegram", slot: 1, kind: "webhook", url: expect.stringContaining("api.telegram.org"), to: "12345" },
      ]);
      expect(JSON.stringify(await ask("/flows"))).not.toContain("canary");
      const credentials = `/credentials/energy-site/${site.id}`;
      expect(await ask(credentials)).toMatchObject({ user0: "me", has_secret0: true, has_secret1: true });

      await page.reload();
      await loaded();
      await openSite("edit");
      expect(await field(0, "host").inputValue()).toBe("smtp.example.org");
      expect(await secret(0, "user").inputValue()).toBe("me");
      expect(await secret(0, "secret").inputValue()).toBe("__PWRD__");
      expect(await field(1, "to").inputValue()).toBe("12345");
      await saveSite();
      expect(await deployButton().getAttribute("class")).toContain("disabled");

      await openSite("edit");
      await page.locator('#node-config-energy-site-channels [data-do="remove"]').first().click();
      await saveSite();
      await deploy();
      expect((await deployedSite()).channels).toMatchObject([{ id: "telegram", slot: 1 }]);
      expect(await ask(credentials)).toMatchObject({ user0: "", has_secret0: false, has_secret1: true });
      expect(complaints).toEqual([]);
    }, 90_000);
  });

  // Spanish is published twice: a browser set to es-MX looks for es, never for es-ES.
  describe.each(["en-US", "es-ES", "es-MX"])("in a browser set to %s", (locale) => {
    beforeAll(() => openEditor({ locale }), 60_000);
    afterAll(() => page.context().close());

    it("speaks that language in the palette and in forms", async () => {
      const spanish = locale.startsWith("es");
      expect((await inPalette("meter-in").innerText()).split(/\s+/).join(" ")).toBe(spanish ? "contador" : "meter in");

      await drop("energy-store");
      await openSite("add");
      const form = await page.locator("#dialog-form, #node-config-dialog-edit-form").last().textContent();
      expect(form).toContain(spanish ? "Zona horaria" : "Time zone");
      await page.locator("#node-config-dialog-cancel").click();
      await closeForm();
    });

    // What es-ES says, es says too: it is its copy.
    it.each(locale === "es-ES" ? [] : TYPES)("%s shows its whole form", async (type) => {
      await drop(type);
      await openForm();
      const form = page.locator(".red-ui-tray-body");
      const placeholders = await form
        .locator("[placeholder]")
        .evaluateAll((inputs) => inputs.map((input) => input.getAttribute("placeholder")));

      expect(await form.textContent()).not.toMatch(RAW_KEY);
      expect(placeholders.filter((text) => text === "" || text?.startsWith(`${type}.`))).toEqual([]);
      expect(complaints).toEqual([]);

      await closeForm();
    });
  });
});
