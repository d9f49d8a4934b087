import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, expect, it } from "vitest";
import { openEngine } from "../../../lib/storage/engine";
import type { EnergyStore } from "../../../lib/storage/energy-store";
import { openNodeSqlite } from "../../../lib/storage/node-sqlite";
import { openSqlite } from "../../../lib/storage/sqlite";
import { describeStore } from "./store-contract";

const folder = mkdtempSync(join(tmpdir(), "vatio-node-sqlite-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let count = 0;
const newFile = (): string => join(folder, `${(count += 1)}.db`);

/** As its thread has it, on a Node.js for which better-sqlite3 has no binary. */
describeStore("Node's own SQLite", async (): Promise<EnergyStore> => {
  const engine = await openEngine(openSqlite(newFile(), "crash", { driver: openNodeSqlite }), {
    zone: "Europe/Madrid",
    maxPowerW: 100_000,
  });
  return {
    ...engine,
    append: async (batch) => ((await engine.appendAll([batch]))[0] ? batch.readings : []),
  };
});

it("names a lock as better-sqlite3 does, and undoes what it had begun", () => {
  const file = newFile();
  const db = openNodeSqlite(file, { timeout: 1 });
  db.exec("CREATE TABLE t (a)");
  const insert = db.transaction((value: number) => {
    db.prepare("INSERT INTO t VALUES (?)").run(value);
    if (value < 0) throw new Error("negative");
  });
  const other = new DatabaseSync(file);
  other.exec("BEGIN IMMEDIATE");

  expect(() => insert.immediate(1)).toThrow(expect.objectContaining({ code: "SQLITE_BUSY" }));
  other.exec("ROLLBACK");
  expect(() => insert(-1)).toThrow("negative");
  insert(2);

  expect(db.prepare("SELECT a FROM t").all()).toEqual([{ a: 2 }]);
  other.close();
  db.close();
});
