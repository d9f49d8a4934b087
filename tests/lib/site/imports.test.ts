import Database from "better-sqlite3";
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { Reading } from "../../../lib/energy/reading";
import type { ImportMapping } from "../../../lib/exchange/mapping";
import { makeDeliveries } from "../../../lib/site/deliveries";
import { makeImports } from "../../../lib/site/imports";
import { openSite } from "../../../lib/site/open-site";
import type { Site } from "../../../lib/site/site";
import { until } from "../../support/until";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const T0 = Date.UTC(2024, 2, 30);
const ZONE = "Europe/Madrid";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "vatio-imports-"));
  ends.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function open(file = join(makeFolder(), "home.db"), now: () => number = Date.now): Site {
  const site = openSite(
    {
      ...{ id: "site", name: "Home", kind: "home", zone: ZONE, currency: "EUR", language: "en-US" },
      ...{ file, durability: "crash", channels: [] },
    },
    { now, onProblem: (error) => problems.push(error), deliveries: makeDeliveries() },
  );
  ends.push(() => site.close());
  return site;
}
const problems: Error[] = [];

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
}
const send = (site: Site, text: string, name = "grid.csv") => site.imports.receive(name, bytesOf(text), 1e9);

/** A row a minute of two meters: one line, two readings. */
function table(rows: number): string {
  const lines = Array.from({ length: rows }, (_, row) => {
    const at = new Date(T0 + row * MINUTE).toISOString();
    return `${at},${1_000 + row / 4},${(row * 37) % 3_000}`;
  });
  return ["time,energy [Wh],oven power [W]", ...lines].join("\n");
}

const everything = (site: Site): Promise<Reading[]> => site.store.readings({ from: T0 - DAY, to: T0 + 400 * DAY });
const sorted = (readings: readonly Reading[]) =>
  [...readings].sort((a, b) => a.at - b.at || a.meter.localeCompare(b.meter));
const perRow = ({ values }: ImportMapping): number => new Set(values.map(({ meter }) => meter)).size;

