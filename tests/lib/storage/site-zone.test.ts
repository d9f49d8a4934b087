import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { openDatabase } from "../../../lib/storage/open-database";
import type { ServerSettings } from "../../../lib/storage/server";
import { describeServer, KINDS, makeDatabase, type TestDatabase } from "../../support/databases";
import { describeZone, type OpenDatabase } from "./zone-contract";

const folder = mkdtempSync(join(tmpdir(), "vatio-zone-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;

function at(server?: ServerSettings): OpenDatabase {
  files += 1;
  const file = join(folder, `${files}.db`);
  return () => openDatabase({ file, durability: "crash", zone: "UTC", ...(server && { server }) });
}

describeZone("SQLite", () => Promise.resolve(at()));

for (const kind of KINDS)
  await describeServer(kind, (title) => {
    let database: TestDatabase;
    beforeAll(async () => {
      database = await makeDatabase(kind);
    });
    afterAll(() => database.drop());
    describeZone(title, async () => {
      await database.empty();
      return at(database.settings);
    });
  });
