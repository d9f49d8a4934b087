import { sql } from "kysely";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { openMysql } from "../../lib/storage/mysql";
import { openPostgres } from "../../lib/storage/postgres";
import type { ServerSettings } from "../../lib/storage/server";
import { startCable } from "../support/cable";
import { describeServer, KINDS, makeDatabase } from "../support/databases";

const FILE = join(tmpdir(), "none.db");
const UNANSWERED_MS = 2_000;
/** As many as there are connections. */
const AT_ONCE = 4;

const open = (settings: ServerSettings) =>
  settings.kind === "postgres"
    ? openPostgres(settings, FILE, undefined, UNANSWERED_MS)
    : openMysql(settings, FILE, undefined, UNANSWERED_MS);

for (const kind of KINDS)
  await describeServer(kind, (title) => {
    describe(`connections to ${title} that fall silent, which nobody is told of`, () => {
      it.each(["a statement", "a transaction"] as const)(
        "end %s in time, and are not lent again",
        async (what) => {
          const database = await makeDatabase(kind);
          onTestFinished(() => database.drop());
          const cable = await startCable(database.settings.port);
          const opened = open({ ...database.settings, port: cable.port });
          onTestFinished(() => opened.close());
          const ask = (): Promise<unknown> =>
            what === "a statement"
              ? sql`select 1`.execute(opened.db)
              : opened.transact(async (trx) => {
                  await sql`select 1`.execute(trx);
                  await sql`select 2`.execute(trx);
                });
          const all = () => Promise.allSettled(Array.from({ length: AT_ONCE }, ask));
          expect((await all()).every(({ status }) => status === "fulfilled")).toBe(true);

          for (let round = 0; round < 2; round += 1) {
            cable.silence();
            const began = performance.now();
            const failed = await all();
            const tookMs = performance.now() - began;
            expect(failed.map(({ status }) => status)).toContain("rejected");
            expect(tookMs).toBeLessThan(2 * UNANSWERED_MS);
            const after = await all();
            expect(after.map(({ status }) => status)).toEqual(after.map(() => "fulfilled"));
            expect(performance.now() - began - tookMs).toBeLessThan(UNANSWERED_MS);
          }
        },
        30_000,
      );
    });

    it(`a connection that ${title} ends is not lent again`, async () => {
      const database = await makeDatabase(kind);
      onTestFinished(() => database.drop());
      const opened = open(database.settings);
      onTestFinished(() => opened.close());
      const end = kind === "postgres" ? sql`select pg_terminate_backend(pg_backend_pid())` : sql`kill connection_id()`;
      for (let round = 0; round < 50; round += 1) {
        await expect(end.execute(opened.db)).rejects.toThrow();
        await sql`select 1`.execute(opened.db);
      }
    });
  });