describe("an import", () => {
  it("stores every row of a file once, tells how far it is, and the file goes when it is done", async () => {
    const site = open();
    const text = table(9_000);
    const { state, guess } = await send(site, text);
    expect(state).toMatchObject({ name: "grid.csv", state: "ready", bytes: Buffer.byteLength(text), rows: 0 });
    expect(guess.columns).toEqual(["time", "energy [Wh]", "oven power [W]"]);
    const folder = join(site.settings.file, "..", "imports", "home");
    const [sent = ""] = readdirSync(folder);
    expect([statSync(folder).mode & 0o777, statSync(join(folder, sent)).mode & 0o777]).toEqual([0o700, 0o600]);

    expect((await site.imports.run(state.id)).state).toBe("queued");
    const done = await site.imports.finished(state.id);
    const stored = await everything(site);
    expect(done).toMatchObject({ state: "done", rows: 9_000, errors: [], bytesDone: state.bytes });
    expect(stored).toHaveLength(9_000 * perRow(guess.mapping));
    expect(stored.at(-1)).toMatchObject({ at: T0 + 8_999 * MINUTE, source: "imported" });
    expect(readdirSync(folder)).toEqual([]);
    expect(await site.imports.list()).toEqual([done]);
  });

  it("that is cut goes on where it was after a restart: nothing is lost, nothing doubled", async () => {
    const whole = open();
    const text = table(20_000);
    const first = await send(whole, text);
    await whole.imports.run(first.state.id);
    await whole.imports.finished(first.state.id);

    const cut = open();
    const { state } = await send(cut, text);
    await cut.imports.run(state.id);
    await until("some rows", async () => ((await cut.imports.list())[0]?.rows ?? 0) > 0);
    await cut.close();

    const again = open(cut.settings.file);
    const [stopped] = await again.imports.list();
    expect(stopped).toMatchObject({ id: state.id, state: "stopped" });
    expect(stopped!.rows).toBeGreaterThan(0);
    expect(stopped!.rows).toBeLessThan(20_000);
    await again.imports.run(state.id);
    expect(await again.imports.finished(state.id)).toMatchObject({ state: "done", rows: 20_000, errors: [] });
    expect(sorted(await everything(again))).toEqual(sorted(await everything(whole)));
    const span = { from: T0, to: T0 + 40 * DAY, interval: "day", zone: ZONE } as const;
    expect(await again.store.energy(span)).toEqual(await whole.store.energy(span));
    expect(await again.store.quarantine({ limit: 10 })).toEqual([]);
  }, 60_000);

  it("changes nothing when it starts anew from a line before the last one stored, or from the first", async () => {
    const site = open();
    const text = table(9_000);
    const { state } = await send(site, text);
    await site.imports.run(state.id);
    await site.imports.finished(state.id);
    const before = await everything(site);
    const [record] = Object.values(await site.store.recall("import")) as { line: number }[];
    for (const line of [0, 4_321]) {
      await site.close();
      const again = open(site.settings.file);
      await again.store.remember("import", state.id, { ...record, state: "running", line });
      await send(again, text);
      await again.imports.run(state.id);
      expect((await again.imports.finished(state.id)).state).toBe("done");
      expect(await everything(again)).toEqual(before);
      await again.close();
    }
  });

  it("waits for a busy database and goes on; where that takes too long it says so, and can be started again", async () => {
    const { settings, store, meters } = open();
    const host = { store, meters, settings, now: Date.now, onProblem: (error: Error) => problems.push(error) };
    const [patient, hasty] = [makeImports(host), makeImports({ ...host, patienceMs: 1 })];
    ends.push(() => Promise.all([patient.close(), hasty.close()]));
    const text = table(3_000);
    const id = (await patient.receive("a.csv", bytesOf(text), 1e9)).state.id;
    const other = (await hasty.receive("b.csv", bytesOf(`${text}\n`), 1e9)).state.id;

    const lock = new Database(settings.file);
    lock.exec("BEGIN IMMEDIATE");
    await Promise.all([patient.run(id), hasty.run(other)]);
    await until("an end of patience", async () => (await hasty.list()).some(({ state }) => state === "failed"), 30_000);
    expect((await patient.list())[0]).toMatchObject({ rows: 0 });
    lock.exec("ROLLBACK");
    lock.close();
    expect(await patient.finished(id)).toMatchObject({ state: "done", rows: 3_000 });
    expect((await hasty.finished(other)).error).toContain("lock");
    await hasty.run(other);
    expect(await hasty.finished(other)).toMatchObject({ state: "done", rows: 3_000 });
  }, 60_000);

  it("is reported on before it is done: what is new, what is there, and what differs", async () => {
    const site = open();
    const { state, guess } = await send(site, table(100));
    const fresh = await site.imports.report(state.id, guess.mapping);
    expect(fresh).toMatchObject({ rows: 100, errors: [] });
    expect(fresh.meters.map(({ stored }) => stored)).toEqual(fresh.meters.map(() => ({ same: 0, differing: 0 })));
    expect(await everything(site)).toEqual([]);

    await site.imports.run(state.id);
    await site.imports.finished(state.id);
    const changed = await send(site, table(100).replace(",1024.75,", ",9999,"), "other.csv");
    const mapping = { ...changed.guess.mapping, meter: "grid" };
    const { meters } = await site.imports.report(changed.state.id, mapping);
    expect(meters[0]).toMatchObject({ rows: 100, stored: { same: 99, differing: 1 } });
  });

  it("takes energy by interval and hourly powers for what they are", async () => {
    const site = open();
    const energy = (hour: number) => ({ meter: "heat pump", from: T0 + hour * HOUR, to: T0 + (hour + 1) * HOUR });
    const lines = [0, 1, 2].map((hour) => JSON.stringify({ ...energy(hour), importWh: 500 }));
    const powers = Array.from({ length: 24 }, (_, hour) => ({ meter: "pump", at: T0 + hour * HOUR, powerW: 200 }));
    const beyond = { meter: "heat pump", from: T0, to: T0 + 40 * DAY, importWh: 1 };
    const text = [...lines, ...powers.map((power) => JSON.stringify(power)), JSON.stringify(beyond), "{"].join("\n");
    const { state } = await send(site, text, "history.ndjson");
    await site.imports.run(state.id);
    expect(await site.imports.finished(state.id)).toMatchObject({
      ...{ state: "done", rows: 29, intervals: 3, readings: 24 },
      errors: [
        { key: "bad-value", count: 1, lines: [28] },
        { key: "bad-json", count: 1, lines: [29] },
      ],
    });
    const sums = await site.store.energy({ from: T0, to: T0 + 23 * HOUR, interval: "total", zone: ZONE });
    expect(Object.fromEntries(sums.map(({ meter, importWh }) => [meter, Math.round(importWh)]))).toEqual({
      "heat pump": 1_500,
      pump: 4_600,
    });
  });

  it("refuses what its file cannot be read by, and what is too large, and keeps none of it", async () => {
    const site = open();
    const { state, guess } = await send(site, table(10));
    const { meter: _, ...unnamed } = guess.mapping;
    const values = unnamed.values.map(({ meter: _, ...value }) => value);
    for (const mapping of [{ ...unnamed, values }, { ...guess.mapping, format: "energy-data-sqlite" } as const])
      await expect(site.imports.run(state.id, mapping)).rejects.toMatchObject({ code: "invalid-query" });
    await expect(site.imports.run("nothing")).rejects.toMatchObject({ code: "invalid-query", field: "id" });
    await expect(site.imports.receive("x", bytesOf(table(100)), 1_000)).rejects.toMatchObject({
      code: "invalid-query",
    });
    await expect(send(site, "SQLite format 3\0 but no more", "x.db")).rejects.toMatchObject({ code: "invalid-query" });
    await site.imports.remove(state.id);
    expect(await site.imports.list()).toEqual([]);
    expect(await everything(site)).toEqual([]);
  });

  it("of a file that nobody asked for in a day is forgotten, and the file goes; a file that was here stays", async () => {
    let now = Date.now();
    const site = open(undefined, () => now);
    const folder = join(site.settings.file, "..", "imports", "home");
    await send(site, table(10));
    const own = join(makeFolder(), "own.csv");
    writeFileSync(own, table(20));
    await site.imports.open(own, "own.csv");
    await site.close();

    now += 2 * DAY;
    const later = open(site.settings.file, () => now);
    expect(await later.imports.list()).toEqual([]);
    expect(readdirSync(folder)).toEqual([]);
    expect(statSync(own).size).toBeGreaterThan(0);
  });
});
