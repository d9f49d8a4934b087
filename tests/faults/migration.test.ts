import Database from "better-sqlite3";
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openEngine } from "../../lib/storage/engine";
import { MIGRATIONS } from "../../lib/storage/migrations";
import { openDatabase } from "../../lib/storage/open-database";
import type { SqlDatabase } from "../../lib/storage/sql-database";
import { openSqlite } from "../../lib/storage/sqlite";
import { describeServer, KINDS, makeDatabase, type TestDatabase } from "../support/databases";
import { makeFaultyDriver } from "../support/faulty-driver";
import { makeFaultyServer } from "../support/faulty-server";
import { serverSchema, sqliteSchema } from "../support/schema-text";
import { makeRandom, seed } from "../support/seed";

/**
 * FAULTS.md, row 29. A schema that was released is frozen: `tests/faults/released/<migration>.<database>.sql`. Until its first
 * release a migration may change, and its file with it: `npm test -- tests/faults/migration.test.ts -u` writes it anew. Afterwards
 * a change is a new migration, and the file of the one before it stays as it is.
 */
const released = (migration: string, kind: string) => join(import.meta.dirname, "released", `${migration}.${kind}.sql`);
const RUNS_IN_SHORT = 8;
const SITE = { zone: "Europe/Madrid", maxPowerW: 100_000 };
const FILE = join(tmpdir(), "none.db");
const NEWER = "9999-newer";
const SOON = Date.UTC(2025, 4, 10, 12);
/** What another program keeps under the name of one of our views. */
const FOREIGN = [
  "create table energy_data (id integer primary key, timestamp bigint, consumption double precision)",
  "insert into energy_data values (1, 1746878400, 1.5)",
];

