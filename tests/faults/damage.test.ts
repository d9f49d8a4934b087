import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Reading } from "../../lib/energy/reading";
import type { BackupStore, StorageNews } from "../../lib/storage/backup-store";
import type { EnergyStore } from "../../lib/storage/energy-store";
import { openStore } from "../../lib/storage/open-store";
import { openSqlite } from "../../lib/storage/sqlite";
import { makeRandom, seed } from "../support/seed";
import { until } from "../support/until";
import { DAYS, madeReadings, makeSite, rowsByPage, rowsIn, SITE, START } from "./damaged-file";

/** FAULTS.md, row 3; `FULL=1` is its long form. */
const FLIPS = process.env.FULL ? Number(process.env.FULL) : 25;
const DAY = 86_400_000;
const PAGE = 16_384;
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
