// Takes the pictures of the documents from the running product: `node scripts/screenshots.mjs`, after a build; with a word
// behind it, those alone whose names begin with it.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
const IMAGES = join(ROOT, "docs", "images");
const DESKTOP = { width: 1280, height: 800 };
const [ONLY = ""] = process.argv.slice(2);
const TALL = { width: 1280, height: 1150 };
const PHONE = { width: 390, height: 844 };
/** Long enough for the guests to start cooking: the pictures show an alert and its end. */
const LIVELY_MS = Number(process.env.SCREENSHOT_WAIT_MS ?? 330_000);
/** The simulated house lives where it is early afternoon now, so that the sun shines in the pictures. */
const SUNNY_ZONE = zoneWhereItIs(13);
const QUIET = ["--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

mkdirSync(IMAGES, { recursive: true });
const browser = await chromium.launch({
  executablePath: findChromium(),
  headless: true,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", ...QUIET],
});
const demos = [];
try {
  const [english, spanish] = await Promise.all([startDemo("en"), startDemo("es")]);
  await Promise.all([english, spanish].map(waitForHistory));
  await new Promise((resolve) => setTimeout(resolve, LIVELY_MS));

  await shoot(`${english}/energy`, "now-desktop", { viewport: DESKTOP });
  await shoot(`${english}/energy`, "now-dark", { viewport: DESKTOP, colorScheme: "dark" });
  await shoot(`${english}/energy`, "now-phone", { viewport: PHONE, deviceScaleFactor: 2, isMobile: true });
  await shoot(`${spanish}/energy`, "now-spanish", { viewport: DESKTOP, locale: "es-ES" });
  await shoot(`${english}/energy#data`, "data-import", { viewport: TALL });
  await shoot(`${spanish}/energy#data`, "data-import-spanish", { viewport: TALL, locale: "es-ES" });
  await shoot(`${english}/`, "editor", { viewport: { width: 1280, height: 600 } });
  await shoot(`${english}/`, "discover", { viewport: { width: 1280, height: 700 } });
  await shoot(`${spanish}/`, "discover-spanish", { viewport: { width: 1280, height: 700 }, locale: "es-ES" });
} finally {
  await browser.close();
  for (const demo of demos) demo.kill("SIGINT");
}

async function shoot(url, name, options) {
  if (!name.startsWith(ONLY)) return;
  const context = await browser.newContext({ locale: "en-US", colorScheme: "light", ...options });
  const page = await context.newPage();
  await page.goto(url);
  if (name === "editor") await settleEditor(page);
  else if (name.startsWith("discover")) await discover(page);
  else if (name.startsWith("data")) await lookAtFile(page, new URL(url).origin);
  else await page.locator("vatio-energy canvas").first().waitFor();
  // Charts draw with the next readings.
  await page.waitForTimeout(4_000);
  await page.screenshot({ path: join(IMAGES, `${name}.png`), fullPage: options.viewport === DESKTOP });
  await context.close();
  console.log(`docs/images/${name}.png`);
}

/** The whole flow on the canvas, without the sidebars. */
async function settleEditor(page) {
  await page.locator("#red-ui-workspace-chart .red-ui-flow-node").first().waitFor();
  for (const action of ["core:toggle-left-sidebar", "core:toggle-right-sidebar"]) {
    await page.evaluate((name) => globalThis.RED.actions.invoke(name), action);
  }
}

/** The meters of the house as they are found by a node that is the first of its kind. */
async function discover(page) {
  await settleEditor(page);
  await page.evaluate(() => {
    const { RED } = globalThis;
    const [first, ...others] = RED.nodes.filterNodes({ type: "meter-in" });
    for (const other of others) RED.nodes.remove(other.id);
    RED.editor.edit(first);
  });
  await page.locator("#node-input-discover").click();
  const rows = page.locator(".vatio-discover-list tbody tr");
  await rows.nth(4).waitFor();
  for (const index of [0, 1, 2]) await rows.nth(index).locator("input").check();
}

/** A distributor's file as somebody who may import it sees it. */
async function lookAtFile(page, root) {
  const headers = { "Content-Type": "application/json", "X-Vatio": "1" };
  const flows = await (await fetch(`${root}/flows`)).json();
  const { id } = flows.find(({ type }) => type === "energy-api");
  const body = JSON.stringify({ name: "pictures", scopes: ["read", "admin"] });
  const made = await fetch(`${root}/vatio/energy-api/${id}/tokens`, { method: "POST", headers, body });
  const { token } = await made.json();
  await page.getByRole("button", { name: /^(Log in|Iniciar sesión)$/ }).click();
  await page.locator("vatio-login-form input").fill(token);
  await page.keyboard.press("Enter");
  const file = { name: "house 2025.csv", mimeType: "text/csv", buffer: Buffer.from(hourlyFile()) };
  await page.locator("input[type=file]").setInputFiles(file);
  await page.locator(".open .finding").first().waitFor();
}

/** Three months of hours as a spreadsheet writes them, with a gap and a line that is none. */
function hourlyFile() {
  const start = Date.UTC(2025, 0, 1);
  const two = (number) => String(number).padStart(2, "0");
  const rows = Array.from({ length: 90 * 24 }, (_, hour) => {
    const at = new Date(start + hour * 3_600_000);
    const kwh = 0.25 + 0.15 * Math.sin(hour / 3.8) + (hour % 24 > 18 ? 0.9 : 0) + ((hour * 37) % 100) / 500;
    const date = `${two(at.getUTCDate())}/${two(at.getUTCMonth() + 1)}/2025 ${two(at.getUTCHours())}:00`;
    return `${date};${kwh.toFixed(3).replace(".", ",")};${6 + ((hour * 7) % 9)}`;
  });
  rows.splice(700, 30);
  return ["Time;Consumption kWh;Outside °C", ...rows, "Total;1234,5;", ""].join("\n");
}

/** A zone without summer time in which the clock now shows this hour. */
function zoneWhereItIs(hour) {
  const eastOfUtc = hour - new Date().getUTCHours();
  return `Etc/GMT${eastOfUtc >= 0 ? "-" : "+"}${Math.abs(eastOfUtc)}`;
}

/** A demonstration on ports of its own; resolves to its address. */
function startDemo(language) {
  const demo = spawn(
    process.execPath,
    ["scripts/demo/start.mjs", "--port", "0", "--broker-port", "0", "--language", language],
    { cwd: ROOT, env: { ...process.env, TZ: SUNNY_ZONE }, stdio: ["ignore", "pipe", "inherit"] },
  );
  demos.push(demo);
  return new Promise((resolve, reject) => {
    let said = "";
    demo.stdout.on("data", (data) => {
      said += data;
      const address = /Dashboard +(http:\S+)\/energy/.exec(said);
      if (address) resolve(address[1]);
    });
    demo.on("exit", () => reject(new Error(`the demonstration ended:\n${said}`)));
  });
}

/** Until the days before today are there, and the advice that rests on them. */
async function waitForHistory(url) {
  for (;;) {
    const state = await (await fetch(`${url}/api/v1/state`)).json();
    if (state.advice.length > 0 && state.yesterdaySoFar) return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

function findChromium() {
  const places = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
  const found = places.find((place) => place && existsSync(place));
  if (!found) throw new Error("no Chromium found: name it in the environment variable CHROMIUM");
  return found;
}
