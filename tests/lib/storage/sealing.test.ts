import { describe, expect, it } from "vitest";
import type { Reading } from "../../../lib/energy/reading";
import { openEngine, type Engine } from "../../../lib/storage/engine";
import { openSqlite } from "../../../lib/storage/sqlite";

const SECOND = 1_000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const MIDNIGHT = Date.UTC(2025, 4, 10);
const ALL = { from: MIDNIGHT - DAY, to: MIDNIGHT + 3 * DAY };

describe("sealing", () => {
  const openBoth = async () => {
    const database = openSqlite(":memory:", "crash");
    const engine = await openEngine(database, { zone: "Europe/Madrid", maxPowerW: 100_000 });
    const stored = async () => ({
      hot: (await database.db.selectFrom("reading").select("at").execute()).length,
      chunks: (await database.db.selectFrom("chunk").select("count").orderBy("start").execute()).map(
        ({ count }) => count,
      ),
    });
    return { engine, database, stored };
  };
  const every = (ms: number, count: number, from = MIDNIGHT): Reading[] =>
    Array.from({ length: count }, (_, index) => ({ meter: "m", at: from + index * ms, powerW: 200 + (index % 7) }));
  const append = (engine: Engine, readings: readonly Reading[]) => engine.appendAll([{ readings }]);

  it("makes a chunk of an hour at one a second, and leaves what is younger hot", async () => {
    const { engine, stored } = await openBoth();
    await append(engine, every(SECOND, 5_000));
    await engine.sealUntil(MIDNIGHT + HOUR);
    expect(await stored()).toEqual({ hot: 1_400, chunks: [3_600] });
    expect(await engine.readings(ALL)).toHaveLength(5_000);
    await engine.close();
  });

  it("waits for the end of the UTC day where a meter says little, and splits what is too much for one chunk", async () => {
    const { engine, stored } = await openBoth();
    await append(engine, every(60 * SECOND, 1_500));
    await engine.sealUntil(MIDNIGHT + 23 * HOUR);
    expect(await stored()).toEqual({ hot: 1_500, chunks: [] });
    await engine.sealUntil(MIDNIGHT + DAY);
    expect(await stored()).toEqual({ hot: 60, chunks: [1_440] });

    await append(engine, every(10 * SECOND, 8_640, MIDNIGHT + DAY + SECOND));
    await engine.sealUntil(MIDNIGHT + 2 * DAY);
    expect(await stored()).toEqual({ hot: 0, chunks: [1_440, 2_900, 2_900, 2_900] });
    await engine.close();
  });

  it("takes a late reading into the chunk that it falls into, and the rest of a day into one that has room", async () => {
    const { engine, stored } = await openBoth();
    await append(engine, every(60 * SECOND, 100));
    await engine.sealUntil(MIDNIGHT + DAY);
    await append(engine, [{ meter: "m", at: MIDNIGHT + 30 * SECOND, powerW: 9 }]);
    await append(engine, every(60 * SECOND, 10, MIDNIGHT + 20 * HOUR));
    expect(await stored()).toEqual({ hot: 11, chunks: [100] });
    expect((await engine.readings(ALL)).slice(0, 3).map(({ at }) => at - MIDNIGHT)).toEqual([0, 30_000, 60_000]);
    await engine.sealUntil(MIDNIGHT + DAY);
    expect(await stored()).toEqual({ hot: 0, chunks: [111] });
    await engine.close();
  });

  it("merges what is said again of a sealed instant by the rule, and sets aside what differs", async () => {
    const { engine } = await openBoth();
    const at = MIDNIGHT + HOUR;
    await append(engine, [{ meter: "m", at, powerW: 300, temperatureC: 5 }]);
    await engine.sealUntil(Infinity);
    await append(engine, [{ meter: "m", at, powerW: 250, importWh: 7 }]);
    const merged = { meter: "m", at, powerW: 300, importWh: 7, temperatureC: 5, source: "live" };
    expect(await engine.readings(ALL)).toEqual([merged]);
    await engine.sealUntil(Infinity);
    expect(await engine.readings(ALL)).toEqual([merged]);
    expect(await engine.quarantine({ limit: 9 })).toMatchObject([{ at, path: "powerW", value: "250", winner: 300 }]);
    await engine.close();
  });

  it("keeps chunks apart when readings lie between and round them", async () => {
    const { engine } = await openBoth();
    const minutes = [10, 700, 5, 350, 1_400, 0, 699, 701, 351];
    for (const minute of minutes) {
      await append(engine, every(SECOND, minute % 2 === 0 ? 2_500 : 3, MIDNIGHT + minute * 60 * SECOND));
      await engine.sealUntil(Infinity);
      const instants = (await engine.readings(ALL)).map(({ at }) => at);
      expect(instants).toEqual([...new Set(instants)].sort((a, b) => a - b));
    }
    const newest = await engine.readings({ ...ALL, newestFirst: true, limit: 2 });
    expect(newest.map(({ at }) => at - MIDNIGHT)).toEqual([
      1_400 * 60 * SECOND + 2_499 * SECOND,
      1_400 * 60 * SECOND + 2_498 * SECOND,
    ]);
    expect(await engine.lastInstants(MIDNIGHT)).toEqual([{ meter: "m", at: newest[0]?.at }]);
    await engine.close();
  });

  it("finds what is far away on either side, over days of nothing", async () => {
    const { engine } = await openBoth();
    await append(engine, [{ meter: "m", at: MIDNIGHT - 400 * DAY, importWh: 1_000 }]);
    await append(engine, every(60 * SECOND, 200));
    await engine.sealUntil(Infinity);
    await append(engine, [{ meter: "m", at: MIDNIGHT + 10 * HOUR, importWh: 2_000 }]);
    const [total] = await engine.energy({
      from: MIDNIGHT - 401 * DAY,
      to: MIDNIGHT + DAY,
      interval: "total",
      zone: "UTC",
    });
    expect(total?.importWh).toBeCloseTo(1_000, 6);
    await engine.close();
  });

  it("is found out when a quarter is not what the readings say, and repaired", async () => {
    const { engine, database } = await openBoth();
    await append(engine, every(60 * SECOND, 600));
    await engine.sealUntil(Infinity);
    const span = { from: MIDNIGHT, to: MIDNIGHT + DAY, interval: "total", zone: "Europe/Madrid" } as const;
    const [right] = await engine.energy(span);
    await database.db
      .updateTable("quarter")
      .set({ importWh: 1e6 })
      .where("start", "=", MIDNIGHT + HOUR)
      .execute();
    await database.db
      .deleteFrom("quarter")
      .where("start", "=", MIDNIGHT + 2 * HOUR)
      .execute();
    const wrong = {
      wrong: 2,
      examples: [
        { meter: "m", start: MIDNIGHT + HOUR },
        { meter: "m", start: MIDNIGHT + 2 * HOUR },
      ],
    };
    expect(await engine.verify(false)).toMatchObject(wrong);
    expect(await engine.verify(true)).toMatchObject(wrong);
    expect(await engine.verify(false)).toMatchObject({ wrong: 0 });
    expect(await engine.energy(span)).toEqual([right]);
    await engine.close();
  });
});
