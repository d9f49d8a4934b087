import type { Browser, BrowserContextOptions, Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, it, vi } from "vitest";
import { startApi, type RunningApi } from "../support/api-flow";
import { openBrowser, openPage } from "../support/browser";
import { until } from "../support/flow";
import { describeNeeds } from "../support/requires";

const HOUR = 3_600_000;

/** The page on the real API and its store: what a person decides there is what counts. */
describeNeeds("chromium", "the values to check", () => {
  vi.setConfig({ testTimeout: 60_000 });
  let browser: Browser;
  let page: Page;
  let violations: () => Promise<string[]>;

  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser.close());
  afterEach(() => page.context().close());

  /** The page of a site with readings from the hour's beginning on, for whoever has these scopes. */
  const open = async (
    scopes: readonly ("read" | "admin")[],
    doubtful: (hour: number) => Parameters<RunningApi["site"]["keep"]>[0]["readings"],
    options: BrowserContextOptions = {},
  ) => {
    const api = await startApi();
    const hour = Math.floor(api.site.now() / HOUR) * HOUR;
    await api.site.keep({ readings: doubtful(hour) });
    const token = await api.token(scopes);
    ({ page, violations } = await openPage(browser, options));
    await page.goto(`http://127.0.0.1:${api.port}/energy`);
    await page.getByLabel(/token|clave/i).fill(token);
    await page.keyboard.press("Enter");
    await page.locator("vatio-energy header").waitFor();
    const imported = async (): Promise<number> => {
      const span = { from: hour - 24 * HOUR, to: hour + HOUR, interval: "total", zone: "Europe/Madrid" } as const;
      return (await api.site.store.energy(span)).reduce((sum, { importWh }) => sum + importWh, 0);
    };
    return { ...api, hour, imported };
  };
  const card = () => page.getByRole("region", { name: /Values to check|Valores por revisar/ });
  const row = (text: string): Locator => card().locator("li").filter({ hasText: text });
  const button = (name: string): Locator => card().getByRole("button", { name });
  const grid = (at: number, importWh: number) => ({ meter: "grid", at, importWh });

  it("are on no page while nothing is doubted", async () => {
    await open(["read", "admin"], (hour) => [grid(hour - HOUR, 1_000)]);
    expect(await card().count()).toBe(0);
  });

  it("are accepted, counted, told of and undone, by keyboard alone", async () => {
    const { imported, hour, site } = await open(["read", "admin"], (at) => [
      grid(at - 2 * HOUR, 1_000),
      grid(at - HOUR, 1_000),
      grid(at - HOUR, 900),
      grid(at + 10 * HOUR, 1_700),
    ]);
    await card().getByText("Said 1 kWh and 0.9 kWh for the same moment; 0.9 kWh does not count").waitFor();
    await row("0.9 kWh").getByRole("button", { name: "Leave out" }).focus();
    await page.keyboard.press("Enter");
    await card().getByText("1 kWh counts").first().waitFor();

    await row("cannot be right").getByRole("button", { name: "Edit" }).press("Enter");
    await card().locator("input:focus").fill(local(hour));
    await page.keyboard.press("Enter");
    await card()
      .getByText(/Moved: it counts on/)
      .first()
      .waitFor();
    expect(await imported()).toBeCloseTo(700, 6);

    await row("Moved").locator("button:focus").press("Enter");
    // What was decided tells what it was, too: only what is open again can be edited.
    await row("cannot be right").getByRole("button", { name: "Edit" }).waitFor();
    expect(await imported()).toBe(0);
    expect((await site.store.rulings({ limit: 9 })).map(({ by }) => by)).toEqual(["read admin", "read admin"]);
    expect(await violations()).toEqual([]);
  });

  it("refresh the figures of the page once something is decided", async () => {
    await open(["read", "admin"], (at) => {
      const day = startOfDay(at);
      const imported = (minute: number, importWh: number) =>
        ({ ...grid(day + minute * 60_000, importWh), source: "imported" }) as const;
      return [imported(0, 1_000), imported(10, 3_000), imported(10, 2_000)];
    });
    const today = page.locator(".sums strong").first();
    await until("the figure", async () => (await today.innerText()).startsWith("2 "));
    await button("Accept").click();
    await card().getByText("2 kWh counts").first().waitFor();
    await until("the new figure", async () => (await today.innerText()).startsWith("1 "));
  });

  it("can be undone from the log, which names who decided", async () => {
    const { site, hour } = await open(["read", "admin"], (at) => [grid(at - HOUR, 1_000), grid(at + 10 * HOUR, 1_700)]);
    await site.store.rule({ meter: "grid", at: hour - HOUR, path: "importWh", kind: "edit", value: 5, by: "<b>Eve" });
    await card().getByText("Past decisions").click();
    await row("<b>Eve").getByRole("button", { name: "Undo" }).click();
    await row("undone by read admin").waitFor();
    expect(await row("<b>Eve").getByRole("button").count()).toBe(0);
  });

  it("can be undone long after nothing waits any more", async () => {
    const { site, hour, imported } = await open(["read", "admin"], (at) => [
      grid(at - 2 * HOUR, 1_000),
      grid(at - HOUR, 1_700),
    ]);
    await site.store.rule({ meter: "grid", at: hour - HOUR, path: "importWh", kind: "edit", value: 1_200, by: "Eve" });
    await page.reload();
    await card().getByText("Nothing waits for a decision.").waitFor();
    expect(Math.round(await imported())).toBe(200);
    await card().getByText("Past decisions").click();
    await row("Eve").getByRole("button", { name: "Undo" }).click();
    await row("undone by read admin").waitFor();
    expect(Math.round(await imported())).toBe(700);
  });

  it("are only shown to whoever may not decide, with the sentence that says what is needed", async () => {
    await open(["read"], (at) => [grid(at - HOUR, 1_000), grid(at - HOUR, 900)]);
    await card().getByText("0.9 kWh does not count").waitFor();
    expect(await button("Accept").count()).toBe(0);
    await card().getByText('scope "admin"').waitFor();
    await button("Log in").click();
    await page.getByLabel("Access token").waitFor();
  });

  it("say why the server refuses, and stay", async () => {
    const { hour } = await open(["read", "admin"], (at) => [grid(at - HOUR, 1_000), grid(at + 10 * HOUR, 1_700)]);
    await button("Edit").click();
    await card()
      .getByLabel("When it really was")
      .fill(local(hour - HOUR));
    await button("Save").click();
    await card().getByText("already has a reading at that instant").waitFor();
    await card().getByLabel("When it really was").press("Escape");
    await button("Accept").waitFor();
  });

  it.each([
    [360, "es-ES", "light"],
    [360, "en-US", "dark"],
    [1280, "es-ES", "dark"],
  ] as const)(
    "fit %i px in %s, %s, with hostile names as text and room for a finger",
    async (width, locale, colorScheme) => {
      const name = `<img src=x onerror=alert(1)>${"long".repeat(20)}`;
      const readings = (at: number) => [{ ...grid(at + 10 * HOUR, 1_700), meter: name }];
      await open(["read", "admin"], readings, { locale, colorScheme, viewport: { width, height: 800 } });
      await card().getByText(name).waitFor();
      expect(await page.evaluate<number>("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
      for (const one of await card().getByRole("button").all()) {
        const box = await one.boundingBox();
        expect(Math.min(box?.height ?? 0, box?.width ?? 0)).toBeGreaterThanOrEqual(44);
      }
      await card()
        .getByRole("button", { name: /Edit|Corregir/ })
        .click();
      const field = await card().locator("input").boundingBox();
      const around = await card().boundingBox();
      expect((field?.x ?? 0) + (field?.width ?? 0)).toBeLessThan((around?.x ?? 0) + (around?.width ?? 0));
      expect(await page.locator("img").count()).toBe(0);
      expect(await violations()).toEqual([]);
    },
  );
});

/** What a clock in Madrid shows, as the field wants it. */
function local(at: number): string {
  return new Intl.DateTimeFormat("sv-SE", { timeZone: "Europe/Madrid", dateStyle: "short", timeStyle: "short" })
    .format(at)
    .replace(" ", "T");
}

function startOfDay(at: number): number {
  const [hours = 0, minutes = 0] = local(at).slice(11).split(":").map(Number);
  return at - hours * HOUR - minutes * 60_000;
}
