import { sql } from "kysely";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { openEngine } from "../../../lib/storage/engine";
import { openDatabase } from "../../../lib/storage/open-database";
import type { ServerSettings } from "../../../lib/storage/server";
import { describeServer, KINDS, makeDatabase, type TestDatabase } from "../../support/databases";
import { describeInstances, type TestInstances } from "./instance-contract";

const SITE = { zone: "Europe/Madrid", maxPowerW: 100_000 };

async function open(server?: ServerSettings): Promise<TestInstances> {
  const file = server ? join(tmpdir(), "none.db") : ":memory:";
  const database = openDatabase({ file, durability: "crash", ...SITE, ...(server && { server }) });
  const engine = await openEngine(database, SITE);
  const { db } = database;
  return {
    store: engine,
    age: async (instance) =>
      void (await db.updateTable("instance").set({ until: 1 }).where("id", "=", instance).execute()),
    ageHandover: async (ms) => {
      await db
        .updateTable("handover")
        .set({ at: sql<number>`${sql.ref("at")} - ${sql.lit(ms)}` })
        .execute();
    },
    close: engine.close,
  };
}

describeInstances("SQLite", () => open());

for (const kind of KINDS)
  await describeServer(kind, (title) => {
    let database: TestDatabase;
    beforeAll(async () => {
      database = await makeDatabase(kind);
    });
    afterAll(() => database.drop());
    describeInstances(title, async () => {
      await database.empty();
      return open(database.settings);
    });
  });
