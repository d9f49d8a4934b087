import Database from "better-sqlite3";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { openSqlite } from "../../lib/storage/sqlite";
import { FAULTS, makeFaultyDriver, type Fault, type FaultPlan } from "../support/faulty-driver";
import { makeRandom, seed } from "../support/seed";
import { live as liveOn } from "./lived";

/** FAULTS.md, row 2, on SQLite. In short: some of the calls, drawn by chance; `FULL=1`: every one. */
const RUNS_IN_SHORT = 10;

const folder = mkdtempSync(join(tmpdir(), "vatio-failing-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const newFile = (() => {
  let count = 0;
  return () => join(folder, `${(count += 1)}.db`);
})();

/** Answers how many calls there were, or how many of them failed. */
async function live(plan: FaultPlan | undefined): Promise<number> {
  const file = newFile();
  const faulty = makeFaultyDriver(plan);
  let calls = 0;
  await liveOn({
    open: () => openSqlite(file, "crash", { driver: faulty.driver, patienceMs: 60 }),
    lift: () => {
      calls = faulty.calls();
      faulty.lift();
    },
    mayBeDone: false,
    hasDriver: false,
    mostFailures: plan?.lasts === "once" ? 1 : plan ? Infinity : 0,
  });
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
