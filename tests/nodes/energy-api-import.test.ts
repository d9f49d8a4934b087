import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { GuessedImportDoc, ImportDoc, ProblemDoc, ReportDoc } from "../../lib/api/types";
import type { Reading } from "../../lib/energy/reading";
import { startApi, type RunningApi } from "../support/api-flow";
import { stopFlow, until } from "../support/flow";
import { ask } from "../support/http";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** A day before the clocks go forward in Madrid. */
const T0 = Date.UTC(2024, 2, 30);
const SPAN = "from=2024-03-29T00:00:00Z&to=2024-06-01T00:00:00Z";

async function start(options: Parameters<typeof startApi>[0] = {}) {
  const api = await startApi(options);
  const headers = { Authorization: `Bearer ${await api.token(["admin", "read"])}`, "X-Vatio": "1" };
  const json = { ...headers, "Content-Type": "application/json" };
  const send = (text: string, name = "grid.csv", more: Record<string, string> = {}) =>
    ask(api.port, `/api/v1/imports?name=${encodeURIComponent(name)}`, {
      ...{ method: "POST", body: text, headers: { ...headers, "Content-Type": "text/csv", ...more } },
    });
  const post = (path: string, body: unknown) => ask(api.port, `/api/v1/imports/${path}`, { headers: json, body });
  const list = async () => (await ask(api.port, "/api/v1/imports", { headers })).json<ImportDoc[]>();
  const done = async (id: string) => {
    await until(
      "the import's end",
      async () => (await list()).some((one) => one.id === id && one.state === "done"),
      30_000,
    );
    return (await list()).find((one) => one.id === id)!;
  };
  const get = (query: string) => ask(api.port, `/api/v1/export?${query}`, { headers });
  return { ...api, headers, json, send, post, list, done, get };
}

function table(rows: number): string {
  const lines = Array.from(
    { length: rows },
    (_, row) => `${new Date(T0 + row * MINUTE).toISOString()},${1_000 + row / 4}`,
  );
  return ["time,energy [Wh]", ...lines, ""].join("\n");
}

const everything = ({ site }: RunningApi): Promise<Reading[]> => site.store.readings({ from: 0, to: T0 + 400 * DAY });

