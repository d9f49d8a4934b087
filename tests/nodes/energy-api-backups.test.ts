import Database from "better-sqlite3";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import type { BackupDoc, BackupsDoc, ProblemDoc } from "../../lib/api/types";
import { startApi } from "../support/api-flow";
import { stopFlow } from "../support/flow";
import { ask } from "../support/http";

const T0 = Date.UTC(2026, 2, 30);
const readings = Array.from({ length: 500 }, (_, row) => ({ meter: "grid", at: T0 + row * 60_000, importWh: row }));

async function start(options: Parameters<typeof startApi>[0] = {}) {
  const api = await startApi(options);
  const headers = { Authorization: `Bearer ${await api.token(["admin"])}` };
  const path = (name: string): string => `/api/v1/backups${name}`;
  return {
    ...api,
    headers,
    folder: join(api.flow.userDir, "vatio", "backups"),
    get: (name = "") => ask(api.port, path(name), { headers }),
    post: (name = "") => ask(api.port, path(name), { headers, body: {} }),
    list: async () => (await ask(api.port, path(""), { headers })).json<BackupsDoc>(),
  };
}

const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), "vatio-backups-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

it("a backup is made, listed, taken away whole, and gives an empty site its history", async () => {
  const first = await start();
  await first.site.keep({ readings });
  expect(await first.list()).toEqual({ possible: true, making: false, keep: 7, backups: [], dailyAt: "03:30" });

  const made = await first.post();
  const { name, bytes } = made.json<BackupDoc>();
  expect([made.status, readdirSync(first.folder)]).toEqual([201, [name]]);
  expect((await first.list()).backups).toEqual([made.json<BackupDoc>()]);

  const file = join(newFolder(), "taken.db");
  const response = await fetch(`http://127.0.0.1:${first.port}/api/v1/backups/${name}`, { headers: first.headers });
  writeFileSync(file, new Uint8Array(await response.arrayBuffer()));
  expect(Object.fromEntries(response.headers)).toMatchObject({
    "content-type": "application/vnd.sqlite3",
    "content-disposition": `attachment; filename="${name}"`,
    "content-length": String(bytes),
    "cache-control": "no-store, no-transform",
  });
  const db = new Database(file, { readonly: true });
  expect(db.prepare("SELECT count(*) AS rows FROM reading").get()).toEqual({ rows: 500 });
  db.close();
  await stopFlow();

  const second = await start();
  mkdirSync(second.folder, { recursive: true });
  copyFileSync(file, join(second.folder, name));
  expect((await second.post(`/${name}/restore`)).status).toBe(204);
  const stored = await second.site.store.readings({ from: T0, to: T0 + 86_400_000 });
  expect(stored.map(({ at, importWh }) => [at, importWh])).toEqual(readings.map(({ at, importWh }) => [at, importWh]));
});

it("a backup is not restored over history, and what is none is not found", async () => {
  const { site, post, get, folder, flow } = await start();
  await site.keep({ readings });
  const { name } = (await post()).json<BackupDoc>();
  const refused = await post(`/${name}/restore`);
  expect([refused.status, refused.json<ProblemDoc>().detail]).toEqual([
    400,
    expect.stringContaining("an empty site only"),
  ]);
  writeFileSync(join(folder, "notes.db"), "mine");
  const database = readdirSync(join(flow.userDir, "vatio")).find((file) => file.endsWith(".db"));
  for (const other of ["notes.db", encodeURIComponent(`../${database}`), encodeURIComponent(`${name}\u0000`), "x"]) {
    const answers = [await get(`/${other}`), await post(`/${other}/restore`)];
    expect([other, ...answers.map(({ status }) => status)]).toEqual([other, 404, 404]);
    expect(answers[0]?.json<ProblemDoc>()).toMatchObject({ field: "name" });
  }
});

it("who asks for two backups at once gets one, and reads of the list go on", async () => {
  const { site, post, list } = await start();
  await site.keep({ readings });
  const both = [post(), post()];
  expect(await list()).toMatchObject({ possible: true });
  const names = (await Promise.all(both)).map((answer) => answer.json<BackupDoc>().name);
  expect(new Set(names).size).toBe(1);
  expect((await list()).backups.map((one) => one.name)).toEqual([basename(names[0] ?? "")]);
});
