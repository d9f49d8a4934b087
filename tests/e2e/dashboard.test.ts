import { gzipSync } from "node:zlib";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, it, vi } from "vitest";
import { openBrowser, openPage } from "../support/browser";
import {
  busyScene,
  emptyScene,
  startDashboardServer,
  type DashboardServer,
  type Scene,
} from "../support/dashboard-server";
import { until } from "../support/flow";
import { describeNeeds } from "../support/requires";

/** The page as a browser sees it, on a server that answers by the wire contract. */
describeNeeds("chromium", "the dashboard page", () => {
  vi.setConfig({ testTimeout: 60_000 });
  let browser: Browser;
  let server: DashboardServer | undefined;
  let page: Page;
  let violations: () => Promise<string[]>;

  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser.close());
  afterEach(async () => {
    await page.context().close();
    await server?.close();
    server = undefined;
  });

  /** Opens the page under a root that is not "/". */
  const open = async (scene: Scene, options: BrowserContextOptions = {}): Promise<DashboardServer> => {
    server = await startDashboardServer(scene, "/node/red/");
    ({ page, violations } = await openPage(browser, options));
    await page.goto(`${server.root}energy`);
    await page.locator("vatio-energy main > *").first().waitFor();
    return server;
  };
  const part = (name: string) => page.locator(`[data-part=${name}]`);
  const textOf = async (selector: string): Promise<string> => (await page.locator(selector).innerText()).trim();

  it("shows power, sums, alerts, advice and devices without one violation of its policy", async () => {
    await open(busyScene(Date.now()));
    await part("home").getByText("2.84").waitFor();

    const text = await textOf("vatio-energy main");
    for (const said of [
      "0.42 kW less",
      "9.6",
      "€1.62",
      "Power near the limit",
      "High base load",
      "€156/year",
      "Workshop plug",
    ]) {
      expect(text).toContain(said);
    }
    expect(await violations()).toEqual([]);
  });

  it("paints a reading within a second of its being sent", async () => {
    const { send, streams } = await open(busyScene(Date.now()));
    await until("the stream is open", () => streams() === 1);

    // Watched from inside the page: reaching into it from here takes longer than painting.
    await page.evaluate(`void (window.painted = new Promise((resolve) => {
      const look = () => document.querySelector("vatio-energy").shadowRoot.querySelector("[data-part=home]")?.innerText.includes("4.24")
        ? resolve(Date.now()) : requestAnimationFrame(look);
      look();
    }))`);
    const sentAt = Date.now();
    send("reading", { meter: "Grid", role: "grid", at: sentAt, kw: 2.5, homeKw: 4.24 });

    expect((await page.evaluate<number>("window.painted")) - sentAt).toBeLessThan(1000);
    expect(await part("mode").innerText()).toMatch(/^live, \d+s ago$/);
    expect(await page.title()).toBe("4.24 kW · Casa");
  });

  it("opens a plant at its day, and keeps to the span that somebody chose", async () => {
    const scene = busyScene(Date.now());
    scene.state.site.kind = "plant";
    await open(scene);
    await page.getByRole("heading", { name: "Last 24 hours" }).waitFor();
    await page.getByRole("button", { name: "1 h", exact: true }).click();
    await page.getByRole("heading", { name: "Last hour" }).waitFor();
  });

  it("resumes the stream from the event that its state knew", async () => {
    const { requests, streams } = await open(busyScene(Date.now()));
    await until("the stream is open", () => streams() === 1);
    expect(requests).toContain("GET /node/red/api/v1/stream?lastEventId=100");
  });

  it("starts empty, says which node is missing, and draws the first reading at once", async () => {
    const { send, streams } = await open(emptyScene(Date.now()));
    await until("the stream is open", () => streams() === 1);
    await page.locator(".plot .empty").getByText("meter-in").waitFor();
    expect(await part("mode").innerText()).toContain("waiting");

    send("reading", { meter: "consumption", role: "load", at: Date.now(), kw: 1.25, homeKw: 1.25 });
    await page.locator(".legend").getByText("consumption").waitFor();

    expect(await page.locator(".plot .empty").count()).toBe(0);
    expect(await part("home").innerText()).toContain("1.25");
    expect(await violations()).toEqual([]);
  });

  it("asks every five seconds while the stream is refused, and says so", async () => {
    const scene = { ...busyScene(Date.now()), streamStatus: 503 };
    const { requests } = await open(scene);
    await part("mode").getByText("asking every 5 s").waitFor();

    scene.recent = [{ id: "1-1", meter: "Grid", timestamp: new Date().toISOString(), consumption: 1.3 }];
    await part("home").getByText("3.04").waitFor({ timeout: 8000 });
    expect(requests.some((request) => request.startsWith("GET /node/red/api/energy?since="))).toBe(true);
  });

  it("comes back to the stream after the server was away", async () => {
    const opened = await open(busyScene(Date.now()));
    await until("the stream is open", () => opened.streams() === 1);

    opened.hangUp();
    await until("the stream is open again", () => opened.streams() === 1, 15_000);
    opened.send("reading", { meter: "Grid", role: "grid", at: Date.now(), kw: 2, homeKw: 3.74 });
    await part("home").getByText("3.74").waitFor();
  });

  it("switches a device: under way until the device's own report, never guessed", async () => {
    const { send, commands, streams } = await open(busyScene(Date.now()));
    await until("the stream is open", () => streams() === 1);
    const heater = page.getByRole("switch", { name: "Switch Heater" });
    expect(await heater.getAttribute("aria-checked")).toBe("true");

    await heater.click();
    await until("the command arrived", () => commands.length === 1);
    expect(commands).toEqual([{ device: "heater", on: false, header: "1" }]);
    expect(await heater.getAttribute("aria-checked")).toBe("true");

    send("device", {
      id: "heater",
      name: "Heater",
      state: "on",
      pending: { on: false, since: new Date().toISOString() },
    });
    await page.getByText("switching off…").waitFor();
    send("device", { id: "heater", name: "Heater", state: "off", confirmedAt: new Date().toISOString() });
    await until("the switch is off", async () => (await heater.getAttribute("aria-checked")) === "false");
  });

  it("shows the sentence of a refused command and offers the log-in", async () => {
    await open({ ...busyScene(Date.now()), refuseCommands: "This needs a token that may control." });
    await page.getByRole("switch", { name: "Switch Heater" }).press("Enter");
    await page.getByText("This needs a token that may control.").waitFor();

    await page.getByRole("button", { name: "Log in" }).click();
    await page.getByLabel("Access token").waitFor();
  });

  it("asks for a token with the server's own sentence, refuses a wrong one and opens with the right one", async () => {
    await open({ ...busyScene(Date.now()), token: "right" });
    await page.getByText("Log in with an access token: the energy-api node makes one.").waitFor();

    await page.getByLabel("Access token").fill("wrong");
    await page.keyboard.press("Enter");
    await page.getByText("This token is not known.").waitFor();

    await page.getByLabel("Access token").fill("right");
    await page.keyboard.press("Enter");
    await part("home").getByText("2.84").waitFor();

    await page.getByRole("button", { name: "Log out" }).click();
    await page.getByLabel("Access token").waitFor();
    expect(await violations()).toEqual([]);
  });

  it("speaks the browser's language, and the one that the reader chooses, to the server too", async () => {
    const { spoken } = await open(busyScene(Date.now()), { locale: "es-MX" });
    await page.getByText("Consumo de la casa").first().waitFor();
    expect(await part("home").innerText()).toContain("2,84");
    expect(spoken()).toBe("es-ES");
    expect(await page.locator("html").getAttribute("lang")).toBe("es-ES");

    await page.getByLabel("Idioma").selectOption("English");
    await page.getByText("Your home uses").first().waitFor();
    await until("the server was asked in English", () => spoken() === "en-US");

    await page.reload();
    await page.getByText("Your home uses").first().waitFor();
  });

  it("follows the site's language where the browser speaks neither", async () => {
    const scene = busyScene(Date.now());
    scene.state.site.language = "es-ES";
    await open(scene, { locale: "fr-FR" });
    await page.getByText("Consumo de la casa").first().waitFor();
  });

  it("follows the system's theme until the reader chooses one", async () => {
    await open(busyScene(Date.now()), { colorScheme: "dark" });
    const background = (): Promise<string> =>
      page.evaluate(
        "getComputedStyle(document.querySelector('vatio-energy').shadowRoot.querySelector('.hero')).backgroundColor",
      );
    await page.locator(".hero").waitFor();
    expect(await background()).toBe("rgb(22, 27, 34)");

    await page.getByLabel("Theme").selectOption("Light");
    await until("the card is white", async () => (await background()) === "rgb(255, 255, 255)");
  });

  it("treats hostile names as text everywhere, in tooltip, legend, table and flow", async () => {
    const name = "<img src=x onerror=alert(1)>";
    const scene = busyScene(Date.now());
    scene.state.site.name = name;
    scene.state.meters = scene.state.meters.map((meter) => (meter.key === "Heater" ? { ...meter, key: name } : meter));
    scene.state.devices = [{ id: name, name, state: "on" }];
    scene.state.alerts = scene.state.alerts.map((alert) => ({ ...alert, title: name, text: name }));
    scene.state.advice = scene.state.advice.map((advice) => ({ ...advice, title: name, text: name }));
    scene.series.series = scene.series.series.map((line) =>
      line.meter === "Heater" ? { ...line, meter: name } : line,
    );
    const { commands } = await open(scene);

    await page.locator(".plot").hover({ position: { x: 300, y: 100 } });
    await page.locator(".tip").getByText(name).waitFor();
    await page.getByText("As a table").click();
    await page.locator("th").getByText(name).waitFor();
    await page.locator(".legend").getByText(name).waitFor();
    await page.getByRole("switch").click();
    await until("the command arrived", () => commands.length === 1);

    expect(commands[0]?.device).toBe(name);
    expect(await page.locator("img").count()).toBe(0);
    expect(await page.locator("vatio-flow-picture title").allTextContents()).toContain(name);
    expect(await violations()).toEqual([]);
  });

  it("can be read and worked by keyboard: chart by arrow keys, devices by tab", async () => {
    await open(busyScene(Date.now()));
    await page.locator(".legend").getByText("Heater").waitFor();
    await page.locator(".plot").focus();
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("ArrowLeft");
    expect(await textOf(".tip")).toMatch(/Home\s+\d\.\d\d kW/);

    await page.keyboard.press("Escape");
    expect(await page.locator(".tip").isVisible()).toBe(false);
  });

  it.each([360, 390, 768, 1024, 1440, 1920])(
    "fits a window of %i px without a scroll bar at its side",
    async (width) => {
      await open(busyScene(Date.now()), { viewport: { width, height: 800 } });
      await page.locator(".legend").getByText("Heater").waitFor();
      expect(await page.evaluate<number>("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
    },
  );

  it("sends at most 150 kB of script for a first look", async () => {
    const { requests } = await open(busyScene(Date.now()));
    const scripts = requests.filter((request) => request.endsWith(".js"));
    expect(scripts.length).toBeGreaterThan(0);
    const sizes = await Promise.all(scripts.map((request) => gzippedSize(request.replace("GET /node/red/", ""))));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(150_000);
  });

  async function gzippedSize(path: string): Promise<number> {
    const response = await fetch(`${server?.root ?? ""}${path}`);
    return gzipSync(Buffer.from(await response.arrayBuffer())).length;
  }
});
