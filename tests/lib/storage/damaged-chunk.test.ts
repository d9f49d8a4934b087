import { sql } from "kysely";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Reading } from "../../../lib/energy/reading";
import { openEngine } from "../../../lib/storage/engine";
import { openSqlite } from "../../../lib/storage/sqlite";

const STEP_MS = 300_000;
const DAY = 86_400_000;
const MIDNIGHT = Date.UTC(2025, 4, 10);
const ALL = { from: MIDNIGHT, to: MIDNIGHT + 3 * DAY };
const ENERGY = { ...ALL, interval: "day", zone: "UTC" } as const;

/** Two meters, three days, a chunk a day; the first meter's second day becomes another by `change`. */
async function withDamaged(change: ReturnType<typeof sql>) {
  const database = openSqlite(":memory:", "crash");
  const engine = await openEngine(database, { zone: "UTC", maxPowerW: 100_000 });
  onTestFinished(() => engine.close());
  const readings = ["a", "b"].flatMap((meter) =>
    Array.from({ length: 3 * 288 }, (_, index): Reading => ({
      meter,
      at: MIDNIGHT + index * STEP_MS,
      powerW: 100 + (index % 9),
      importWh: 10 * index,
    })),
  );
  await engine.appendAll([{ readings }]);
  await engine.sealUntil(Infinity);
  const energy = await engine.energy(ENERGY);
  const { db } = database;
  await sql`update chunk set ${change} where meter = 1 and start = ${MIDNIGHT + DAY}`.execute(db);
  const isDamaged = ({ meter, at }: Reading): boolean =>
    meter === "a" && at >= ALL.from + DAY && at < ALL.from + 2 * DAY;
  const intact = readings.filter((reading) => !isDamaged(reading));
  return { engine, db, energy, intact };
}

const keysOf = (readings: readonly Reading[]): string[] => readings.map(({ meter, at }) => `${meter} ${at}`).sort();

describe("a chunk that is not what was sealed", () => {
  it.each([
    ["its body", sql`body = substr(body, 1, 50) || x'00' || substr(body, 52)`],
    ["an end of its body", sql`body = substr(body, 1, 50)`],
    ["its check sum", sql`crc = crc + 1`],
    ["its codec", sql`codec = 'none'`],
    ["its end", sql`"end" = "end" - 300000`],
    ["its beginning", sql`start = start + 300000`],
    ["its count", sql`count = count + 1`],
    ["what it says", sql`says = 1`],
    ["its meter", sql`meter = 2, start = start + 1`],
  ])("by %s is not shown; all round it is", async (_, change) => {
    const { engine, db, energy, intact } = await withDamaged(change);
    const found = await engine.readings(ALL);
    expect(keysOf(found)).toEqual(keysOf(intact));
    expect(found.filter(({ meter }) => meter === "b").map(({ importWh }) => importWh)).toEqual(
      intact.filter(({ meter }) => meter === "b").map(({ importWh }) => importWh),
    );
    expect((await db.selectFrom("damaged").select("codec").execute()).length).toBe(1);
    expect((await db.selectFrom("chunk").select("start").execute()).length).toBe(5);
    // What was reckoned while it was whole stands.
    expect(await engine.energy(ENERGY)).toEqual(energy);
    expect(await engine.verify(false)).toMatchObject({ damaged: 1 });
  });

  it("does not stop a line from being drawn, nor late readings from being sealed beside it", async () => {
    const { engine, intact } = await withDamaged(sql`crc = crc + 1`);
    const line = await engine.powerLine({ meter: "a", from: MIDNIGHT + DAY, to: MIDNIGHT + 2 * DAY, points: 100 });
    expect(line.at.length).toBeGreaterThan(0);
    const late = { meter: "a", at: MIDNIGHT + DAY + 500, powerW: 7 };
    await engine.appendAll([{ readings: [late] }]);
    await engine.sealUntil(Infinity);
    expect(keysOf(await engine.readings(ALL))).toEqual(keysOf([...intact, late]));
  });

  it("is gone when its meter is", async () => {
    const { engine, db } = await withDamaged(sql`crc = crc + 1`);
    await engine.readings(ALL);
    await engine.purge("a");
    expect(await db.selectFrom("damaged").select("id").execute()).toEqual([]);
  });
});
