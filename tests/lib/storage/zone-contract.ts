import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { startOf } from "../../../lib/energy/calendar";
import type { Reading } from "../../../lib/energy/reading";
import { rebuildZone } from "../../../lib/storage/adopt-site";
import { makeBreath } from "../../../lib/storage/breath";
import { openEngine, type Engine } from "../../../lib/storage/engine";
import { withoutZone } from "../../../lib/storage/month-rows";
import type { SqlDatabase } from "../../../lib/storage/sql-database";
import { openSqlite } from "../../../lib/storage/sqlite";
import { makeRandom, seed } from "../../support/seed";
import { until } from "../../support/until";

const MINUTE = 60_000;
const QUARTER = 15 * MINUTE;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const MADRID = "Europe/Madrid";
/** Half of its days begin when Madrid's do. */
const ZONES = ["Africa/Algiers", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"];
const METERS = ["grid", "solar"];
const FROM = startOf("month", Date.UTC(2024, 10, 15), MADRID);
const DAYS = 110;
const ALL = { from: FROM - 40 * DAY, to: FROM + (DAYS + 40) * DAY };

interface Opened {
  readonly database: SqlDatabase;
  readonly engine: Engine;
}

/** Opens what there is in a database that is the test's own. */
export type OpenDatabase = () => SqlDatabase;

/** Another zone of the site, whatever the database behind it. */
export function describeZone(name: string, prepare: () => Promise<OpenDatabase>): void {
  vi.setConfig({ testTimeout: 60_000 });
  describe(`another zone of the site on ${name} (SEED=${seed})`, () => {
    let openDatabase: OpenDatabase;
    let site: Opened;
    /** The same readings in a site that never had another zone. */
    let fresh: Opened;
    const open = async (database: SqlDatabase, zone: string): Promise<Opened> => ({
      database,
      engine: await openEngine(database, { zone, maxPowerW: 100_000 }),
    });
    const reopen = async (zone: string): Promise<void> => {
      await site.engine.close();
      site = await open(openDatabase(), zone);
    };
    beforeEach(async () => {
      openDatabase = await prepare();
      site = await open(openDatabase(), MADRID);
    });
    afterEach(async () => {
      await site.engine.close();
      await fresh.engine.close();
    });

    it("is that of all days and months in the end, whatever cuts it short and whatever comes meanwhile", async () => {
      const random = makeRandom();
      const burst = (meter: string, from: number): Reading[] =>
        [0, 3, 7, 16].map((minutes) => ({ meter, at: from + minutes * MINUTE, powerW: Math.floor(random() * 5_000) }));
      const day = (at: number): Reading[] =>
        METERS.flatMap((meter, index) => burst(meter, at + Math.floor(random() * 96) * QUARTER + index));
      const said = Array.from({ length: DAYS }, (_, index) => index)
        .filter((index) => index % 3 === 0)
        .flatMap((index) => day(FROM + index * DAY));
      const late = [1, 30, 108].map((index) => day(FROM + index * DAY));
      await site.engine.appendAll([{ readings: said }]);
      await site.engine.settle(undefined);

      const zone = ZONES[Math.floor(random() * ZONES.length)] ?? MADRID;
      fresh = await open(openSqlite(":memory:", "crash"), zone);
      await fresh.engine.appendAll([{ readings: said }]);

      for (const readings of late) {
        // Now and then somebody goes back to what was before.
        if (random() < 0.3) await reopen(MADRID);
        if (random() < 0.3) await site.engine.settle(undefined);
        await reopen(zone);
        await cutShort(site.database, zone, Math.floor(random() * 6));
        for (const { engine } of [site, fresh]) await engine.appendAll([{ readings }]);
        for (const interval of ["day", "month", "total"] as const)
          for (const asked of [zone, MADRID])
            expect(await answers(site, interval, asked)).toEqual(await answers(fresh, interval, asked));
      }
      while (!(await rebuild(site.database, zone)));
      await fresh.engine.settle(undefined);
      expect(await withoutZone(site.database.db)).toEqual([]);
      for (const table of ["day", "month"] as const)
        expect(await rowsOf(site, table)).toEqual(await rowsOf(fresh, table));
    });

    it("goes by quarters until then, so that no day is of both zones, and is made anew in the background", async () => {
      fresh = await open(openSqlite(":memory:", "crash"), "Asia/Kolkata");
      const readings = Array.from({ length: 12 }, (_, index) => ({
        meter: "m",
        at: FROM + 6 * HOUR * index,
        importWh: 600 * index,
      }));
      for (const { engine } of [site, fresh]) {
        await engine.putMeter({ key: "m", role: "grid", gapLimitMs: DAY });
        await engine.appendAll([{ readings }]);
        await engine.settle(undefined);
      }
      await reopen("Asia/Kolkata");
      expect(await withoutZone(site.database.db)).toHaveLength(1);
      expect(await answers(site, "day", "Asia/Kolkata")).toEqual(await answers(fresh, "day", "Asia/Kolkata"));
      await until("no meter is without a zone", async () => (await withoutZone(site.database.db)).length === 0);
      expect(await answers(site, "day", "Asia/Kolkata")).toEqual(await answers(fresh, "day", "Asia/Kolkata"));
    });
  });
}

const rebuild = (database: SqlDatabase, zone: string): Promise<boolean> =>
  rebuildZone(database, zone, { breath: makeBreath(), isOver: () => false });

/** As a process that is killed before its next transaction. */
async function cutShort(database: SqlDatabase, zone: string, after: number): Promise<void> {
  let done = 0;
  const killed = new Error("killed");
  const transact: SqlDatabase["transact"] = (work) => {
    if (done === after) return Promise.reject(killed);
    done += 1;
    return database.transact(work);
  };
  await expect(rebuild({ ...database, transact }, zone).catch((error: unknown) => error)).resolves.toSatisfy(
    (end: unknown) => end === killed || end === true,
  );
}

async function answers({ engine }: Opened, interval: "day" | "month" | "total", zone: string): Promise<unknown[]> {
  const rows = await engine.energy({ ...ALL, interval, zone });
  return rows.map(rounded).sort((a, b) => (`${a.meter} ${a.from}` < `${b.meter} ${b.from}` ? -1 : 1));
}

async function rowsOf({ database: { db } }: Opened, table: "day" | "month"): Promise<unknown[]> {
  const rows = await db
    .selectFrom(table)
    .innerJoin("meter", "meter.id", `${table}.meter`)
    .selectAll(table)
    .select("key")
    .orderBy("key")
    .orderBy("start")
    .execute();
  return rows.map(({ meter: _, ...row }) => rounded(row));
}

/** Sums of floating-point numbers that were added in another order. */
const rounded = <Row extends object>(row: Row): Row =>
  Object.fromEntries(
    Object.entries(row).map(([key, value]) => [key, typeof value === "number" ? Math.round(value * 1e6) / 1e6 : value]),
  ) as Row;
