import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright-core";
import { findProgram } from "./requires";

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
/** Starts it with a profile of its own; `HTTP_PROXY` and the like of this machine are not asked. */
export async function openBrowser(): Promise<Browser> {
  const executablePath = findProgram("chromium");
  if (executablePath === undefined) throw new Error("no Chromium on the PATH");
  return chromium.launch({ executablePath, args: [...FLAGS, "--no-proxy-server"] });
}

export interface WatchedPage {
  readonly page: Page;
  /** Refusals by the content security policy, script errors and console errors so far. */
  readonly violations: () => Promise<string[]>;
}

/** A page that notes every violation of its policy and every error. */
export async function openPage(browser: Browser, options: BrowserContextOptions = {}): Promise<WatchedPage> {
  const context = await browser.newContext({ locale: "en-US", viewport: { width: 1440, height: 1060 }, ...options });
  const page = await context.newPage();
  const seen: string[] = [];
  page.on("pageerror", (error) => seen.push(`error: ${error.message}`));
  page.on("dialog", (dialog) => {
    seen.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.addInitScript(
    "window.refused = []; document.addEventListener('securitypolicyviolation', (event) => window.refused.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`));",
  );
  const violations = async (): Promise<string[]> => [...seen, ...(await page.evaluate<string[]>("window.refused"))];
  return { page, violations };
}
