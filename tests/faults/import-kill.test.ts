import Database from "better-sqlite3";
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import type { ImportState } from "../../lib/exchange/import-state";
import { makeDeliveries } from "../../lib/site/deliveries";
import { openSite } from "../../lib/site/open-site";
import type { Site, SiteSettings } from "../../lib/site/site";
import { describeServer, KINDS, makeDatabase } from "../support/databases";
import type { ImportAsk } from "../support/import-child";
import { makeRandom, seed } from "../support/seed";
import { until } from "../support/until";

/** FAULTS.md, row 1: a process killed while it packs what a file says. `FULL=1` does it more often. */
const KILLS = process.env.FULL ? 20 : 3;
const CHILD = ".cache/test/import-child.js";
const METERS = 5;
const SECONDS = 4 * 3_600;
const FROM = Date.UTC(2025, 0, 15, 22, 7);
const RANGE = { from: FROM - 86_400_000, to: FROM + 2 * 86_400_000, zone: "Europe/Madrid" };
const COUNT = "select (select coalesce(sum(count), 0) from chunk) + (select count(*) from reading) as kept";

const folder = mkdtempSync(join(tmpdir(), "vatio-import-kill-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const random = makeRandom();
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const file = join(folder, "day.lp");
writeFileSync(
  file,
  Array.from({ length: METERS * SECONDS }, (_, line) => {
    const [meter, second] = [line % METERS, Math.floor(line / METERS)];
    // Now and then a register is read wrongly.
    const importWh = 1_000 + Math.floor((second * (meter + 1)) / 7) + (second % 5_000 === 4_999 ? 1e9 : 0);
    const powerW = Math.round(Math.sin(second / 60 + meter) * 9_000) / 10;
    return `energy,meter=meter-${meter} powerW=${powerW},importWh=${importWh}i ${FROM + second * 1_000}000000\n`;
  }).join(""),
);

const settingsOf = (name: string): SiteSettings => ({
  ...{ id: "site", name: "Home", kind: "home", zone: RANGE.zone, currency: "EUR", language: "en-US" },
  ...{ file: join(folder, `${name}.db`), durability: "crash", channels: [] },
});

/** All that is stored, and what was made of it. */
async function answersOf(settings: SiteSettings, use?: (site: Site) => Promise<unknown>): Promise<unknown> {
  const onProblem = (error: Error): never => {
    throw error;
  };
  const site = openSite(settings, { now: Date.now, onProblem, deliveries: makeDeliveries() });
  try {
    await use?.(site);
    const { store } = site;
    const readings = await store.readings(RANGE);
    expect(readings).toHaveLength(METERS * SECONDS);
    return {
      readings: Object.groupBy(readings, ({ meter }) => meter),
      quarters: await store.energy({ ...RANGE, interval: "quarter" }),
      doubted: (await store.quarantine({ limit: 10_000 }))
        .map(({ meter, at, path, value, reason }) => [meter, at, path, value, reason].join(" "))
        .sort(),
    };
  } finally {
    await site.close();
  }
}

let uncut: Promise<unknown> | undefined;
const expected = (): Promise<unknown> =>
  (uncut ??= answersOf(settingsOf("uncut"), async ({ imports }) => {
    const { state } = await imports.open(file, "day.lp");
    await imports.run(state.id);
    expect(await imports.finished(state.id)).toMatchObject({ state: "done", readings: METERS * SECONDS });
  }));

/** Imports the file into a site, killed again and again; `kept`: how many readings are stored so far. */
async function importKilled(settings: SiteSettings, kept: () => Promise<number>): Promise<void> {
  let child: ChildProcess | undefined;
  let done: ImportState | undefined;
  const start = (): void => {
    child = fork(CHILD, [JSON.stringify({ settings, file } satisfies ImportAsk)]);
    child.on("message", (state: ImportState) => {
      done = state;
    });
  };
  const kill = async (): Promise<void> => {
    const ended = child?.exitCode === null && once(child, "exit");
    child?.kill("SIGKILL");
    await ended;
  };
  onTestFinished(kill);

  let cut = 0;
  for (let killed = 0; killed < KILLS; killed += 1) {
    start();
    const before = await kept();
    await until("more to be kept", async () => done !== undefined || (await kept()) > before, 60_000);
    await sleep(random() * 100);
    await kill();
    if (!done) cut += 1;
  }
  expect(cut).toBeGreaterThan(0);
  if (!done) start();
  await until("the import to end", () => done !== undefined, 120_000);
  expect(done).toMatchObject({ state: "done", rows: METERS * SECONDS, readings: METERS * SECONDS, errors: [] });
  await once(child ?? process, "exit");
}

const title = `brings what is in its file once, killed ${KILLS} times (SEED=${seed})`;

describe("an import", () => {
  it(`into SQLite ${title}`, async () => {
    const settings = settingsOf("sqlite");
    const kept = (): Promise<number> => {
      if (!existsSync(settings.file)) return Promise.resolve(0);
      const db = new Database(settings.file, { readonly: true, timeout: 1_000 });
      try {
        const isMade = db.prepare("select 1 from sqlite_master where name = 'chunk'").get();
        return Promise.resolve(isMade ? (db.prepare<[], { kept: number }>(COUNT).get()?.kept ?? 0) : 0);
      } finally {
        db.close();
      }
    };
    await importKilled(settings, kept);
    expect(await answersOf(settings)).toEqual(await expected());
  }, 240_000);
});

for (const kind of KINDS)
  await describeServer(kind, (name) => {
    it(`into ${name} ${title}`, async () => {
      const database = await makeDatabase(kind);
      onTestFinished(() => database.drop());
      const settings = { ...settingsOf(kind), server: database.settings };
      const kept = async (): Promise<number> => {
        const table =
          kind === "postgres"
            ? "to_regclass('chunk')"
            : "(select 1 from information_schema.tables where table_schema = database() and table_name = 'chunk')";
        const [made] = (await database.ask(`select ${table} as found`)) as { found: unknown }[];
        if (!made?.found) return 0;
        const [row] = (await database.ask(COUNT)) as { kept: string }[];
        return Number(row?.kept);
      };
      await importKilled(settings, kept);
      expect(await answersOf(settings)).toEqual(await expected());
    }, 240_000);
  });
