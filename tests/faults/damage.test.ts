import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Reading } from "../../lib/energy/reading";
import type { BackupStore, StorageNews } from "../../lib/storage/backup-store";
import type { EnergyStore } from "../../lib/storage/energy-store";
import { openEngine } from "../../lib/storage/engine";
import { openStore } from "../../lib/storage/open-store";
import { openPageFile } from "../../lib/storage/page-file";
import { planPages } from "../../lib/storage/page-plan";
import { removeFile } from "../../lib/storage/set-file-aside";
import { openSqlite } from "../../lib/storage/sqlite";
import { shapesOf } from "../../lib/storage/table-shape";
import { makeRandom, seed } from "../support/seed";
import { until } from "../support/until";
import { DAYS, madeReadings, makeSite, pagesOf, rowsByPage, rowsIn, SITE, START } from "./damaged-file";

/** FAULTS.md, row 3; `FULL=1` is its long form. */
const FLIPS = process.env.FULL ? 1_000 : 12;
const DAY = 86_400_000;
const PAGE = 16_384;
const END = START + 2 * DAY;
const ALL = { from: START, to: START + DAYS * DAY };

const folder = mkdtempSync(join(tmpdir(), "vatio-damage-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A store and what it told. */
function open(file: string): { store: EnergyStore & BackupStore; news: StorageNews[] } {
  const news: StorageNews[] = [];
  const onNews = (one: StorageNews): void => void news.push(one);
  return { news, store: openStore({ file, durability: "crash", zone: SITE.zone }, { onNews }) };
}

const textOf = ({ powerW, importWh, exportWh, volumeM3, temperatureC }: Reading): string =>
  JSON.stringify([powerW, importWh, exportWh, volumeM3, temperatureC]);
const keyOf = ({ meter, at }: Reading): string => `${meter} ${at}`;

/** A copy of the file in which something is another. */
function changed(file: string, change: (bytes: Buffer) => void): string {
  const copy = join(mkdtempSync(join(folder, "copy-")), "home.db");
  const bytes = readFileSync(file);
  change(bytes);
  writeFileSync(copy, bytes);
  return copy;
}

const salvaged = (news: readonly StorageNews[]): Promise<void> =>
  until("the salvage", () => news.some(({ kind }) => kind !== "damaged"), 20_000);

describe("a damaged database", () => {
  const file = join(folder, "whole.db");
  const readings = madeReadings(makeRandom(3), 2);
  beforeAll(() => makeSite(file, readings, 2), 60_000);

  it.each([
    ["without its first page", (bytes: Buffer) => bytes.fill(0, 0, PAGE)],
    ["with a first page of chance", (bytes: Buffer) => bytes.fill(0xa7, 20, PAGE)],
    [
      "without the page of its meters",
      (bytes: Buffer) => bytes.fill(0, pageWith(bytes, "heat pump"), pageWith(bytes, "heat pump") + PAGE),
    ],
  ])("%s is set aside, and all that is intact comes back by its name", async (_, change) => {
    const copy = changed(file, change);
    const { store, news } = open(copy);
    await store.append({ readings: [{ meter: "grid", at: END, powerW: 1 }] });
    await salvaged(news);
    expect(news.map(({ kind }) => kind)).toEqual(["damaged", "salvaged"]);
    const back = await store.readings({ from: START, to: END + 1 });
    expect(back.map(keyOf).sort()).toEqual([...readings.map(keyOf), `grid ${END}`].sort());
    expect(back.map(textOf).sort()).toEqual(
      [...readings.map(textOf), JSON.stringify([1, null, null, null, null])].sort(),
    );
    const [aside] = readdirSync(join(copy, "..")).filter((name) =>
      /^home-damaged-\d{4}-\d\d-\d\d-\d{6}\.db$/.test(name),
    );
    expect(aside).toBeDefined();
    expect(statSync(join(copy, "..", aside ?? "")).size).toBe(statSync(file).size);
    expect(readdirSync(join(copy, ".."))).not.toContain("home.db.salvage");
    await store.close();
  });

  it("goes on being brought back where that was cut short", async () => {
    const copy = changed(file, (bytes) => bytes.fill(0, 0, PAGE));
    const first = open(copy);
    await first.store.append({ readings: [{ meter: "grid", at: END, powerW: 1 }] });
    await first.store.close();
    expect(first.news.map(({ kind }) => kind)).toEqual(["damaged"]);
    const second = open(copy);
    await second.store.meters();
    await salvaged(second.news);
    expect(second.news).toMatchObject([{ kind: "salvaged" }]);
    expect(await second.store.readings({ from: START, to: END + 1 })).toHaveLength(readings.length + 1);
    await second.store.close();
  });

  it("costs the energy of no time of which the readings came back", async () => {
    const span = { from: START, to: END, interval: "day", zone: SITE.zone } as const;
    const sound = open(changed(file, () => undefined));
    const energy = await sound.store.energy(span);
    await sound.store.close();
    // Pages of quarters and days alike.
    const pages = await pagesOf(file, ["quarter", "day"]);
    const { store, news } = open(
      changed(file, (bytes) => [1, ...pages].forEach((page) => bytes.fill(0, (page - 1) * PAGE, page * PAGE))),
    );
    await store.meters();
    await salvaged(news);
    const again = await store.energy(span);
    expect(again.map(({ meter, from }) => `${meter} ${from}`)).toEqual(
      energy.map(({ meter, from }) => `${meter} ${from}`),
    );
    for (const [index, { importWh, exportWh, volumeM3 }] of again.entries()) {
      expect(importWh).toBeCloseTo(energy[index]?.importWh ?? NaN, 6);
      expect(exportWh).toBeCloseTo(energy[index]?.exportWh ?? NaN, 6);
      expect(volumeM3).toBeCloseTo(energy[index]?.volumeM3 ?? NaN, 6);
    }
    await store.close();
  });

  it.each([
    ["an empty file is begun", 0, []],
    ["a file of zeros is set aside", 100_000, ["damaged", "salvaged"]],
  ])("%s", async (_, length, kinds) => {
    const copy = join(mkdtempSync(join(folder, "zeros-")), "home.db");
    writeFileSync(copy, Buffer.alloc(length));
    const { store, news } = open(copy);
    await store.append({ readings: readings.slice(0, 3) });
    if (kinds.length > 0) await salvaged(news);
    expect(news.map(({ kind }) => kind)).toEqual(kinds);
    expect(await store.readings({ from: START, to: END })).toHaveLength(3);
    await store.close();
  });

  it("that was emptied gives back what its log holds", async () => {
    const at = join(mkdtempSync(join(folder, "emptied-")), "home.db");
    const source = open(join(folder, "living.db"));
    await source.store.append({ readings: readings.slice(0, 30) });
    writeFileSync(at, "");
    copyFileSync(join(folder, "living.db-wal"), `${at}-wal`);
    await source.store.close();
    const { store, news } = open(at);
    await store.meters();
    await salvaged(news);
    expect(await store.readings({ from: START, to: END })).toHaveLength(30);
    await store.close();
  });

  it("is left alone where it never was a database", async () => {
    const text = "no database at all, ".repeat(2_000);
    const at = join(mkdtempSync(join(folder, "text-")), "home.db");
    writeFileSync(at, text);
    const { store, news } = open(at);
    await expect(store.meters()).rejects.toMatchObject({
      code: "storage-failed",
      message: expect.stringContaining("is not a database: move it away") as string,
    });
    await store.close();
    expect(readdirSync(join(at, ".."))).toEqual(["home.db"]);
    expect(readFileSync(at, "utf8")).toBe(text);
    expect(news).toEqual([]);
  });
});

it("a log that is cut anywhere opens with what was committed in whole frames", async () => {
  const file = join(folder, "log.db");
  const database = openSqlite(file, "crash");
  const engine = await openEngine(database, SITE);
  const shapes = await shapesOf(database.db);
  const reading = shapes.find(({ name }) => name === "reading");
  const sizes: number[] = [];
  for (let index = 0; index < 12; index += 1) {
    await engine.appendAll([{ readings: [{ meter: "m", at: START + index, powerW: index }] }]);
    sizes.push(statSync(`${file}-wal`).size);
  }
  const [main, log] = [readFileSync(file), readFileSync(`${file}-wal`)];
  await engine.close();

  const frames = (log.length - 32) / (PAGE + 24);
  expect(frames).toBe(Math.floor(frames));
  for (let half = 0; half <= 2 * frames; half += 1) {
    const length = 32 + Math.floor((half / 2) * (PAGE + 24));
    const copy = join(folder, "cut.db");
    const set = (): void => {
      removeFile(copy);
      writeFileSync(copy, main);
      writeFileSync(`${copy}-wal`, log.subarray(0, length));
    };
    const committed = sizes.filter((size) => size <= length).length;
    const powers = Array.from({ length: committed }, (_, index) => index);

    set();
    const again = await openEngine(openSqlite(copy, "crash"), SITE);
    expect(
      (await again.readings(ALL)).map(({ powerW }) => powerW),
      `cut at ${length}`,
    ).toEqual(powers);
    await again.close();

    // So does what reads the pages without SQLite.
    set();
    const pages = openPageFile(copy);
    const plan = planPages(pages, shapes);
    const rows = reading ? plan.pagesOf("reading").flatMap((page) => plan.rowsOf(reading, page).rows) : [];
    pages.close();
    expect(
      rows.map(({ powerW }) => powerW),
      `read at ${length}`,
    ).toEqual(powers);
  }
}, 60_000);

describe(`a database of which a byte is another, ${FLIPS} times (SEED=${seed})`, () => {
  const file = join(folder, "site.db");
  const random = makeRandom();
  let tables: Map<string, Map<string, string>>;
  let pages: Map<number, Set<string>>;
  let bytes: Buffer;
  const sealed = new Map<string, string>();

  beforeAll(async () => {
    const readings = madeReadings(random);
    await makeSite(file, readings);
    for (const reading of readings)
      if (reading.at < START + (DAYS - 1) * DAY) sealed.set(keyOf(reading), textOf(reading));
    const database = openSqlite(file, "crash");
    tables = await rowsIn(database);
    await database.close();
    const sound = openSqlite(file, "crash");
    pages = await rowsByPage(file, sound);
    await sound.close();
    bytes = readFileSync(file);
  }, 60_000);

  it(
    "opens or is set aside: never a wrong value of what was sealed, and what is intact is back",
    async () => {
      const worst: string[] = [];
      let aside = 0;
      for (let flip = 0; flip < FLIPS; flip += 1) {
        // Every other byte is one that others hang on: where pages begin, and the first page.
        const anywhere = Math.floor(random() * bytes.length);
        const page = Math.floor(random() * (bytes.length / PAGE));
        const atBeginning = (flip % 4 === 1 ? 0 : page * PAGE) + Math.floor(random() * (flip % 4 === 1 ? PAGE : 100));
        const at = flip % 2 === 0 ? anywhere : atBeginning;
        const to = 1 + Math.floor(random() * 255);
        const name = `byte ${at} of page ${Math.floor(at / PAGE) + 1} xor ${to}`;
        const copy = join(folder, `flip-${flip}.db`);
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] ?? 0) ^ to;
        writeFileSync(copy, changed);

        const { store, news } = open(copy);
        try {
          const ask = async (): Promise<Reading[]> => {
            await store.meters();
            await store.alerts({ limit: 10 });
            await store.energy({ ...ALL, interval: "day", zone: SITE.zone });
            return store.readings(ALL);
          };
          const fresh = { meter: "fresh", at: ALL.to + flip, powerW: flip };
          await store.append({ readings: [fresh] });
          const seen = [...(await ask())];
          // What nobody noticed so far the daily backup does.
          await store.backup(join(folder, "backup.db")).catch(() => undefined);
          seen.push(...(await ask()));
          if (news.length > 0) {
            aside += 1;
            await until("the salvage", () => news.some(({ kind }) => kind !== "damaged"), 20_000);
            expect(
              news.map(({ kind }) => kind),
              `${name}: ${JSON.stringify(news)}`,
            ).toEqual(["damaged", "salvaged"]);
            seen.push(...(await ask()));
          }
          for (const reading of seen) {
            const right = sealed.get(keyOf(reading));
            if (right !== undefined) expect(textOf(reading), `${name}: ${keyOf(reading)}`).toBe(right);
          }
          expect(await store.readings({ from: fresh.at, to: fresh.at + 1 }), name).toHaveLength(1);
        } finally {
          await store.close();
        }
        const rest = openSqlite(copy, "crash");
        const found = await rowsIn(rest);
        await rest.close();
        const [intact, back] = count(tables, pages.get(Math.floor(at / PAGE) + 1) ?? new Set(), found);
        if (back < 0.99 * intact) worst.push(`${name}: ${back} of ${intact} rows, told ${JSON.stringify(news)}`);
        for (const one of readdirSync(folder)) if (one.startsWith("flip-")) rmSync(join(folder, one));
      }
      console.info(`${FLIPS} bytes changed (SEED=${seed}): ${aside} databases set aside`);
      expect(worst).toEqual([]);
    },
    FLIPS * 10_000,
  );
});

/** Where the page begins that holds a text. */
function pageWith(bytes: Buffer, text: string): number {
  return Math.floor(bytes.indexOf(text, PAGE) / PAGE) * PAGE;
}

/** How many rows were not in the page, and how many of those are there. */
function count(
  tables: ReadonlyMap<string, ReadonlyMap<string, string>>,
  hurt: ReadonlySet<string>,
  found: ReadonlyMap<string, ReadonlyMap<string, string>>,
): [number, number] {
  let [intact, back] = [0, 0];
  for (const [table, rows] of tables)
    for (const [key, row] of rows) {
      if (hurt.has(`${table} ${key}`)) continue;
      intact += 1;
      const there = found.get(table)?.get(key);
      if (there === row || (there !== undefined && !["reading", "chunk"].includes(table))) back += 1;
    }
  return [intact, back];
}
