import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import type { StoreSettings } from "../../lib/storage/open-store";
import { startCable } from "../support/cable";
import { describeServer, KINDS, makeDatabase, type TestDatabase } from "../support/databases";
import { makeRandom, seed } from "../support/seed";
import type { Ask, Tell } from "../support/spool-child";
import { until } from "../support/until";

/** FAULTS.md, rows 1 and 15: a process killed while it spools, and while it drains. `FULL=1` does it more often. */
const KILLS = process.env.FULL ? 20 : 3;
const NUMBERS = 6_000;
const START = Date.UTC(2025, 4, 10, 12);
const CHILD = ".cache/test/spool-child.js";

const folder = mkdtempSync(join(tmpdir(), "vatio-spool-kill-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const random = makeRandom();
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

for (const kind of KINDS)
  await describeServer(kind, (title) => {
    let database: TestDatabase;
    beforeAll(async () => {
      database = await makeDatabase(kind);
    });
    afterAll(() => database.drop());

    it(
      `loses nothing and doubles nothing, killed ${KILLS} times while ${title} is away and ${KILLS} while it catches up (SEED=${seed})`,
      async () => {
        const cable = await startCable(database.settings.port);
        const settings: StoreSettings = {
          file: join(folder, `${kind}.db`),
          durability: "crash",
          zone: "UTC",
          server: { ...database.settings, port: cable.port },
        };
        const missing = new Set(Array.from({ length: NUMBERS }, (_, number) => number));
        let [child, state, attempts]: [ChildProcess | undefined, string, number] = [undefined, "", 0];
        const start = (): ChildProcess => {
          const started = fork(CHILD, [JSON.stringify(settings)]);
          started.on("message", (told: Tell) => {
            if ("kept" in told) missing.delete(told.kept);
            else state = told.state;
          });
          child = started;
          state = "";
          return started;
        };
        const kill = async (): Promise<void> => {
          const ended = child && once(child, "exit");
          child?.kill("SIGKILL");
          await ended;
        };
        onTestFinished(kill);
        /** Delivered again, what the device did not stamp is of another instant. */
        const send = (to: ChildProcess): void => {
          const ask: Ask = { numbers: [...missing], dup: attempts > 0, start: START + attempts };
          attempts += 1;
          to.send(ask);
        };
        const stored = async (): Promise<number> => {
          const [row] = (await database.ask("select count(*) as count from reading")) as { count: string }[];
          return Number(row?.count);
        };

        // The tables are there before the server goes away.
        const born = start();
        born.send({ numbers: [0], dup: false, start: START } satisfies Ask);
        await until("a first reading", () => !missing.has(0));
        cable.cut();
        send(born);
        for (let killed = 0; killed < KILLS; killed += 1) {
          const before = missing.size;
          await until("more to be kept", () => missing.size < before || missing.size === 0, 30_000);
          await sleep(random() * 40);
          await kill();
          send(start());
        }
        await until("all to be kept", () => missing.size === 0, 60_000);
        expect(await stored()).toBe(1);

        cable.mend();
        for (let killed = 0; killed < KILLS; killed += 1) {
          const before = await stored();
          await until("it to catch up", async () => state === "through" || (await stored()) > before, 30_000);
          await sleep(random() * 100);
          await kill();
          // What comes now goes behind what waits.
          missing.add(NUMBERS + killed);
          const next: Ask = { numbers: [NUMBERS + killed], dup: false, start: START };
          start().send(next);
          await until("the newest to be kept", () => !missing.has(NUMBERS + killed), 30_000);
        }
        await until("the spool to be empty", () => state === "through", 60_000);

        const rows = (await database.ask("select * from reading ")) as { powerW: number }[];
        const powers = rows.map(({ powerW }) => powerW).sort((a, b) => a - b);
        expect(powers).toEqual(Array.from({ length: NUMBERS + KILLS }, (_, number) => number));
      },
      KILLS * 60_000,
    );
  });
