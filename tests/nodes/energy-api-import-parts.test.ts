import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { GuessedImportDoc, ImportDoc, ImportPartDoc, ProblemDoc } from "../../lib/api/types";
import { startApi } from "../support/api-flow";
import { stopFlow, until } from "../support/flow";
import { ask } from "../support/http";

const MINUTE = 60_000;
const T0 = Date.UTC(2024, 2, 30);
const UPLOAD = "grid-csv-1";

function table(rows: number): Buffer {
  const at = (row: number): string => new Date(T0 + row * MINUTE).toISOString();
  const lines = Array.from({ length: rows }, (_, row) => `${at(row)},${1_000 + row / 4}`);
  return Buffer.from(["time,energy [Wh]", ...lines, ""].join("\n"));
}

async function start(options: Parameters<typeof startApi>[0] = {}) {
  const api = await startApi(options);
  const headers = { Authorization: `Bearer ${await api.token(["admin", "read"])}`, "X-Vatio": "1" };
  const json = { ...headers, "Content-Type": "application/json" };
  const pathOf = (at: number, size: number, upload = UPLOAD): string =>
    `/api/v1/imports/parts?name=grid.csv&upload=${upload}&at=${at}&size=${size}`;
  return {
    ...api,
    headers,
    pathOf,
    folder: join(api.flow.userDir, "vatio", "imports", "home"),
    part: (whole: Buffer, at: number, to: number, upload?: string) =>
      ask(api.port, pathOf(at, whole.length, upload), {
        ...{ method: "POST", body: whole.subarray(at, to).toString() },
        headers: { ...headers, "Content-Type": "text/csv" },
      }),
    post: (path: string) => ask(api.port, `/api/v1/imports/${path}`, { headers: json, body: {} }),
    get: (path = "") => ask(api.port, `/api/v1/imports${path}`, { headers }),
    list: async () => (await ask(api.port, "/api/v1/imports", { headers })).json<ImportDoc[]>(),
  };
}

const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), "vatio-parts-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

describe("a file that is sent in pieces", () => {
  it("is whole after the last one, whatever came twice, too early, or before a restart", async () => {
    const userDir = newFolder();
    const whole = table(3_000);
    const first = await start({ userDir });
    const received = async (at: number, to: number, api = first): Promise<number> =>
      (await api.part(whole, at, to)).json<ImportPartDoc>().received;
    expect(await received(0, 10_000)).toBe(10_000);
    expect(await received(0, 10_000)).toBe(10_000);
    expect(await received(50_000, 60_000)).toBe(10_000);
    expect(await received(10_000, 25_000)).toBe(25_000);
    expect(await first.list()).toEqual([]);
    await stopFlow();

    const second = await start({ userDir });
    const last = (await second.part(whole, 25_000, whole.length)).json<ImportPartDoc>();
    expect(last).toMatchObject({
      received: whole.length,
      import: { name: "grid.csv", bytes: whole.length, guess: { columns: ["time", "energy [Wh]"] } },
    });
    // As if its answer had been lost.
    expect((await second.part(whole, 25_000, whole.length)).json<ImportPartDoc>()).toEqual(last);
    await second.post(`${last.import?.id}/run`);
    await until("its end", async () => (await second.list())[0]?.state === "done", 30_000);
    expect(await second.list()).toMatchObject([{ readings: 3_000, errors: [] }]);
    await until("the file's end", () => readdirSync(second.folder).length === 0);
    expect(await received(0, 10_000, second)).toBe(10_000);
  }, 60_000);

  it("goes on behind what a cut connection brought", async () => {
    const api = await start();
    const whole = table(3_000);
    const headers = { ...api.headers, "Content-Type": "text/csv", "Content-Length": String(whole.length) };
    const sent = request({
      ...{ host: "127.0.0.1", port: api.port, method: "POST", path: api.pathOf(0, whole.length), headers },
    });
    sent.on("error", () => undefined);
    sent.write(whole.subarray(0, 20_000));
    const file = join(api.folder, `${UPLOAD}.part`);
    await until("what came", () => statSync(file, { throwIfNoEntry: false })?.size === 20_000);
    sent.destroy();
    expect((await api.part(whole, 0, 10)).json<ImportPartDoc>()).toEqual({ received: 20_000 });
    expect((await api.part(whole, 20_000, whole.length)).json<ImportPartDoc>().import?.bytes).toBe(whole.length);
  });

  it("is refused where it is too large, too long, or one of too many, and its name cannot lead elsewhere", async () => {
    const api = await start({ api: { importMegabytes: "1" } });
    const whole = table(10);
    expect((await api.part(Buffer.alloc(1_000_001, "1"), 0, 10)).status).toBe(413);
    const long = await ask(api.port, api.pathOf(0, 5), {
      ...{ method: "POST", body: "more than five", headers: { ...api.headers, "Content-Type": "text/csv" } },
    });
    expect([long.status, long.json<ProblemDoc>().field]).toEqual([400, "body"]);
    for (const upload of ["../../../x", "short", "..%2F..%2Fabcdef", "a".repeat(65)])
      expect([upload, (await api.part(whole, 0, 5, upload)).status]).toEqual([upload, 400]);
    for (let count = 1; count < 20; count += 1)
      expect((await api.part(whole, 0, 5, `another-${count}`)).status).toBe(200);
    expect((await api.part(whole, 0, 5, "another-20")).status).toBe(429);
    expect((await api.part(whole, 5, 9, "another-19")).json<ImportPartDoc>()).toEqual({ received: 9 });
  });
});

it("an import is stopped where it is and run on; what its file seems to be is told again", async () => {
  const api = await start();
  const whole = table(30_000);
  const sent = (await api.part(whole, 0, whole.length)).json<ImportPartDoc>().import;
  const { id = "", guess } = sent ?? {};
  expect((await api.get(`/${id}`)).json<GuessedImportDoc>().guess).toEqual(guess);

  await api.post(`${id}/run`);
  await until("some rows", async () => ((await api.list())[0]?.progress.rows ?? 0) > 0);
  const stopped = (await api.post(`${id}/stop`)).json<ImportDoc>();
  expect(stopped).toMatchObject({ id, state: "stopped" });
  expect(stopped.progress.rows).toBeLessThan(30_000);
  await api.post(`${id}/run`);
  await until("its end", async () => (await api.list())[0]?.state === "done", 30_000);
  expect((await api.list())[0]?.readings).toBe(30_000);

  await until("the file's end", () => readdirSync(api.folder).length === 0);
  const gone = await api.get(`/${id}`);
  expect([gone.status, gone.json<ProblemDoc>().detail]).toEqual([400, expect.stringContaining("send it again")]);
  for (const [path, ask] of [
    ["nothing", api.get("/nothing")],
    ["stop", api.post("nothing/stop")],
  ] as const)
    expect([path, (await ask).status]).toEqual([path, 404]);
}, 60_000);
