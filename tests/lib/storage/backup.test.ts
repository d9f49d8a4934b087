import Database from "better-sqlite3";
import {
  chmodSync,
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import type { Reading } from "../../../lib/energy/reading";
import { openSchedule } from "../../../lib/advice/schedule";
import { openBackups } from "../../../lib/site/backups";
import { backupName, listBackups, rotateBackups } from "../../../lib/storage/backup-files";
import { openEngine } from "../../../lib/storage/engine";
import { writeBackup } from "../../../lib/storage/backup";
import { openStore } from "../../../lib/storage/open-store";
import { openNodeSqlite } from "../../../lib/storage/node-sqlite";
import { openSqlite } from "../../../lib/storage/sqlite";

const ZONE = "Europe/Madrid";
const START = Date.UTC(2025, 4, 10);
const ALL = { from: START, to: START + 86_400_000 };

const folder = mkdtempSync(join(tmpdir(), "vatio-backup-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let count = 0;
const newFolder = (): string => mkdtempSync(join(folder, `${(count += 1)}-`));
const open = (file: string) => {
  const store = openStore({ file, durability: "crash", zone: ZONE });
  onTestFinished(() => store.close());
  return store;
};
const reading = (index: number): Reading => ({ meter: "m", at: START + index * 1_000, powerW: index });
const many = (length: number): Reading[] => Array.from({ length }, (_, index) => reading(index));
const powersIn = async (file: string): Promise<(number | undefined)[]> => {
  const store = openStore({ file, durability: "crash", zone: ZONE });
  const powers = (await store.readings(ALL)).map(({ powerW }) => powerW);
  await store.close();
  return powers;
};
const upTo = (length: number): number[] => Array.from({ length }, (_, index) => index);

describe("a backup", () => {
  it("is whole and private, and what was stored when it was done, while appends go on and none is lost", async () => {
    const [from, to] = [join(newFolder(), "site.db"), join(newFolder(), "deep", "copy.db")];
    const store = open(from);
    await store.append({ readings: many(20_000) });
    let appended = 20_000;
    let during = 0;
    const ended: true[] = [];
    const made = store.backup(to).finally(() => ended.push(true));
    while (ended.length === 0) {
      await store.append({ readings: [reading(appended)] });
      appended += 1;
      during += 1;
    }
    const backup = await made;
    expect(during).toBeGreaterThan(10);
    expect(backup).toEqual({ file: to, at: expect.any(Number) as number, bytes: statSync(to).size });
    expect(statSync(to).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(to, ".."))).toEqual(["copy.db"]);

    const copied = await powersIn(to);
    expect(copied.length).toBeGreaterThanOrEqual(20_000);
    expect(copied).toEqual(upTo(copied.length));
    expect((await store.readings(ALL)).map(({ powerW }) => powerW)).toEqual(upTo(appended));
  });

  it("is made by Node's own SQLite as well", async () => {
    const [from, to] = [join(newFolder(), "site.db"), join(newFolder(), "copy.db")];
    const database = openSqlite(from, "crash", { driver: openNodeSqlite });
    const engine = await openEngine(database, { zone: ZONE, maxPowerW: 100_000 });
    await engine.appendAll([{ readings: many(500) }]);
    await writeBackup(database, from, to);
    await engine.close();
    expect(await powersIn(to)).toEqual(upTo(500));
  });

  it("takes the place of one of the same name, and of nothing when it fails", async () => {
    const from = join(newFolder(), "site.db");
    const place = newFolder();
    const store = open(from);
    await store.append({ readings: many(3) });
    await store.backup(join(place, "a.db"));
    await store.append({ readings: [reading(3)] });
    await store.backup(join(place, "a.db"));
    expect(await powersIn(join(place, "a.db"))).toEqual(upTo(4));

    await expect(store.backup(from)).rejects.toMatchObject({ code: "invalid-query" });
    writeFileSync(join(place, "file"), "");
    await expect(store.backup(join(place, "file", "a.db"))).rejects.toMatchObject({ code: "storage-failed" });
    expect(readdirSync(place).sort()).toEqual(["a.db", "file"]);
    expect(await store.readings(ALL)).toHaveLength(4);
  });
});

describe("restoring", () => {
  const backedUp = async (): Promise<string> => {
    const to = join(newFolder(), "copy.db");
    const store = open(join(newFolder(), "site.db"));
    await store.putMeter({ key: "m", role: "grid", gapLimitMs: 1_000 });
    await store.append({ readings: many(50) });
    await store.backup(to);
    return to;
  };

  it("makes a backup's content that of an empty site, and leaves the file as it is", async () => {
    const backup = await backedUp();
    chmodSync(backup, 0o444);
    const before = readFileSync(backup);
    const file = join(newFolder(), "site.db");
    const store = open(file);
    await store.putMeter({ key: "known, but silent", role: "load", gapLimitMs: 1_000 });
    const waiting = store.restore(backup);
    const meanwhile = store.append({ readings: [reading(60)] });
    const refused = await waiting.then(
      () => false,
      () => true,
    );
    await meanwhile;
    // Whichever was first: nothing that was taken in is lost.
    expect((await store.readings(ALL)).map(({ powerW }) => powerW)).toEqual(refused ? [60] : [...upTo(50), 60]);
    expect(readFileSync(backup).equals(before)).toBe(true);

    const other = open(join(newFolder(), "other.db"));
    await other.restore(backup);
    expect((await other.readings(ALL)).map(({ powerW }) => powerW)).toEqual(upTo(50));
    expect(await other.meters()).toMatchObject([{ key: "m", role: "grid" }]);
    await other.append({ readings: [reading(50)] });
    expect(await other.readings(ALL)).toHaveLength(51);
  });

  it("takes what lies in the log beside a copied file", async () => {
    const from = join(newFolder(), "site.db");
    const store = open(from);
    await store.append({ readings: many(5) });
    const copy = join(newFolder(), "raw.db");
    for (const end of ["", "-wal"]) copyFileSync(from + end, copy + end);
    const other = open(join(newFolder(), "other.db"));
    await other.restore(copy);
    expect(await other.readings(ALL)).toHaveLength(5);
  });

  it.each([
    ["a site with history", "history of the meter", async (file: string) => file],
    ["a file that is not there", "no such file", async () => join(folder, "none.db")],
    ["a file that is no database", "not a database", async () => written("no database at all, ".repeat(900))],
    ["another program's database", "no database of Vatio", async () => changed(undefined, "CREATE TABLE a (b)")],
    [
      "a newer Vatio's",
      "a newer Vatio",
      async (file: string) => changed(file, "INSERT INTO kysely_migration VALUES ('9999-later', '2030')"),
    ],
    ["a damaged one", "damaged", async (file: string) => damaged(file)],
  ])("refuses %s with a sentence", async (what, why, make) => {
    const backup = await backedUp();
    const from = await make(backup);
    const store = open(join(newFolder(), "site.db"));
    const hasHistory = what === "a site with history";
    if (hasHistory) await store.append({ readings: many(2) });
    await expect(store.restore(from)).rejects.toMatchObject({
      code: "invalid-query",
      message: expect.stringContaining(why) as string,
    });
    expect(await store.readings(ALL)).toHaveLength(hasHistory ? 2 : 0);
    await store.append({ readings: many(3) });
    expect(await store.readings(ALL)).toHaveLength(3);
  });

  function written(text: string): string {
    const file = join(newFolder(), "other");
    writeFileSync(file, text);
    return file;
  }
  function changed(from: string | undefined, sql: string): string {
    const file = join(newFolder(), "changed.db");
    if (from !== undefined) copyFileSync(from, file);
    const db = new Database(file);
    db.exec(sql);
    db.close();
    return file;
  }
  function damaged(from: string): string {
    const bytes = readFileSync(from);
    bytes.fill(0xff, 3 * 16_384, 4 * 16_384);
    const file = join(newFolder(), "damaged.db");
    writeFileSync(file, bytes);
    return file;
  }
});

describe("the backups of a site", () => {
  it.each([
    [Date.UTC(2026, 4, 1, 1, 30), "home-2026-05-01-0330.db"],
    [Date.UTC(2026, 0, 1, 22, 59), "home-2026-01-01-2359.db"],
    [Date.UTC(2026, 0, 1, 23, 5), "home-2026-01-02-0005.db"],
  ])("are called by the site's day and time: %i", (at, name) => {
    expect(backupName("/x/home.db", at, ZONE, "daily")).toBe(name);
    expect(backupName("/x/home.db", at, ZONE, "manual")).toBe(name.replace(/\.db$/, "-manual.db"));
  });

  it("are rotated by name, and nothing else is removed", () => {
    const place = newFolder();
    const file = "/x/home.db";
    const names = ["2026-01-01-0330", "2026-01-03-0330", "2026-01-02-0330", "2026-01-02-1200"].map(
      (at) => `home-${at}.db`,
    );
    const others = ["home-2026-01-01-0330.db.part", "other-2026-01-01-0330.db", "home-notes.db", "home.db"];
    for (const name of [...names, ...others]) writeFileSync(join(place, name), "x");
    rotateBackups(place, file, 2, "daily");
    expect(listBackups(place, file).map((one) => basename(one.file))).toEqual([
      "home-2026-01-03-0330.db",
      "home-2026-01-02-1200.db",
    ]);
    expect(readdirSync(place).sort()).toEqual(["home-2026-01-03-0330.db", "home-2026-01-02-1200.db", ...others].sort());
  });

  it("leave those of the nights alone when they are made by hand, and the other way about", () => {
    const place = newFolder();
    const file = "/x/home.db";
    const stamps = ["2026-01-01-0330", "2026-01-02-0330", "2026-01-03-0330"];
    for (const stamp of stamps)
      for (const end of ["", "-manual"]) writeFileSync(join(place, `home-${stamp}${end}.db`), "x");
    rotateBackups(place, file, 1, "manual");
    const left = () => listBackups(place, file).map((one) => basename(one.file).slice("home-2026-01-".length));
    expect(left()).toEqual([...["03-0330-manual.db", "03-0330.db", "02-0330.db", "01-0330.db"]]);
    rotateBackups(place, file, 2, "daily");
    expect(left()).toEqual([...["03-0330-manual.db", "03-0330.db", "02-0330.db"]]);
  });

  it("are made in their folder, listed with size and date, and restored by name", async () => {
    const place = newFolder();
    const file = join(place, "home.db");
    const store = open(file);
    await store.append({ readings: many(4) });
    let at = Date.UTC(2026, 4, 1, 1, 30);
    const settings = { file, zone: ZONE, backup: { hour: 3, minute: 30, keep: 2 } };
    const backups = openBackups({ store, settings, now: () => at, onProblem: fail });
    onTestFinished(() => backups.close());
    for (let day = 0; day < 3; day += 1) {
      await backups.make();
      at += 86_400_000;
    }
    const list = backups.list();
    expect(list.map((one) => basename(one.file))).toEqual([
      "home-2026-05-03-0330-manual.db",
      "home-2026-05-02-0330-manual.db",
    ]);
    expect(list.every(({ bytes, at: madeAt }) => bytes > 16_384 && Math.abs(madeAt - Date.now()) < 60_000)).toBe(true);

    await expect(backups.restore("../home.db")).rejects.toMatchObject({ code: "invalid-query", field: "name" });
    await expect(backups.restore("home-2026-05-03-0330-manual.db")).rejects.toThrow("empty site only");
  });

  it("are made when their time comes, and a failure is told in a sentence that says what to do", async () => {
    const place = newFolder();
    const file = join(place, "home.db");
    writeFileSync(file, "");
    writeFileSync(join(place, "backups"), "in the way");
    const store = open(file);
    await store.meters();
    const crons: string[] = [];
    const problem = await new Promise<Error>((resolve) => {
      const backups = openBackups({
        store,
        settings: { file, zone: ZONE, backup: { hour: 3, minute: 30, keep: 1 } },
        now: Date.now,
        onProblem: resolve,
        // So that nobody waits for the night.
        schedule: (cron, zone, run) => {
          crons.push(`${cron} ${zone}`);
          return openSchedule("* * * * * *", zone, run);
        },
      });
      onTestFinished(() => backups.close());
    });
    expect(crons).toEqual([`30 3 * * * ${ZONE}`]);
    expect(problem.message).toMatch(/^the daily backup was not made: .+\. See to it that .+backups can be written to/);
  });
});

function fail(error: Error): never {
  throw error;
}
