import Database from "better-sqlite3";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MessageChannel } from "node:worker_threads";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { EnergyError } from "../../../lib/errors";
import { openDatabase } from "../../../lib/storage/open-database";
import { openEngine, type Engine } from "../../../lib/storage/engine";
import { openSqlite } from "../../../lib/storage/sqlite";
import { makeTalk } from "../../../lib/storage/talk";
import { openWorkerStore } from "../../../lib/storage/worker-store";
import { describeServer, KINDS, makeDatabase } from "../../support/databases";

const MINUTE = 60_000;
const HALF_HOUR = 30 * MINUTE;
const FROM = Date.UTC(2025, 0, 1);
const SITE = { zone: "UTC", maxPowerW: 100_000 };
const [METERS, MINUTES] = [50, 10_000];
/** All of it is looked at and nothing of it is what is asked for. */
const LONG = { from: FROM, to: FROM + 2 * MINUTES * MINUTE, withPower: true };

const folder = mkdtempSync(join(tmpdir(), "vatio-long-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = join(folder, "site.db");

/** Half a million readings of a register. */
beforeAll(async () => {
  const engine = await openEngine(openSqlite(file, "crash"), SITE);
  for (let meter = 0; meter < METERS; meter += 1)
    await engine.putMeter({ key: `m${meter}`, role: "load", gapLimitMs: 300_000 });
  await engine.close();
  const db = new Database(file);
  db.prepare(
    `WITH RECURSIVE minutes (at) AS (SELECT ? UNION ALL SELECT at + ${MINUTE} FROM minutes WHERE at + ${MINUTE} < ?)
     INSERT INTO reading (minute, meter, at, importWh, imported) SELECT at / ${MINUTE}, id, at, 1000, 0 FROM minutes CROSS JOIN meter`,
  ).run(FROM, FROM + MINUTES * MINUTE);
  db.prepare("UPDATE meter SET firstAt = ?, says = 2").run(FROM);
  db.close();
}, 60_000);

function open(queryLimitMs?: number) {
  const settings = { file, durability: "crash", zone: "UTC" } as const;
  const store = openWorkerStore(settings, queryLimitMs === undefined ? {} : { queryLimitMs });
  onTestFinished(() => store.close());
  return store;
}
let said = 0;
const nextReading = () => ({ meter: "m0", at: LONG.to + (said += 1), powerW: 1 });

describe("while a long query runs", () => {
  it("appends go on, and each is seen by the next query", async () => {
    const store = open();
    const over = new AbortController();
    const asked = store.readings(LONG).finally(() => over.abort());
    let seen = 0;
    while (!over.signal.aborted) {
      const reading = nextReading();
      await store.append({ readings: [reading] });
      expect(await store.readings({ meters: ["m0"], from: reading.at, to: reading.at + 1 })).toMatchObject([reading]);
      seen += 1;
    }
    expect(await asked).toEqual([]);
    expect(seen).toBeGreaterThan(5);
  }, 60_000);

  it("who stops it hears so at once, and others are answered", async () => {
    const store = open();
    const stop = new AbortController();
    const asked = store.readings(LONG, stop.signal);
    const reading = nextReading();
    await store.append({ readings: [reading] });
    stop.abort();
    await expect(asked).rejects.toBe(stop.signal.reason);
    await expect(store.energy({ ...LONG, interval: "day", zone: "UTC" }, stop.signal)).rejects.toBe(stop.signal.reason);
    expect(await store.readings({ from: reading.at, to: reading.at + 1 })).toMatchObject([reading]);
  });

  it("ends when its time is over, with a sentence that says what to do", async () => {
    const store = open(50);
    await expect(store.readings(LONG)).rejects.toMatchObject({
      code: "query-too-long",
      message: "the query took longer than 0.05 s: ask for a shorter span or for fewer meters",
    });
    const reading = nextReading();
    expect(await store.append({ readings: [reading] })).toEqual([reading]);
  });

  it("the site is closed without waiting for it", async () => {
    const store = open();
    const asked = store.readings(LONG);
    await store.append({ readings: [nextReading()] });
    const [, closed] = await Promise.allSettled([asked, store.close()]);
    expect(closed.status).toBe("fulfilled");
    await expect(asked).rejects.toMatchObject({ code: "storage-failed" });
  });

  it("a backup is made and one restored: queries go on with what is there then", async () => {
    const store = open();
    const asked = store.readings(LONG);
    const backup = join(folder, "backup.db");
    await store.backup(backup);
    expect(await asked).toEqual([]);

    const other = openWorkerStore({ file: join(folder, "other.db"), durability: "crash", zone: "UTC" });
    onTestFinished(() => other.close());
    expect(await other.readings({ from: FROM, to: LONG.to, limit: 1 })).toEqual([]);
    await other.restore(backup);
    expect(await other.readings({ from: FROM, to: LONG.to, limit: 1 })).toHaveLength(1);
  }, 60_000);
});

const checkStops = (openOne: () => Promise<Engine>): void =>
  it("ends the work itself when nobody waits for it", async () => {
    const engine = await openOne();
    onTestFinished(() => engine.close());
    const readings = Array.from({ length: 40 }, (_, day) => ({
      meter: "m",
      at: FROM + day * 86_400_000,
      importWh: 1,
    }));
    await engine.appendAll([{ readings }]);
    const stop = new AbortController();
    const span = { meters: ["m"], from: FROM, to: FROM + 50 * 86_400_000 };
    stop.abort();
    await expect(engine.readings(span, stop.signal)).rejects.toBe(stop.signal.reason);
    await expect(engine.energy({ ...span, interval: "quarter", zone: "UTC" }, stop.signal)).rejects.toBe(
      stop.signal.reason,
    );
    expect(await engine.readings(span)).toHaveLength(40);
  });

describe("SQLite", () => checkStops(() => openEngine(openSqlite(":memory:", "crash"), SITE)));
for (const kind of KINDS)
  await describeServer(kind, () =>
    checkStops(async () => {
      const database = await makeDatabase(kind);
      onTestFinished(() => database.drop());
      const settings = { file: join(folder, "none.db"), durability: "crash", zone: "UTC" } as const;
      return openEngine(openDatabase({ ...settings, server: database.settings }), SITE);
    }),
  );

describe("a talk of two threads", () => {
  it("tells the other end that nobody waits any more", async () => {
    const { port1, port2 } = new MessageChannel();
    onTestFinished(() => port1.close());
    const ended = new Promise((resolve) => {
      makeTalk(port2, (_method, _args, stop) => {
        stop.addEventListener("abort", resolve);
        return new Promise(() => undefined);
      });
    });
    const stop = new AbortController();
    const asked = makeTalk(port1, () => undefined).call("anything", [], stop.signal);
    stop.abort(new EnergyError("no-answer", "gone"));
    await expect(asked).rejects.toBe(stop.signal.reason);
    await ended;
  });
});

describe("what is done in the background", () => {
  it("lets appends between", async () => {
    const engine = await openEngine(openSqlite(":memory:", "crash"), SITE);
    onTestFinished(() => engine.close());
    const meters = Array.from({ length: 20 }, (_, index) => `m${index}`);
    for (const meter of meters)
      await engine.appendAll([
        {
          readings: Array.from({ length: 400 }, (_, index) => ({
            meter,
            at: FROM + index * HALF_HOUR,
            powerW: index,
          })),
        },
      ]);
    const over = new AbortController();
    const sealing = engine.sealUntil(Infinity).finally(() => over.abort());
    let between = 0;
    while (!over.signal.aborted) {
      await new Promise((resolve) => setImmediate(resolve));
      await engine.appendAll([{ readings: [nextReading()] }]);
      between += 1;
    }
    // A turn is no more than a day of them.
    const days = Math.ceil(400 / 48);
    expect(await sealing).toBe(days * meters.length);
    expect(between).toBeGreaterThan(2);
  }, 60_000);
});
