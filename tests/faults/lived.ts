import { isDeepStrictEqual } from "node:util";
import { expect } from "vitest";
import type { Reading } from "../../lib/energy/reading";
import { EnergyError } from "../../lib/errors";
import type { Delivery } from "../../lib/storage/energy-store";
import { openEngine, type Engine as Opened } from "../../lib/storage/engine";
import { makeRetention } from "../../lib/storage/retention";
import type { SqlDatabase } from "../../lib/storage/sql-database";
import { openSqlite } from "../../lib/storage/sqlite";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const MIDNIGHT = Date.UTC(2025, 4, 10);
const SITE = { zone: "Europe/Madrid", maxPowerW: 100_000 };
const ALL = { from: MIDNIGHT - 30 * DAY, to: MIDNIGHT + 30 * DAY, zone: SITE.zone };
const KEEP = { readingDays: 10, quarterDays: 20, alertDays: 10 };
const NOW = MIDNIGHT + 10 * DAY;

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
export interface Engine extends Opened {
  retain(): Promise<void>;
}
export async function openLived(database: SqlDatabase): Promise<Engine> {
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

/** All that can be seen of a database, but the clock and the numbers that it counts up. */
async function stateOf(engine: Engine) {
  const query = { ...ALL, interval: "quarter" } as const;
  return {
    readings: sorted(await engine.readings(ALL)),
    quarters: sorted(await engine.energy(query)),
    days: sorted(await engine.energy({ ...query, interval: "day" })),
    meters: (await engine.meters()).map(({ id: _, ...meter }) => meter),
    quarantine: sorted((await engine.quarantine({ limit: 999 })).map(({ ruling, ...value }) => [value, ruling?.kind])),
    corrections: (await engine.corrections({ limit: 99 })).map(({ from, importWh }) => [from, importWh]),
    alerts: await engine.alerts({ limit: 9 }),
    memory: await engine.recall("owner"),
  };
}

/** What is of one instant comes in the order of the meters' numbers. */
function sorted<Item extends object>(items: readonly Item[]): Item[] {
  return items
    .map((item) => ({ item, text: JSON.stringify(item) }))
    .sort((a, b) => (a.text < b.text ? -1 : 1))
    .map(({ item }) => item);
}

/** A database whose calls may fail. */
interface Faulty {
  /** With what was open before gone. */
  open(): SqlDatabase;
  /** From now on nothing fails. */
  lift(): void;
  /** Whether a step that failed may have been done: its answer was not heard. */
  readonly mayBeDone: boolean;
  /** No more steps fail. */
  readonly mostFailures: number;
  /** A server's, whose errors may come as they are. */
  readonly hasDriver: boolean;
}

/** Lives the life on a database whose calls fail, beside one that is spared and does only what succeeded there. */
export async function live({ open, lift, mayBeDone, mostFailures, hasDriver }: Faulty): Promise<void> {
  let engine: Engine | undefined;
  let rejected = 0;
  /** As the storage thread does: opened when first asked, and again when that failed. */
  const attempt = async (step: Step): Promise<boolean> => {
    try {
      engine ??= await openLived(open());
      await step(engine);
      return true;
    } catch (error) {
      // What a server's driver says outside a transaction the storage thread makes a `storage-failed` of.
      if (!hasDriver) expect(error).toBeInstanceOf(EnergyError);
      if (error instanceof EnergyError) expect(error.code).toMatch(/^storage-/);
      rejected += 1;
      return false;
    }
  };

  const kept: boolean[] = [];
  for (const step of LIFE) kept.push((await attempt(step)) || (step === retain && (await attempt(step))));
  expect(rejected).toBeLessThanOrEqual(mostFailures);

  // When the fault is over the same process goes on, knows what it kept, and takes what it did not.
  lift();
  const lateRetention = !kept[LIFE.indexOf(retain)];
  if (lateRetention) expect(await attempt(retain)).toBe(true);
  const again = LIFE.flatMap(({ packetId }) => (packetId === undefined ? [] : [redelivered(packetId)]));
  const taken: boolean[] = [];
  for (const batch of again)
    expect(await attempt(async (opened) => taken.push(...(await opened.appendAll([batch]))))).toBe(true);
  expect(await attempt(append(8, said("after", 0, 3)))).toBe(true);

  /** What the spared one comes to, that did what was kept, and these steps besides. */
  const wanted = async (besides: readonly number[]) => {
    const model = await openLived(openSqlite(":memory:", "crash"));
    for (const [place, step] of LIFE.entries()) if (kept[place] || besides.includes(place)) await step(model);
    if (lateRetention) await retain(model);
    const found: boolean[] = [];
    for (const batch of again) found.push(...(await model.appendAll([batch])));
    await append(8, said("after", 0, 3))(model);
    const state = { taken: found, ...(await stateOf(model)) };
    await model.close();
    return state;
  };
  const states = [await wanted([])];
  const unheard = kept.indexOf(false);
  if (mayBeDone && unheard >= 0) states.push(await wanted([unheard]));
  const matches = async (opened: Engine): Promise<void> => {
    const state = { taken, ...(await stateOf(opened)) };
    if (!states.some((one) => isDeepStrictEqual(one, state))) expect(state).toEqual(states[0]);
  };

  if (engine) await matches(engine);
  await engine?.close();
  const reopened = await openLived(open());
  await matches(reopened);
  expect(await reopened.verify(false)).toMatchObject({ wrong: 0 });
  await reopened.close();
}

const redelivered = (packetId: number) => ({
  readings: said("again", packetId * 100, 1),
  delivery: { ...delivery(packetId), dup: true },
});
