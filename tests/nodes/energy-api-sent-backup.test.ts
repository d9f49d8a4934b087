import Database from "better-sqlite3";
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { BackupDoc, BackupPartDoc, BackupsDoc, ProblemDoc } from "../../lib/api/types";
import { takeIn } from "../../lib/storage/backup";
import { openStore } from "../../lib/storage/open-store";
import { startApi } from "../support/api-flow";
import { ask } from "../support/http";

const T0 = Date.UTC(2026, 2, 30);
const READINGS = Array.from({ length: 500 }, (_, row) => ({ meter: "grid", at: T0 + row * 60_000, importWh: row }));
const UPLOAD = "my-backup-1";

const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), "vatio-sent-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

/** A backup of a site in another zone than the one it is sent to. */
async function makeBackup(): Promise<string> {
  const folder = newFolder();
  const store = openStore({ file: join(folder, "site.db"), durability: "crash", zone: "America/New_York" });
  await store.append({ readings: READINGS });
  await store.energy({ from: T0, to: T0 + 86_400_000, interval: "month", zone: "America/New_York" });
  const { file } = await store.backup(join(folder, "copy.db"));
  await store.close();
  return file;
}

async function start() {
  const api = await startApi();
  const headersOf = async (scope: "admin" | "control") => ({
    ...{ Authorization: `Bearer ${await api.token([scope])}`, "X-Vatio": "1" },
    "Content-Type": "application/octet-stream",
  });
  const headers = await headersOf("admin");
  const json = { ...headers, "Content-Type": "application/json" };
  const pathOf = (at: number, size: number, upload: string): string =>
    `/api/v1/backups/parts?name=copy.db&upload=${upload}&at=${at}&size=${size}`;
  const part = async (whole: Buffer, at: number, to: number, { upload = UPLOAD, sender = headers } = {}) => {
    const response = await fetch(`http://127.0.0.1:${api.port}${pathOf(at, whole.length, upload)}`, {
      method: "POST",
      headers: sender,
      body: new Uint8Array(whole.subarray(at, to)),
    });
    return { status: response.status, doc: (await response.json()) as BackupPartDoc & ProblemDoc };
  };
  return {
    ...api,
    headersOf,
    part,
    folder: join(api.flow.userDir, "vatio", "backups"),
    list: async () => (await ask(api.port, "/api/v1/backups", { headers })).json<BackupsDoc>().backups,
    restore: (name: string) => ask(api.port, `/api/v1/backups/${name}/restore`, { headers: json, body: {} }),
  };
}

/** What is sent and no backup of this Vatio, and what is said of it. */
const BAD: readonly (readonly [string, (file: string) => void, string])[] = [
  ["another program's database", (file) => changed(file, "DROP TABLE reading"), "it is no database of Vatio"],
  ["a newer Vatio's", (file) => changed(file, "UPDATE kysely_migration SET name = '9999-later'"), "newer Vatio"],
  ["one with triggers", (file) => changed(file, TRIGGER), "it has triggers"],
  [
    "one with triggers under another name",
    (file) => changed(file, `${TRIGGER}; ${HIDDEN}`, "unsafe"),
    "it has triggers",
  ],
  [
    "one with tables that are programs",
    (file) => changed(file, "CREATE VIRTUAL TABLE x USING fts5(a)"),
    "it has triggers",
  ],
  ["one with rows that are reckoned", (file) => changed(file, "CREATE TABLE x (a CHECK (a > 1))"), "it has triggers"],
];
const TRIGGER = "CREATE TRIGGER mine AFTER INSERT ON reading BEGIN DELETE FROM reading; END";

/** SQLite takes it for a trigger all the same. */
const HIDDEN = "PRAGMA writable_schema = 1; UPDATE sqlite_schema SET type = 'Trigger' WHERE type = 'trigger'";

function changed(file: string, sql: string, safety: "safe" | "unsafe" = "safe"): void {
  const db = new Database(file);
  if (safety === "unsafe") db.unsafeMode(true);
  db.exec(sql);
  db.close();
}

describe("a backup that somebody has as a file", () => {
  it("names no file of this machine that was to be brought in", async () => {
    const file = await makeBackup();
    changed(file, `INSERT INTO memory (owner, key, value) VALUES ('import', 'x', '{"id":"x","isSent":true}')`);
    const to = join(dirname(file), "taken.db");
    await takeIn(file, to);
    const db = new Database(to, { readonly: true });
    expect(db.prepare("SELECT count(*) AS count FROM memory WHERE owner = 'import'").get()).toEqual({ count: 0 });
    db.close();
  });

  it("comes in pieces, is checked and listed, and becomes the site's content when that is said", async () => {
    const whole = readFileSync(await makeBackup());
    const { part, list, restore, site, folder } = await start();
    const half = Math.floor(whole.length / 2);
    expect((await part(whole, 0, half)).doc).toEqual({ received: half });
    expect((await part(whole, 0, half)).doc).toEqual({ received: half });
    expect(await list()).toEqual([]);

    const { status, doc } = await part(whole, half, whole.length);
    const { backup = { name: "" } } = doc;
    expect([status, doc]).toEqual([
      200,
      {
        received: whole.length,
        backup: expect.objectContaining({ kind: "sent", timeZone: "America/New_York" }) as BackupDoc,
      },
    ]);
    expect(backup.name).toMatch(/^home-\d{4}-\d\d-\d\d-\d{4}-sent\.db$/);
    expect((await list()).map(({ name }) => name)).toEqual([backup.name]);
    expect(readdirSync(join(folder, "parts", "home"))).toEqual([]);
    // The last answer may be lost on its way.
    expect((await part(whole, 0, 0)).doc).toEqual(doc);

    expect(await site.store.meters()).toEqual([]);
    expect((await restore(backup.name)).status).toBe(204);
    const stored = await site.store.readings({ from: T0, to: T0 + 86_400_000 });
    expect(stored.map(({ at, importWh }) => [at, importWh])).toEqual(
      READINGS.map(({ at, importWh }) => [at, importWh]),
    );
  });

  it("is refused by a site with history before it is sent, and to who may not", async () => {
    const whole = readFileSync(await makeBackup());
    const { part, site, list, headersOf } = await start();
    expect((await part(whole, 0, 1_000, { sender: await headersOf("control") })).status).toBe(403);
    await site.keep({ readings: READINGS });
    const { status, doc } = await part(whole, 0, 1_000);
    expect([status, doc.detail]).toEqual([400, expect.stringContaining("an empty site only") as string]);
    expect(await list()).toEqual([]);
  });

  it("is refused in a sentence where it is none of this Vatio, and forgotten", async () => {
    const good = await makeBackup();
    const { part, list, folder } = await start();
    const refuse = async (name: string, whole: Buffer, sentence: string): Promise<void> => {
      const upload = `upload-${name.replace(/\W/g, "-")}`;
      const { status, doc } = await part(whole, 0, whole.length, { upload });
      expect([name, status, doc.detail]).toEqual([name, 400, expect.stringContaining(sentence) as string]);
    };
    for (const [name, change, sentence] of BAD) {
      const file = join(newFolder(), "copy.db");
      copyFileSync(good, file);
      change(file);
      await refuse(name, readFileSync(file), sentence);
    }
    await refuse("a letter", Buffer.from("dear sirs, ".repeat(100)), "it is not a database");
    const torn = readFileSync(good).fill(7, 40_000, 60_000);
    await refuse("a damaged one", torn, "the backup cannot be restored");
    expect([await list(), readdirSync(folder), readdirSync(join(folder, "parts", "home"))]).toEqual([
      [],
      ["parts"],
      [],
    ]);
  });
});
