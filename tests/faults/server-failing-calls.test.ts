import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeServer, KINDS, makeDatabase, type TestDatabase } from "../support/databases";
import { makeFaultyServer, SERVER_FAULTS, type ServerFault, type ServerFaultPlan } from "../support/faulty-server";
import { makeRandom, seed } from "../support/seed";
import { live as liveOn } from "./lived";

/** FAULTS.md, row 2, on servers. In short: some of the statements, drawn by chance; `FULL=1`: every one. */
const RUNS_IN_SHORT = 1;
const FILE = join(tmpdir(), "none.db");

for (const kind of KINDS)
  await describeServer(kind, (title) => {
    describe(`${title} of which any statement fails (SEED=${seed})`, () => {
      const random = makeRandom();
      let database: TestDatabase;
      let statements = 0;
      beforeAll(async () => {
        database = await makeDatabase(kind);
        statements = (await live(undefined)).calls;
      });
      afterAll(() => database.drop());

      /** Answers how many statements there were, and how many of them failed. */
      async function live(plan: ServerFaultPlan | undefined): Promise<{ calls: number; failed: number }> {
        await database.empty();
        const faulty = makeFaultyServer(database.settings, FILE, plan);
        let calls = 0;
        await liveOn({
          open: faulty.open,
          lift: () => {
            calls = faulty.calls();
            faulty.lift();
          },
          mayBeDone: plan?.fault === "UNHEARD",
          hasDriver: true,
          mostFailures: plan?.lasts === "once" ? 1 : plan ? Infinity : 0,
        });
        return { calls, failed: faulty.failed() };
      }

      const faults = Object.keys(SERVER_FAULTS) as ServerFault[];
      const plans = faults.flatMap((fault) => (["once", "for ever"] as const).map((lasts) => ({ fault, lasts })));
      it.each(plans)(
        "keeps exactly what it said that it kept, with $fault $lasts",
        async ({ fault, lasts }) => {
          const every = Array.from({ length: statements }, (_, index) => index + 1);
          const some = Array.from({ length: RUNS_IN_SHORT }, () => 1 + Math.floor(random() * statements));
          for (const nth of process.env.FULL ? every : some) {
            const { calls, failed } = await live({ fault, nth, lasts }).catch((error: unknown) => {
              throw new Error(`statement ${nth} of ${statements}`, { cause: error });
            });
            // One life has a few statements less than another, as what others hold is tried again: then the drawn one never came.
            if (calls >= nth) expect(failed).toBeGreaterThan(0);
          }
        },
        process.env.FULL ? 7_200_000 : 60_000,
      );
    });
  });
