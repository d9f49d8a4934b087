import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserContextOptions, Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, it, onTestFinished, vi } from "vitest";
import type { Reading } from "../../lib/energy/reading";
import { startApi, type RunningApi } from "../support/api-flow";
import { openBrowser, openPage } from "../support/browser";
import { until } from "../support/flow";
import { describeNeeds } from "../support/requires";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const T0 = Date.UTC(2025, 2, 1);

/** An hour's energy a row, as a spreadsheet in Spain writes it. */
function table(rows: number, extra: readonly string[] = []): string {
  const lines = Array.from({ length: rows }, (_, row) => {
    const at = new Date(T0 + row * HOUR).toISOString().slice(0, 16).replace("T", " ");
    return `${at};0,${300 + ((row * 37) % 200)}`;
  });
  return ["Date;Consumption", ...lines, ...extra, ""].join("\n");
}

/** The page on the real API, its store and its files. */
describeNeeds("chromium", "the view of the site's data", () => {
  vi.setConfig({ testTimeout: 60_000 });
  let browser: Browser;
  let page: Page;
  let violations: () => Promise<string[]>;

  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser.close());
  afterEach(() => page.context().close());

  const open = async (
    scopes: readonly ("read" | "admin")[],
    readings: (now: number) => readonly Reading[] = (now) => [{ meter: "grid", at: now - HOUR, importWh: 1_000 }],
    options: BrowserContextOptions = {},
  ): Promise<RunningApi> => {
    const api = await startApi();
    const known = readings(api.site.now());
    if (known.length > 0) await api.site.keep({ readings: known });
    ({ page, violations } = await openPage(browser, options));
    await page.goto(`http://127.0.0.1:${api.port}/energy#data`);
    await page.getByLabel(/token|clave/i).fill(await api.token(scopes));
    await page.keyboard.press("Enter");
    await page.locator("vatio-export-form").waitFor();
    return api;
  };
  const card = (name: RegExp): Locator => page.getByRole("region", { name });
  const files = () => card(/^(Bring in history|Traer datos anteriores)$/);
  const backups = () => card(/^(Backups|Copias de seguridad)$/);
  const exports = () => card(/^(Take history out|Llevarse los datos)$/);
  const edits = () => card(/^(Correct an interval|Corregir un intervalo)$/);
  const choose = (text: string, name = "use 2025.csv") =>
    files()
      .locator("input[type=file]")
      .setInputFiles({ name, mimeType: "text/csv", buffer: Buffer.from(text) });
  const button = (where: Locator, name: string | RegExp): Locator => where.getByRole("button", { name });
  const usedWh = async ({ site }: RunningApi, meter: string): Promise<number> => {
    const span = { from: T0 - 24 * HOUR, to: T0 + 365 * 24 * HOUR, interval: "total", zone: "UTC" } as const;
    return Math.round((await site.store.energy({ ...span, meters: [meter] }))[0]?.importWh ?? 0);
  };
  const downloaded = async (click: Locator): Promise<{ name: string; content: Buffer }> => {
    const [download] = await Promise.all([page.waitForEvent("download"), click.click()]);
    return { name: download.suggestedFilename(), content: await readFile(await download.path()) };
  };

  it("brings a file in by keyboard alone: what is guessed wrong is corrected, and what was left out is told", async () => {
    const api = await open(["read", "admin"]);
    await choose(table(500, ["yesterday;0,5"]));
    await files().getByText("500 rows, from Mar 1, 2025").waitFor();
    await files().getByText("Nothing of it is stored yet.").waitFor();
    await files().getByText("1 row is left out: The time cannot be read. Line 502.").waitFor();
    expect(await files().locator("[data-part=open]:focus").count()).toBe(1);

    await page.getByLabel("Unit of Consumption").selectOption("Wh");
    await files().getByText("Is the unit right?").waitFor();
    await button(files(), "Read it in kWh").press("Enter");
    await files().getByText("Is the unit right?").waitFor({ state: "detached" });
    expect(await page.getByLabel("Unit of Consumption").inputValue()).toBe("kWh");
    await page.getByLabel("Store it as the meter").fill("house");
    await page.keyboard.press("Tab");
    await files().locator(".meters strong").getByText("house").waitFor();
    expect(await api.site.store.meters()).toHaveLength(1);

    await button(files(), "Import 500 rows").press("Enter");
    await files().locator(".what").getByText("Imported: 500 values stored from 501 rows").waitFor();
    const sum = Array.from({ length: 500 }, (_, row) => 300 + ((row * 37) % 200)).reduce((total, wh) => total + wh, 0);
    expect(await usedWh(api, "house")).toBe(sum);
    await button(files(), "Remove from the list").press("Enter");
    await files().locator(".file").waitFor({ state: "detached" });
    expect(await violations()).toEqual([]);
  });

  it("says that a file is known already, and asks for another way to read one that says nothing", async () => {
    await open(["read", "admin"]);
    await choose(table(48), "house.csv");
    await button(files(), "Import 48 rows").click();
    await files().locator(".what").getByText("Imported: 48 values").waitFor();
    await choose(table(48), "house.csv");
    await files().getByText("48 rows are stored already and stay as they are.").waitFor();
    await page.getByLabel("What is Date").or(page.getByLabel("What Date is")).selectOption("none");
    await files().getByText("Say above which column is the time").waitFor();
    expect(await button(files(), "Import").isDisabled()).toBe(true);
    await button(files(), "Forget this file").click();
    await files().locator(".file").waitFor({ state: "detached" });
  });

  it("shows how far an import is, stops it, and goes on with it after a reload", async () => {
    const api = await open(["read", "admin"]);
    await choose(table(20_000), "house.csv");
    await button(files(), "Import 20,000 rows").click();
    await files()
      .getByText(/Being imported: \d/)
      .waitFor();
    await button(files(), "Stop").click();
    await files()
      .getByText(/^Stopped after [\d,]+ rows/)
      .waitFor();
    await page.reload();
    await files()
      .getByText(/^Stopped after [\d,]+ rows/)
      .waitFor();
    const [stopped] = await api.site.imports.list();
    expect(stopped?.rows).toBeLessThan(20_000);
    await button(files(), "Go on").click();
    await files()
      .locator(".what")
      .getByText("Imported: 20,000 values stored from 20,000 rows")
      .waitFor({ timeout: 40_000 });
    await page.reload();
    await files().locator(".what").getByText("Imported: 20,000 values").waitFor();
  });

  it("keeps sending a file while another view is looked at, and a file dropped on the page comes in too", async () => {
    await open(["read", "admin"]);
    // A piece that takes its time.
    await page.route("**/imports/parts*", async (route) => {
      await until("the other view", async () => (await page.locator("vatio-line-chart").count()) > 0, 30_000);
      await route.continue();
    });
    const data = await page.evaluateHandle(
      `(() => { const moved = new DataTransfer(); moved.items.add(new File([${JSON.stringify(table(30))}], "dropped.csv")); return moved; })()`,
    );
    await files().locator(".drop").dispatchEvent("drop", { dataTransfer: data });
    await files()
      .getByText(/Sending dropped.csv: 0/)
      .waitFor();
    await page.getByRole("link", { name: "Now" }).click();
    await page.locator("vatio-line-chart").waitFor();
    await page.getByRole("link", { name: "Data" }).click();
    await files().getByText("30 rows, from").waitFor();
  });

  it("goes on sending after a reload once the same file is chosen again", async () => {
    await open(["read", "admin"]);
    const folder = mkdtempSync(join(tmpdir(), "vatio-file-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, "house.csv");
    // Two pieces: the second is not let through.
    writeFileSync(file, table(55_000));
    const sent: number[] = [];
    let isCut = true;
    await page.route("**/imports/parts*", async (route) => {
      const at = Number(new URL(route.request().url()).searchParams.get("at"));
      sent.push(at);
      if (at === 0 || !isCut) await route.continue();
    });
    await files().locator("input[type=file]").setInputFiles(file);
    await files()
      .getByText(/Sending house.csv: 1 MB of/)
      .waitFor();
    await page.reload();
    isCut = false;
    await files().locator("input[type=file]").setInputFiles(file);
    await files().locator("[data-part=open]").waitFor();
    // Asked how much is there, and sent no more than the rest, both times.
    expect(sent).toEqual([0, 0, 1_000_000, 0, 1_000_000]);
  });

  it("takes history out as a file, of the days and meters that are chosen", async () => {
    await open(["read", "admin"], (now) => [
      { meter: "heat, pump", at: now - 3 * HOUR, importWh: 0 },
      { meter: "heat, pump", at: now - 2 * HOUR, importWh: 500 },
      { meter: "grid", at: now - 2 * HOUR, importWh: 5 },
      { meter: "oven", at: now - 2 * HOUR, importWh: 5 },
    ]);
    await exports().getByText("All meters").click();
    await exports().getByLabel("heat, pump").check();
    await exports().getByLabel("grid").check();
    await exports().getByText("Meters chosen: 2").waitFor();
    await exports().getByLabel("One row for").selectOption("raw");
    await exports().getByLabel("Kind of file").selectOption("ndjson");
    const { name, content } = await downloaded(exports().getByRole("link", { name: "Download" }));
    const lines = content.toString().trim().split("\n");
    expect([name, lines.length]).toEqual(["vatio-raw.ndjson", 3]);
    expect(lines.filter((line) => line.includes('"heat, pump"'))).toHaveLength(2);

    await exports().getByLabel("First day").fill("2030-01-02");
    await exports().getByLabel("Last day").fill("2030-01-01");
    await page.keyboard.press("Tab");
    await exports().getByRole("alert").waitFor();
    expect(await exports().getByRole("link").count()).toBe(0);
  });

  it("makes a backup, hands it over, and gives it to an empty site after a second yes", async () => {
    const { site } = await open(["read", "admin"], () => []);
    await exports().getByText("No meter has spoken yet").waitFor();
    await backups().getByText("There is no backup yet.").waitFor();
    await button(backups(), "Make one now").click();
    const take = backups().getByRole("link", { name: "Download" });
    const { name, content } = await downloaded(take);
    expect([name, content.subarray(0, 15).toString()]).toEqual([
      expect.stringMatching(/^home-.+\.db$/),
      "SQLite format 3",
    ]);
    await button(backups(), "Restore").click();
    await button(backups(), "Yes, restore this one").click();
    await backups().getByText("Restored. Now press Deploy").waitFor();

    await site.keep({ readings: [{ meter: "grid", at: site.now(), importWh: 1 }] });
    await page.reload();
    await take.waitFor();
    expect(await button(backups(), "Restore").count()).toBe(0);
    expect(await violations()).toEqual([]);
  });

  it("takes a backup that somebody has as a file, by keyboard on a phone, and says what is wrong with another", async () => {
    await open(["read", "admin"], () => [], { viewport: { width: 360, height: 740 } });
    const send = (name: string, buffer: Buffer) =>
      backups().locator("input[type=file]").setInputFiles({ name, mimeType: "application/octet-stream", buffer });
    await button(backups(), "Make one now").click();
    const { content } = await downloaded(backups().getByRole("link", { name: "Download" }));

    await send("letter.db", Buffer.from("dear sirs, ".repeat(100)));
    await backups().getByRole("alert").getByText("it is not a database").waitFor();
    await send("copy.db", content);
    await backups().getByText("It is here, and sound.").waitFor();
    expect(await violations()).toEqual([]);
    const sent = backups().getByRole("listitem").filter({ hasText: "sent" });
    await button(sent, "Restore").press("Enter");
    await button(sent, "Yes, restore this one").press("Enter");
    await backups().getByText("Restored. Now press Deploy").waitFor();
  });

  it("says where a site with history takes no backup what to do with one", async () => {
    await open(["read", "admin"]);
    await backups().getByText("For one that you have as a file, make a new site").waitFor();
    expect(await backups().locator("input[type=file]").count()).toBe(0);
  });

  it("tells what a correction would change before it is made, and undoes it", async () => {
    const { site } = await open(["read", "admin"], (now) => {
      const hour = Math.floor(now / HOUR) * HOUR;
      return Array.from({ length: 121 }, (_, minute) => ({
        ...{ meter: "grid", at: hour - 2 * HOUR + minute * MINUTE, powerW: 1_000 },
      }));
    });
    const used = async (): Promise<number> => {
      const span = { from: site.now() - 4 * HOUR, to: site.now(), interval: "total", zone: "UTC" } as const;
      return Math.round((await site.store.energy(span))[0]?.importWh ?? 0);
    };
    await button(edits(), "See what would follow").click();
    await edits().getByRole("alert").waitFor();
    await edits().getByLabel("Used, kWh").fill("2.5");
    await edits().getByLabel("Used, kWh").press("Enter");
    await edits().getByText("1 kWh used").waitFor();
    await edits().getByText("2.5 kWh used").waitFor();
    expect(await used()).toBe(2_000);
    await button(edits(), "Correct it").press("Enter");
    await edits().getByText("Corrected.").waitFor();
    expect(await used()).toBe(3_500);

    await edits().getByText("Past corrections").click();
    await button(edits(), "Undo").click();
    await edits().getByText("undone by read admin").waitFor();
    expect(await used()).toBe(2_000);
  });

  it("offers to whoever may only read what they may, and says what the rest needs", async () => {
    await open(["read"]);
    await exports().getByRole("link", { name: "Download" }).waitFor();
    await page.getByText('an access token with the scope "admin"').waitFor();
    for (const one of [files(), backups(), edits()]) expect(await one.count()).toBe(0);
    await page.getByRole("button", { name: "Log in" }).click();
    await page.getByLabel("Access token").waitFor();
  });

  it.each([
    [360, "es-ES", "light"],
    [360, "en-US", "dark"],
    [1280, "es-ES", "dark"],
  ] as const)(
    "fits %i px in %s, %s, with hostile names as text and room for a finger",
    async (width, locale, colorScheme) => {
      const name = `<img src=x onerror=alert(1)>${"long".repeat(20)}`;
      const options = { locale, colorScheme, viewport: { width, height: 800 } };
      await open(["read", "admin"], (now) => [{ meter: name, at: now - HOUR, importWh: 5 }], options);
      const rows = ["a;b", `${name};Time;Energy <b>`].concat(
        Array.from({ length: 30 }, (_, row) => `${name};${new Date(T0 + row * HOUR).toISOString()};${row}`),
      );
      await choose(rows.join("\n"), `${name}.csv`);
      await files().locator(".meters .finding").first().waitFor();
      await files().locator("summary").click();
      await exports().locator("summary").click();
      await button(backups(), /Make one|Hacer una/).click();
      await backups().locator("li").first().waitFor();

      expect(await page.evaluate<number>("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
      const touched = page
        .locator("vatio-data-view")
        .locator("button, a, select, input:not([type=checkbox], [type=file])");
      for (const one of await touched.all()) {
        const box = await one.boundingBox();
        expect([await one.innerText(), Math.min(box?.height ?? 0, box?.width ?? 0) >= 44]).toEqual([
          expect.anything(),
          true,
        ]);
      }
      expect(await page.locator("img, b").count()).toBe(0);
      expect(await violations()).toEqual([]);
    },
  );
});
