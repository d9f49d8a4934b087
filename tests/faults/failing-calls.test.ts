import Database from "better-sqlite3";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { Reading } from "../../lib/energy/reading";
import { EnergyError } from "../../lib/errors";
import type { Delivery } from "../../lib/storage/energy-store";
import { openEngine, type Engine as Opened } from "../../lib/storage/engine";
import { makeRetention } from "../../lib/storage/retention";
import { openSqlite } from "../../lib/storage/sqlite";
import { FAULTS, makeFaultyDriver, type Fault, type FaultPlan } from "../support/faulty-driver";
import { makeRandom, seed } from "../support/seed";

/** FAULTS.md, row 2. In short: some of the calls, drawn by chance; `FULL=1`: every one. */
const RUNS_IN_SHORT = 10;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const MIDNIGHT = Date.UTC(2025, 4, 10);
const SITE = { zone: "Europe/Madrid", maxPowerW: 100_000 };
const ALL = { from: MIDNIGHT - 30 * DAY, to: MIDNIGHT + 30 * DAY, zone: SITE.zone };
const KEEP = { readingDays: 10, quarterDays: 20, alertDays: 10 };
const NOW = MIDNIGHT + 10 * DAY;

const folder = mkdtempSync(join(tmpdir(), "vatio-failing-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const said = (meter: string, minute: number, count: number, more: Partial<Reading> = {}): Reading[] =>
  Array.from({ length: count }, (_, index) => ({
    meter,
    at: MIDNIGHT + (minute + 7 * index) * MINUTE,
    powerW: 100 + ((index * 37) % 500),
    importWh: 1_000 + 60 * (minute + 7 * index + 4_000),
    ...more,
  }));
const delivery = (packetId: number): Delivery => ({ session: "s", packetId, hash: `h${packetId}`, dup: false });
const rename = { m: "main" } as const;

/** With what its background does once a day, by a clock of the test's own. */
interface Engine extends Opened {
  retain(): Promise<void>;
}
async function openAt(file: string, options?: Parameters<typeof openSqlite>[2]): Promise<Engine> {
  const database = openSqlite(file, "crash", options);
  const retain = makeRetention(database, SITE, KEEP);
  return { ...(await openEngine(database, SITE)), retain: () => retain(NOW, () => false) };
}

type Step = ((engine: Engine) => Promise<unknown>) & { readonly packetId?: number };
const append = (packetId: number, readings: readonly Reading[]): Step =>
  Object.assign((engine: Engine) => engine.appendAll([{ readings, delivery: delivery(packetId) }]), { packetId });

/** Works in many small transactions: what failed in the middle is taken up again. */
const retain: Step = (engine) => engine.retain();

/** A life in short: all that writes, and what reads between. */
const LIFE: readonly Step[] = [
  (engine) => engine.putMeter({ key: "m", role: "grid", gapLimitMs: HOUR }),
  append(1, said("m", -2_000, 40)),
  append(2, [...said("n", -100, 12), ...said("m", 0, 20)]),
  (engine) => engine.energy({ ...ALL, interval: "quarter" }),
  (engine) => engine.sealUntil(MIDNIGHT + HOUR),
  append(3, [...said("m", -93, 4, { powerW: 9 }), ...said("m", 3, 3)]),
  append(4, said("n", 200, 3, { serial: "A1" })),
  append(5, said("n", 300, 3, { serial: "B2" })),
  (engine) => engine.setAside(said("m", 900, 1), "instant"),
  (engine) => engine.sealUntil(MIDNIGHT + DAY),
  (engine) => engine.rule({ meter: "m", at: MIDNIGHT + 7 * MINUTE, path: "powerW", kind: "discard", by: "Ana" }),
  (engine) => engine.correct({ meter: "m", from: MIDNIGHT, to: MIDNIGHT + HOUR, kind: "set", importWh: 5, by: "Ana" }),
  (engine) => engine.putIntervals([{ meter: "n", from: MIDNIGHT + DAY, to: MIDNIGHT + DAY + HOUR, importWh: 50 }]),
  retain,
  append(6, said("m", 400, 5)),
  (engine) =>
    engine.putAlert({ id: "a", at: MIDNIGHT, rule: "r", severity: "info", kind: "above", values: {}, meter: "m" }),
  (engine) => engine.renameMeter("m", rename.m),
  append(7, said("main", 600, 5)),
  (engine) => engine.remember("owner", "key", 7),
  (engine) => engine.mergeMeters("n", "main"),
  (engine) => engine.verify(true),
];

/** All that can be seen of a database, but the clock. */
async function stateOf(engine: Engine) {
  const query = { ...ALL, interval: "quarter" } as const;
  return {
    readings: await engine.readings(ALL),
    quarters: await engine.energy(query),
    days: await engine.energy({ ...query, interval: "day" }),
    meters: await engine.meters(),
    quarantine: (await engine.quarantine({ limit: 999 })).map(({ ruling, ...value }) => [value, ruling?.kind]),
    corrections: (await engine.corrections({ limit: 99 })).map(({ from, importWh }) => [from, importWh]),
    alerts: await engine.alerts({ limit: 9 }),
    memory: await engine.recall("owner"),
  };
}

const newFile = (() => {
  let count = 0;
  return () => join(folder, `${(count += 1)}.db`);
})();

/** Lives the life on a database whose calls fail as planned, beside one that is spared and does only what succeeded there. */
async function live(plan: FaultPlan | undefined): Promise<number> {
  const file = newFile();
  const faulty = makeFaultyDriver(plan);
  const open = () => openAt(file, { driver: faulty.driver, patienceMs: 60 });
  const model = await openAt(":memory:");
  let engine: Engine | undefined;
  let rejected = 0;
  /** As the storage thread does: opened when first asked, and again when that failed. */
  const attempt = async (step: Step): Promise<boolean> => {
    try {
      engine ??= await open();
      await step(engine);
      return true;
    } catch (error) {
      expect(error).toBeInstanceOf(EnergyError);
      expect((error as EnergyError).code).toMatch(/^storage-/);
      rejected += 1;
      return false;
    }
  };

  const kept: boolean[] = [];
  for (const step of LIFE) {
    const done = (await attempt(step)) || (step === retain && (await attempt(step)));
    if (done) await step(model);
    kept.push(done);
  }
  const calls = faulty.calls();
  if (plan?.lasts === "once") expect(rejected).toBeLessThanOrEqual(1);

  // When the fault is over the same process goes on, knows what it kept, and takes what it did not.
  faulty.lift();
  if (!kept[LIFE.indexOf(retain)]) {
    expect(await attempt(retain)).toBe(true);
    await retain(model);
  }
  for (const [place, { packetId }] of LIFE.entries()) {
    if (packetId === undefined) continue;
    const again = { readings: said("again", packetId * 100, 1), delivery: { ...delivery(packetId), dup: true } };
    expect(await attempt(async (opened) => expect(await opened.appendAll([again])).toEqual([!kept[place]]))).toBe(true);
    await model.appendAll([again]);
  }
  expect(await attempt(append(8, said("after", 0, 3)))).toBe(true);
  await append(8, said("after", 0, 3))(model);
  const wanted = await stateOf(model);
  if (engine) expect(await stateOf(engine)).toEqual(wanted);
  await engine?.close();
  await model.close();

  const reopened = await openAt(file);
  expect(await stateOf(reopened)).toEqual(wanted);
  expect(await reopened.verify(false)).toMatchObject({ wrong: 0 });
  await reopened.close();
  const raw = new Database(file);
  expect(raw.pragma("integrity_check", { simple: true })).toBe("ok");
  raw.close();
  rmSync(file);
  return plan ? faulty.failed() : calls;
}

describe(`a database of which any call fails (SEED=${seed})`, () => {
  const random = makeRandom();
  const faults = Object.keys(FAULTS) as Fault[];
  const plans = faults.flatMap((fault) => (["once", "for ever"] as const).map((lasts) => ({ fault, lasts })));

  it.each(plans)(
    "keeps exactly what it said that it kept, with $fault $lasts",
    async ({ fault, lasts }) => {
      const calls = await live(undefined);
      const every = Array.from({ length: calls }, (_, index) => index + 1);
      const some = Array.from({ length: RUNS_IN_SHORT }, () => 1 + Math.floor(random() * calls));
      for (const nth of process.env.FULL ? every : some) {
        const failed = await live({ fault, nth, lasts }).catch((error: unknown) => {
          throw new Error(`call ${nth} of ${calls}`, { cause: error });
        });
        expect(failed).toBeGreaterThan(0);
      }
    },
    process.env.FULL ? 3_600_000 : 60_000,
  );
});
