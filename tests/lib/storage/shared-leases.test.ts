import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { EnergyStore } from "../../../lib/storage/energy-store";
import { ALONE, type Holder, type Lease, type Leases } from "../../../lib/storage/leases";
import { openStore } from "../../../lib/storage/open-store";
import { openSharedLeases } from "../../../lib/storage/shared-leases";
import { startCable } from "../../support/cable";
import { describeServer, KINDS, makeDatabase, type TestDatabase } from "../../support/databases";
import { until } from "../../support/until";

/** Longer than a lease outlives its holder, on a machine that has other things to do. */
const PATIENCE_MS = 60_000;
const wait = (what: string, holds: () => boolean | Promise<boolean>) => until(what, holds, PATIENCE_MS);

interface Instance {
  readonly leases: Leases;
  readonly store: EnergyStore;
  /** What was told by the others. */
  readonly told: unknown[];
  /** What happened to its lease, and what was handed to it. */
  readonly log: unknown[];
  /** How often it may have missed what was told. */
  missed(): number;
  want(id: string): Lease;
}

function openInstance({ settings }: TestDatabase, port = settings.port): Instance {
  const [told, log]: unknown[][] = [[], []];
  let missed = 0;
  const store = openStore({
    file: join(tmpdir(), "none.db"),
    durability: "crash",
    zone: "Europe/Madrid",
    server: { ...settings, port },
  });
  const leases = openSharedLeases({
    store,
    onTold: (body) => told?.push(body),
    onMissed: () => (missed += 1),
    onProblem: () => undefined,
  });
  onTestFinished(async () => {
    await leases.close();
    await store.close();
  });
  const holder: Holder = {
    gained: () => log?.push("gained"),
    lost: () => log?.push("lost"),
    take: async (body) => void log?.push(body),
  };
  return {
    leases,
    store,
    told: told ?? [],
    log: log ?? [],
    missed: () => missed,
    want: (id) => leases.want(id, holder),
  };
}

it("a site whose database is its own holds everything at once", async () => {
  const log: unknown[] = [];
  const lease = ALONE.want("rule", {
    gained: () => log.push("gained"),
    lost: () => log.push("lost"),
    take: async (body) => void log.push(body),
  });
  expect([lease.isHeld(), log]).toEqual([true, ["gained"]]);
  await lease.end();
});

for (const kind of KINDS)
  await describeServer(kind, (title) => {
    describe(`leases on ${title}`, () => {
      const start = async () => {
        const database = await makeDatabase(kind);
        onTestFinished(() => database.drop());
        return database;
      };
      const both = async (database: TestDatabase, port?: number) => {
        const a = openInstance(database, port);
        const ofA = a.want("rule");
        await wait("the lease", ofA.isHeld);
        const b = openInstance(database);
        const ofB = b.want("rule");
        await wait("that they know of each other", async () => {
          const [rows] = [await database.ask("select id from instance")];
          return rows.length === 2 && b.leases.isThere(a.leases.name()) && a.leases.isThere(b.leases.name());
        });
        return { a, ofA, b, ofB };
      };

      it(
        "are one instance's; what others hear is handed to it once and in order; given back, another has it",
        async () => {
          const { a, ofA, b, ofB } = await both(await start());
          expect(ofB.isHeld()).toBe(false);
          const places = [a, b].map(({ leases }) => leases.place());
          expect(places.map(({ rank }) => rank).sort()).toEqual([0, 1]);
          expect(places.map(({ of }) => of)).toEqual([2, 2]);
          const said = Array.from({ length: 1_200 }, (_, index) => index);
          for (const body of said) ofB.handOver(body);
          await b.leases.handed();
          await wait("all of it", () => a.log.length === 1 + said.length);
          expect(a.log).toEqual(["gained", ...said]);

          for (const body of said) b.leases.tell(body);
          await wait("all that was told", () => a.told.length === said.length);
          expect([a.told, b.told]).toEqual([said, []]);

          // Before its turn and after: all that was said to either of them comes to who holds it, the older first.
          await ofA.end();
          a.leases.tell("bye");
          for (const body of ["first", "second"]) ofA.handOver(body);
          await wait("the lease", ofB.isHeld);
          ofB.handOver("third");
          await wait("all of it", () => b.log.length === 4);
          expect(b.log).toEqual(["gained", "first", "second", "third"]);
          expect(a.log).toHaveLength(1 + said.length);
        },
        4 * PATIENCE_MS,
      );

      it(
        "pass on when their holder does not reach the database: it stops before another begins, and comes back",
        async () => {
          const database = await start();
          const cable = await startCable(database.settings.port);
          const { a, ofA, b, ofB } = await both(database, cable.port);
          let doubled = 0;
          const watch = setInterval(() => (doubled += ofA.isHeld() && ofB.isHeld() ? 1 : 0), 1);
          onTestFinished(() => clearInterval(watch));

          cable.cut();
          await wait("the lease", ofB.isHeld);
          expect(a.log).toEqual(["gained", "lost"]);
          ofA.handOver("said while it was away");
          cable.mend();
          await wait("it", () => b.log.length === 2);
          expect(b.log).toEqual(["gained", "said while it was away"]);
          await ofB.end();
          await wait("the lease", ofA.isHeld);
          expect(doubled).toBe(0);
          expect([a.missed(), b.missed()]).toEqual([1, 0]);
        },
        4 * PATIENCE_MS,
      );

      it(
        "stay with an instance that is alone while its database is away",
        async () => {
          const database = await start();
          const cable = await startCable(database.settings.port);
          const a = openInstance(database, cable.port);
          const lease = a.want("rule");
          await wait("the lease", lease.isHeld);
          cable.cut();
          // As if it had been away for longer than others wait: none of them is there.
          await database.ask("update instance set until = 1");
          await expect(a.store.beat(a.leases.name(), [])).rejects.toThrow();
          expect(lease.isHeld()).toBe(true);
          cable.mend();
          await wait("that it is there again", async () => {
            const rows = (await database.ask("select until from instance")) as { until: number | string }[];
            return rows.some((row) => Number(row.until) > Date.now());
          });
          expect(a.log).toEqual(["gained"]);
        },
        4 * PATIENCE_MS,
      );
    });
  });