describe("files of history over HTTP", () => {
  it("are sent, guessed, reported on and imported, and what became of them is told", async () => {
    const api = await start();
    const sent = await api.send(`${table(600)}yesterday,5\n`);
    const { id, guess, ...rest } = sent.json<GuessedImportDoc>();
    expect([sent.status, rest.state, rest.progress.percent]).toEqual([201, "ready", 0]);
    expect(guess).toMatchObject({ columns: ["time", "energy [Wh]"], mapping: { format: "csv", meter: "grid" } });
    expect(guess.sample[0]).toEqual(["2024-03-30T00:00:00.000Z", "1000"]);

    const mapping = { ...guess.mapping, meter: "house" };
    const report = await api.post(`${id}/report`, { mapping });
    expect(report.json<ReportDoc>()).toMatchObject({
      rows: 601,
      meters: [
        {
          ...{ meter: "house", rows: 600, stepMs: MINUTE, stored: { same: 0, differing: 0 } },
          ...{ from: "2024-03-30T01:00:00.000+01:00", to: "2024-03-30T10:59:00.000+01:00" },
        },
      ],
      errors: [{ key: "bad-time", text: "The time cannot be read.", count: 1, lines: [602] }],
    });
    expect(await everything(api)).toEqual([]);

    expect((await api.post(`${id}/run`, {})).status).toBe(202);
    const spanish = { ...api.headers, "Accept-Language": "es" };
    expect(await api.done(id)).toMatchObject({ readings: 600, progress: { rows: 601, percent: 100 } });
    const [told] = (await ask(api.port, "/api/v1/imports", { headers: spanish })).json<ImportDoc[]>();
    expect(told?.errors).toEqual([{ key: "bad-time", text: "No se entiende la hora.", count: 1, lines: [602] }]);
    expect((await everything(api)).map(({ meter }) => meter)).toEqual(Array<string>(600).fill("house"));

    const removed = await ask(api.port, `/api/v1/imports/${id}`, { method: "DELETE", headers: api.json });
    expect([removed.status, await api.list()]).toEqual([204, []]);
  });

  it("are refused in another type, from another page, without our header, and without a name", async () => {
    const { send, port, headers, list } = await start();
    const statusOf = async (more: Record<string, string>) => (await send("a,b\n", "a.csv", more)).status;
    for (const type of ["text/plain", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded", ""])
      expect(await statusOf({ "Content-Type": type })).toBe(415);
    expect(await statusOf({ Origin: "https://evil.example" })).toBe(403);
    expect(await statusOf({ "Sec-Fetch-Site": "cross-site" })).toBe(403);
    expect(await statusOf({ "X-Vatio": "" })).toBe(403);
    const nameless = { method: "POST", body: "a", headers: { ...headers, "Content-Type": "text/csv" } };
    expect((await ask(port, "/api/v1/imports", nameless)).json<ProblemDoc>()).toMatchObject({ field: "name" });
    expect(await list()).toEqual([]);
  });

  it("are refused where they are larger than is set, whether they say so or not, and nothing of them stays", async () => {
    const { send, port, headers, list, flow } = await start({ api: { importMegabytes: "1" } });
    const text = table(40_000);
    expect(await send(text)).toMatchObject({ status: 413 });
    const chunked = await new Promise<number>((resolve, reject) => {
      const sent = request(
        {
          ...{ host: "127.0.0.1", port, method: "POST", path: "/api/v1/imports?name=a" },
          headers: { ...headers, "Content-Type": "text/csv", "Transfer-Encoding": "chunked" },
        },
        (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        },
      );
      sent.on("error", reject);
      for (let at = 0; at < text.length; at += 100_000) sent.write(text.slice(at, at + 100_000));
      sent.end();
    });
    expect(chunked).toBe(413);
    expect(await list()).toEqual([]);
    expect(filesIn(flow.userDir)).toEqual([]);
  });

  it("that do not arrive whole leave nothing behind", async () => {
    const { port, headers, list, flow } = await start();
    const path = "/api/v1/imports?name=a.csv";
    const sent = request({
      ...{ host: "127.0.0.1", port, method: "POST", path },
      headers: { ...headers, "Content-Type": "text/csv", "Content-Length": "1000000" },
    });
    sent.on("error", () => undefined);
    sent.write(table(100));
    await until("a first piece", () => filesIn(flow.userDir).length === 1);
    sent.destroy();
    await until("its end", () => filesIn(flow.userDir).length === 0);
    expect(await list()).toEqual([]);
  });

  it("are refused under an id that is none, and by a mapping that does not fit", async () => {
    const { post, send } = await start();
    const { id, guess } = (await send(table(10))).json<GuessedImportDoc>();
    const { mapping } = guess;
    for (const what of ["report", "run"]) expect((await post(`nothing/${what}`, { mapping })).status).toBe(404);
    for (const [body, field] of [
      [{ mapping: { ...mapping, zone: "Mars/Olympus" } }, "mapping.zone"],
      [{ mapping: { ...mapping, file: "/etc/passwd" }, more: 1 }, "more"],
      [{ mapping: { ...mapping, format: "home-assistant-sqlite" } }, "file"],
      [{ mapping: { ...mapping, meter: undefined } }, "meter"],
    ] as const) {
      const answer = await post(`${id}/run`, body);
      expect([answer.status, answer.json<ProblemDoc>().field]).toEqual([400, field]);
    }
  });

  it("that are cut by a restart go on where they were: nothing is lost, nothing doubled", async () => {
    const userDir = mkdtempSync(join(tmpdir(), "vatio-import-"));
    onTestFinished(() => rmSync(userDir, { recursive: true, force: true }));
    const before = await start({ userDir });
    const { id } = (await before.send(table(30_000))).json<GuessedImportDoc>();
    await before.post(`${id}/run`, {});
    await until("some rows", async () => ((await before.list())[0]?.progress.rows ?? 0) > 0);
    await stopFlow();

    const after = await start({ userDir });
    const [stopped] = await after.list();
    expect(stopped).toMatchObject({ id, state: "stopped" });
    expect(stopped!.progress.rows).toBeLessThan(30_000);
    expect((await after.post(`${id}/run`, {})).status).toBe(202);
    expect((await after.done(id)).readings).toBe(30_000);
    const stored = await everything(after);
    expect(stored.map(({ at }) => at)).toEqual(Array.from({ length: 30_000 }, (_, row) => T0 + row * MINUTE));
    expect(stored.every(({ importWh }, row) => importWh === 1_000 + row / 4)).toBe(true);
  }, 60_000);
});

describe("history written out", () => {
  const fill = async ({ site }: RunningApi): Promise<void> => {
    const rows = Array.from({ length: 7_000 }, (_, row) => T0 + row * 5 * MINUTE);
    await site.store.append({
      readings: rows.flatMap((at, row): Reading[] => [
        { meter: "grid", at, importWh: 1_000 + row / 8, exportWh: row / 16, source: "imported" },
        { meter: "=oven", at: at + 7, powerW: (row * 37) % 2_000, temperatureC: row / 100, source: "imported" },
      ]),
    });
    const hours = Array.from({ length: 6_000 }, (_, hour) => T0 - DAY + (hour * HOUR) / 4);
    await site.store.putIntervals(
      hours.map((from) => ({ meter: "heat, pump", from, to: from + HOUR / 4, importWh: 55 })),
    );
    await site.store.putIntervals([{ meter: "heat, pump", from: T0 - DAY, to: T0 - DAY + HOUR, importWh: 7 }]);
  };
  const energies = ({ site }: RunningApi) =>
    site.store.energy({ from: T0 - 2 * DAY, to: T0 + 90 * DAY, interval: "day", zone: "Europe/Madrid" });
  const byMeter = (rows: Awaited<ReturnType<typeof energies>>) =>
    [...rows].sort((a, b) => a.meter.localeCompare(b.meter) || a.from - b.from);

  it("as JSON Lines comes into an empty site to equal readings and equal energy", async () => {
    const first = await start();
    await fill(first);
    const text = await first.get(`${SPAN}&format=ndjson`);
    expect([text.status, text.headers["content-type"]]).toEqual([200, "application/x-ndjson; charset=utf-8"]);
    expect(text.text.trimEnd().split("\n")).toHaveLength(14_000 + 6_001);
    const [readings, energy] = [await everything(first), byMeter(await energies(first))];
    await stopFlow();

    const second = await start();
    const { id } = (
      await second.send(text.text, "a.ndjson", { "Content-Type": "application/x-ndjson" })
    ).json<ImportDoc>();
    await second.post(`${id}/run`, {});
    expect(await second.done(id)).toMatchObject({ readings: 14_000, intervals: 6_001, errors: [] });
    expect(await everything(second)).toEqual(readings);
    expect(byMeter(await energies(second))).toEqual(energy);
    expect(energy.length).toBeGreaterThan(60);
  }, 60_000);

  it.each(["csv", "ndjson"])(
    "by quarter as %s comes into an empty site to equal energy",
    async (format) => {
      const first = await start();
      await fill(first);
      const text = (await first.get(`${SPAN}&interval=quarter&meters=grid&format=${format}`)).text;
      const quarters = { from: T0, to: T0 + 20 * DAY, meters: ["grid"], interval: "quarter", zone: "UTC" } as const;
      const wanted = await first.site.store.energy(quarters);
      await stopFlow();

      const second = await start();
      const { id } = (await second.send(text, `energy.${format}`)).json<ImportDoc>();
      await second.post(`${id}/run`, {});
      await second.done(id);
      const sums = (rows: typeof wanted) => rows.map(({ from, importWh, exportWh }) => [from, importWh, exportWh]);
      expect(sums(await second.site.store.energy(quarters))).toEqual(sums(wanted));
      expect(wanted).toHaveLength(20 * 96);
    },
    60_000,
  );

  it("has days of the zone that is asked for, a table's names, and disarmed names of meters", async () => {
    const api = await start();
    await fill(api);
    const days = (await api.get(`${SPAN}&interval=day&meters=grid&zone=Asia/Kathmandu`)).text.split("\r\n");
    expect(days[0]).toMatch(/^meter,from,to,importWh,exportWh/);
    expect(days[2]).toMatch(/^grid,2024-03-31T00:00:00\+05:45,2024-04-01T00:00:00\+05:45,36,18,/);
    const raw = (await api.get(`${SPAN}&meters=${encodeURIComponent("=oven")}`)).text.split("\r\n");
    expect(raw).toHaveLength(7_002);
    expect(raw[1]?.startsWith("'=oven,2024-03-30T01:00:00.007+01:00,0,")).toBe(true);
  });

  it.each([
    ["from=2024-06-01T00:00:00Z&to=2024-05-01T00:00:00Z", 400],
    [`${SPAN}&meters=nothing`, 404],
    [`${SPAN}&zone=Mars`, 400],
    [`${SPAN}&format=xml`, 400],
  ])("is refused as %s", async (query, status) => {
    const { get } = await start();
    expect((await get(query)).status).toBe(status);
  });

  it("ends when its asker goes, and lets the next one in", async () => {
    const api = await start();
    await fill(api);
    for (let turn = 0; turn < 4; turn += 1)
      await new Promise<void>((resolve) => {
        const sent = request({
          host: "127.0.0.1",
          port: api.port,
          path: `/api/v1/export?${SPAN}`,
          headers: api.headers,
        });
        sent.on("response", (response) => response.once("data", () => sent.destroy()));
        sent.on("error", () => undefined);
        sent.on("close", () => resolve());
        sent.end();
      });
    await until("a turn", async () => (await api.get(`${SPAN}&meters=grid`)).status === 200);
  });
});

/** What lies in the folder of sent files. */
function filesIn(userDir: string): string[] {
  const folder = join(userDir, "vatio", "imports", "home");
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}
