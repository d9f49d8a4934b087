import fc from "fast-check";
import type { KyselyPlugin } from "kysely";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tmpdir } from "node:os";
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import type { Reading } from "../../../lib/energy/reading";
import { openEngine, type Engine } from "../../../lib/storage/engine";
import { recomputeDirty } from "../../../lib/storage/rollup";
import { openDatabase } from "../../../lib/storage/open-database";
import { loadDriver, type ServerSettings } from "../../../lib/storage/server";
import { describeServer, KINDS, makeDatabase, type TestDatabase } from "../../support/databases";

const SITE = { zone: "Europe/Madrid", maxPowerW: 100_000 };
const MINUTE = 60_000;
/** The clock goes back at 03:00 of 26 October 2025: 25 hours. */
const DAY = Date.UTC(2025, 9, 25, 22);
const HOURS = 25;
const FILE = join(tmpdir(), "none.db");

const openSite = (server?: ServerSettings): Promise<Engine> =>
  openEngine(
    openDatabase({ file: server ? FILE : ":memory:", durability: "crash", ...SITE, ...(server && { server }) }),
    SITE,
  );

const answersOf = async (engine: Engine) => {
  const range = { from: DAY, to: DAY + HOURS * 60 * MINUTE, zone: SITE.zone };
  const energy = [];
  for (const interval of ["quarter", "hour", "day", "total"] as const)
    energy.push(...(await engine.energy({ ...range, interval })).map((row) => ({ interval, ...rounded(row) })));
  const byPlace = (a: object, b: object) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
  return {
    energy: energy.sort(byPlace),
    readings: (await engine.readings({ from: 0, to: 2 * DAY })).sort(byPlace),
    quarantine: (await engine.quarantine({ limit: 10_000 })).sort(byPlace),
  };
};

/** Sums of the same numbers in another order differ in their last digits. */
const rounded = (row: object) =>
  Object.fromEntries(
    Object.entries(row).map(([key, value]) => [
      key,
      typeof value === "number" ? Math.round(value * 1e6) / 1e6 : (value as unknown),
    ]),
  );

/** Two registers and two powers that say something every seven minutes, and now and then two things at once. */
const readings: Reading[] = Array.from({ length: (HOURS * 60) / 7 }, (_, index): Reading[] => {
  const at = DAY + index * 7 * MINUTE;
  return [
    { meter: "grid", at, powerW: 200 + (index % 9) * 10, importWh: 1_000 + index * 25 },
    { meter: "solar", at, exportWh: 500 + index * 10 + (index === 60 ? -400 : 0) },
    { meter: "load", at: at + 1, powerW: index % 5 === 0 ? 1_500 : 80 },
    ...(index % 11 === 0 ? [{ meter: "load", at: at + 1, powerW: 90, temperatureC: 20 }] : []),
  ];
}).flat();