const migrations = Object.keys(await MIGRATIONS.getMigrations()).sort();
const latest = migrations.at(-1) ?? "";
const random = makeRandom();
const folder = mkdtempSync(join(tmpdir(), "vatio-migration-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function opened(database: SqlDatabase): Promise<void> {
  const engine = await openEngine(database, SITE);
  await engine.appendAll([{ readings: [{ meter: "m", at: SOON, powerW: 5 }] }]);
  expect(await engine.readings({ from: SOON, to: SOON + 1, meters: ["m"] })).toHaveLength(1);
  await engine.close();
}

/** Some statements of so many, by chance; all of them at length. */
const someOf = (count: number): number[] =>
  process.env.FULL
    ? Array.from({ length: count }, (_, index) => index + 1)
    : Array.from({ length: RUNS_IN_SHORT }, () => 1 + Math.floor(random() * count));

describe(`SQLite (SEED=${seed})`, () => {
  let count = 0;
  const newFile = (): string => join(folder, `${(count += 1)}.db`);
  const fill = (file: string, statements: readonly string[]): void => {
    const raw = new Database(file);
    for (const sql of statements) raw.exec(sql);
    raw.close();
  };

  it("is as it was frozen", async () => {
    const file = newFile();
    await opened(openSqlite(file, "crash"));
    await expect(sqliteSchema(file)).toMatchFileSnapshot(released(latest, "sqlite"));
  });

  it.each(migrations)("that %s made is brought up to date", async (migration) => {
    const file = newFile();
    const done = migrations.slice(0, migrations.indexOf(migration) + 1);
    fill(file, [readFileSync(released(migration, "sqlite"), "utf8"), ...done.map((one) => noteMigration(one))]);
    await opened(openSqlite(file, "crash"));
    await opened(openSqlite(file, "crash"));
    const fresh = newFile();
    await opened(openSqlite(fresh, "crash"));
    expect(sqliteSchema(file)).toBe(sqliteSchema(fresh));
  });

  it("goes on with a migration that was cut short, anywhere", async () => {
    const clean = makeFaultyDriver();
    const whole = newFile();
    fill(whole, FOREIGN);
    await (await openEngine(openSqlite(whole, "crash", { driver: clean.driver }), SITE)).close();
    for (const nth of someOf(clean.calls())) {
      const file = newFile();
      fill(file, FOREIGN);
      const { driver } = makeFaultyDriver({ fault: "EIO", nth, lasts: "for ever" });
      await expect(
        (async () => openEngine(openSqlite(file, "crash", { driver, patienceMs: 0 }), SITE))(),
        `call ${nth}`,
      ).rejects.toThrow();
      await opened(openSqlite(file, "crash"));
      expect(sqliteSchema(file), `call ${nth}`).toBe(sqliteSchema(whole));
      const raw = new Database(file, { readonly: true });
      expect(raw.prepare("select * from energy_data_imported").all()).toHaveLength(1);
      raw.close();
    }
  }, 600_000);

  it("of a newer version is refused, and not a byte of it changes", async () => {
    const file = newFile();
    await opened(openSqlite(file, "crash"));
    fill(file, [noteMigration(NEWER), "pragma wal_checkpoint(truncate)"]);
    const before = newFile();
    cpSync(file, before);
    await expect(openEngine(openSqlite(file, "crash"), SITE)).rejects.toThrow("newer Vatio");
    expect(readFileSync(file).equals(readFileSync(before))).toBe(true);
  });
});

for (const kind of KINDS)
  await describeServer(kind, (title) => {
    describe(`${title} (SEED=${seed})`, () => {
      let database: TestDatabase;
      beforeAll(async () => {
        database = await makeDatabase(kind);
      });
      afterAll(() => database.drop());
      const open = () => openDatabase({ file: FILE, durability: "crash", ...SITE, server: database.settings });
      const schema = () => serverSchema(database.settings);
      const fill = async (statements: readonly string[]): Promise<void> => {
        for (const sql of statements) if (sql.trim() !== "") await database.ask(sql);
      };

      it("is as it was frozen", async () => {
        await database.empty();
        await opened(open());
        await expect(await schema()).toMatchFileSnapshot(released(latest, kind));
      });

      it.each(migrations)("that %s made is brought up to date", async (migration) => {
        await database.empty();
        const done = migrations.slice(0, migrations.indexOf(migration) + 1);
        const made = readFileSync(released(migration, kind), "utf8").split(/;\n/);
        await fill([...made, ...done.map((one) => noteMigration(one, kind))]);
        await opened(open());
        const found = await schema();
        await database.empty();
        await opened(open());
        expect(found).toBe(await schema());
      });

      it("goes on with a migration that was cut short, anywhere", async () => {
        await database.empty();
        await fill(FOREIGN);
        const clean = makeFaultyServer(database.settings, FILE);
        await (await openEngine(clean.open(), SITE)).close();
        const whole = await schema();
        for (const nth of someOf(clean.calls())) {
          await database.empty();
          await fill(FOREIGN);
          const faulty = makeFaultyServer(database.settings, FILE, { fault: "GONE", nth, lasts: "for ever" });
          await expect(openEngine(faulty.open(), SITE), `statement ${nth}`).rejects.toThrow();
          await opened(open());
          expect(await schema(), `statement ${nth}`).toBe(whole);
          expect(await database.ask("select * from energy_data_imported")).toHaveLength(1);
        }
      }, 600_000);

      it("of a newer version is refused, and nothing of it changes", async () => {
        await database.empty();
        await opened(open());
        await database.ask(noteMigration(NEWER, kind));
        const tables = ["kysely_migration", "meter", "reading", "dirty", "quarter", "memory"];
        const all = async () => [
          await schema(),
          ...(await Promise.all(tables.map((table) => database.ask(`select * from ${table}`)))),
        ];
        const before = await all();
        await expect(openEngine(open(), SITE)).rejects.toThrow("newer Vatio");
        expect(await all()).toEqual(before);
      });
    });
  });

function noteMigration(name: string, kind?: "postgres" | "mysql"): string {
  const quote = kind === "mysql" ? "`" : '"';
  return `insert into kysely_migration (name, ${quote}timestamp${quote}) values ('${name}', '2099-01-01T00:00:00Z')`;
}