for (const kind of KINDS)
  await describeServer(kind, (title) => {
    describe(`several instances on ${title}`, () => {
      let database: TestDatabase;
      beforeAll(async () => {
        database = await makeDatabase(kind);
      });
      beforeEach(() => database.empty());
      afterAll(() => database.drop());

      /** `count` instances on the one database. */
      const openSites = (count: number) =>
        Promise.all(Array.from({ length: count }, () => openSite(database.settings)));
      const closeAll = async (...engines: Engine[]) => {
        for (const engine of engines) await engine.close();
      };

      it("open an empty database at once", async () => {
        const engines = await openSites(3);
        await engines[0]!.putMeter({ key: "m", role: "load", gapLimitMs: 1 });
        expect(await engines[2]!.meters()).toHaveLength(1);
        await closeAll(...engines);
      });

      it("append the same and different readings at once while another seals them: nothing is lost, nothing doubled, all as in SQLite", async () => {
        const alone = await openSite();
        await alone.appendAll([{ readings }]);
        const expected = await answersOf(alone);
        await alone.close();

        const [a, b, c] = (await openSites(3)) as [Engine, Engine, Engine];
        const writing = new AbortController();
        let sealed = 0;
        const sealing = (async () => {
          while (!writing.signal.aborted) sealed += await c.sealUntil(Infinity);
        })();
        await fc.assert(
          fc.asyncProperty(fc.shuffledSubarray(readings, { minLength: readings.length }), async (shuffled) => {
            const write = async (engine: Engine, own: readonly Reading[]) => {
              for (let index = 0; index < own.length; index += 40) {
                await engine.appendAll([{ readings: own.slice(index, index + 40) }]);
                if (index % 120 === 0)
                  await engine.energy({ from: 0, to: 2 * DAY, interval: "total", zone: SITE.zone });
              }
            };
            // A third is said by both.
            const third = Math.floor(shuffled.length / 3);
            await Promise.all([write(a, shuffled.slice(0, 2 * third)), write(b, shuffled.slice(third))]);
            const { energy, readings: stored } = await answersOf(a);
            expect({ energy, stored }).toEqual({ energy: expected.energy, stored: expected.readings });
          }),
          { numRuns: 2 },
        );
        writing.abort();
        await sealing;
        expect(sealed).toBeGreaterThan(0);
        // What differs from a sealed value is set aside when it joins its chunk.
        await c.sealUntil(Infinity);
        expect(await answersOf(b)).toEqual(expected);
        await closeAll(a, b, c);
      }, 60_000);

      it("merge two readings of one instant that come at once", async () => {
        const [a, b] = (await openSites(2)) as [Engine, Engine];
        const instants = Array.from({ length: 200 }, (_, index) => DAY + index * 1_000);
        await Promise.all([
          a.appendAll(instants.map((at) => ({ readings: [{ meter: "m", at, powerW: 5, importWh: 7 }] }))),
          b.appendAll(
            instants.toReversed().map((at) => ({ readings: [{ meter: "m", at, powerW: -9, socPercent: 50 }] })),
          ),
        ]);
        expect(await a.readings({ from: 0, to: 2 * DAY })).toEqual(
          instants.map((at) => ({ meter: "m", at, powerW: -9, importWh: 7, socPercent: 50, source: "live" })),
        );
        const lost = await b.quarantine({ limit: 1_000 });
        expect(lost.map(({ path, value, winner }) => [path, value, winner])).toEqual(
          instants.map(() => ["powerW", "5", -9]),
        );
        await closeAll(a, b);
      });

      it("keep a delivery that comes to both once", async () => {
        const [a, b] = (await openSites(2)) as [Engine, Engine];
        const batch = (packetId: number, dup: boolean, at: number) => ({
          readings: [{ meter: "m", at, powerW: 1 }],
          delivery: { session: "s", packetId, hash: "h", dup },
        });
        const ids = Array.from({ length: 100 }, (_, index) => index + 1);
        expect(await a.appendAll(ids.map((id) => batch(id, false, DAY + id)))).toEqual(ids.map(() => true));
        const answers = await Promise.all(
          [a, b].map((engine) => engine.appendAll(ids.map((id) => batch(id, true, DAY + 1_000 + id)))),
        );
        expect(answers.flat()).toEqual([...ids, ...ids].map(() => false));

        const both = await Promise.all([a, b].map((engine) => engine.appendAll([batch(500, true, DAY + 5_000)])));
        expect(both.flat().sort()).toEqual([false, true]);
        expect(await b.readings({ from: 0, to: 2 * DAY })).toHaveLength(101);
        await closeAll(a, b);
      });

      it("count what comes while its quarter is recomputed", async () => {
        const engines = await openSites(2);
        const [a, b] = engines as [Engine, Engine];
        const total = async () =>
          (await b.energy({ from: DAY, to: DAY + 60 * MINUTE, interval: "total", zone: "UTC" }))[0];
        for (let round = 0; round < 40; round += 1) {
          const readings = [{ meter: "m", at: DAY + round * MINUTE, importWh: round * 10 }];
          await Promise.all([a.appendAll([{ readings }]), total()]);
          expect((await total())?.importWh ?? 0).toBeCloseTo(round * 10, 6);
        }
        await closeAll(...engines);
      });

      it("count what is kept after the readings of its quarter were read for a recomputation, and do not wait for its end", async () => {
        const engine = await openSite(database.settings);
        const other = openDatabase({ file: FILE, durability: "crash", ...SITE, server: database.settings });
        const say = (minute: number, importWh: number) =>
          engine.appendAll([{ readings: [{ meter: "m", at: DAY + minute * MINUTE, importWh }] }]);
        await say(0, 0);
        await say(5, 100);

        let said = false;
        const readAlready: KyselyPlugin = {
          transformQuery: ({ node, queryId }) => {
            if (node.kind === "DeleteQueryNode" && JSON.stringify(node.from).includes('"quarter"'))
              deletes.add(queryId);
            return node;
          },
          transformResult: async ({ queryId, result }) => {
            if (deletes.has(queryId) && !said) {
              said = true;
              await say(10, 300);
            }
            return result;
          },
        };
        const deletes = new WeakSet<object>();
        await other.transact((trx) => recomputeDirty(trx.withPlugin(readAlready), SITE));
        expect(said).toBe(true);
        const [hour] = await engine.energy({ from: DAY, to: DAY + 60 * MINUTE, interval: "total", zone: "UTC" });
        expect(hour?.importWh).toBeCloseTo(300, 6);
        await other.close();
        await engine.close();
      });

      it("keep what others say beside a name that no text of a database can hold", async () => {
        const engine = await openSite(database.settings);
        const tariffs = (importWh: number) => ({ tariffs: [{ name: "T\0", importWh }] });
        await engine.appendAll([
          { readings: [{ meter: "a\0", at: DAY, serial: "1\0", ...tariffs(1) }] },
          { readings: [{ meter: "a\0", at: DAY, ...tariffs(2) }] },
          { readings: [{ meter: "b", at: DAY, powerW: 1 }] },
        ]);
        expect(await engine.readings({ from: 0, to: 2 * DAY, meters: ["b"] })).toHaveLength(1);
        expect(await engine.readings({ from: 0, to: 2 * DAY })).toHaveLength(2);
        await engine.close();
      });

      it("refuse a database of a newer version, and write nothing to it", async () => {
        await closeAll(await openSite(database.settings));
        const [quote] = kind === "postgres" ? ['"'] : ["`"];
        await database.ask(
          `insert into kysely_migration (name, ${quote}timestamp${quote}) values ('9999-x', '2099-01-01T00:00:00Z')`,
        );
        await expect(openSite(database.settings)).rejects.toMatchObject({
          code: "storage-failed",
          message: expect.stringContaining("newer Vatio") as string,
        });
      });

      it("send nothing in the clear to a server that cannot show a good certificate", async () => {
        const verified: ServerSettings = { ...database.settings, tls: "verified" };
        await expect(openSite(verified)).rejects.toMatchObject({ code: "storage-failed" });
      });

      it("say what is wrong, but no password", async () => {
        const wrong = { ...database.settings, user: "vatio_nobody", password: "s3cret-w0rd" };
        const error = await openSite(wrong).catch((caught: unknown) => caught);
        expect(error).toMatchObject({ code: "storage-failed" });
        expect(String(error)).not.toContain("s3cret-w0rd");
      });
    });
  });

it("finds a driver in the user directory, also where the package itself lies elsewhere", () => {
  const userDir = mkdtempSync(join(tmpdir(), "vatio-driver-"));
  onTestFinished(() => rmSync(userDir, { recursive: true, force: true }));
  mkdirSync(join(userDir, "node_modules", "vatio-test-driver"), { recursive: true });
  writeFileSync(join(userDir, "node_modules", "vatio-test-driver", "index.js"), "exports.kind = 'found';");
  expect(loadDriver("vatio-test-driver", "T", join(userDir, "vatio", "home.db"))).toEqual({ kind: "found" });
});

it("says which driver to install, and where", () => {
  expect(() => loadDriver("no-such-driver", "Some database", FILE)).toThrow(
    'Some database needs a driver: run "npm install no-such-driver" in Node-RED\'s user directory',
  );
});
