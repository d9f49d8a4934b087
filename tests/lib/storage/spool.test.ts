import Database from "better-sqlite3";
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { Reading } from "../../../lib/energy/reading";
import type { Batch, EnergyStore } from "../../../lib/storage/energy-store";
import { openStore } from "../../../lib/storage/open-store";
import { openSpool, type SpoolState } from "../../../lib/storage/spool";
import { openWorkerStore } from "../../../lib/storage/worker-store";
import { startCable } from "../../support/cable";
import { describeServer, KINDS, makeDatabase, type TestDatabase } from "../../support/databases";
import { until } from "../../support/until";

const START = Date.UTC(2025, 4, 10, 12);
const ALL = { from: START - 1, to: START + 1e9 };
const said = (index: number): Reading => ({ meter: "m", at: START + index * 1_000, powerW: index });
const batch = (index: number, dup = false): Batch => ({
  readings: [said(index)],
  delivery: { session: "s", packetId: index, hash: `h${index}`, dup },
});
const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

const folder = mkdtempSync(join(tmpdir(), "vatio-spool-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let count = 0;
const newName = () => join(folder, String((count += 1)));

describe("a spool before SQLite that another process has locked", () => {
  const open = (settings: { name?: string; maxBytes?: number; minFreeBytes?: number; limitMs?: number } = {}) => {
    const { name = newName(), maxBytes = 1e9, minFreeBytes = 0, limitMs = 300 } = settings;
    const states: SpoolState[] = [];
    const inner = openWorkerStore({ file: `${name}.db`, durability: "crash", zone: "UTC" });
    const spool = { file: `${name}.spool`, maxBytes, minFreeBytes };
    const store = openSpool(inner, spool, { limitMs, onState: (state) => states.push(state) });
    onTestFinished(() => store.close());
    return { name, store, states, kind: () => states.at(-1)?.kind };
  };
  const lock = (name: string) => {
    const other = new Database(`${name}.db`);
    other.exec("BEGIN IMMEDIATE");
    return () => void other.close();
  };
  const powers = async (store: EnergyStore) => (await store.readings(ALL)).map(({ powerW }) => powerW);

  it("takes readings meanwhile, and hands them on in order when the lock is gone", async () => {
    const { name, store, states, kind } = open();
    await store.append(batch(0));
    const release = lock(name);
    for (const index of range(40)) expect(await store.append(batch(1 + index))).toHaveLength(1);
    expect(await powers(store)).toEqual([0]);
    expect(kind()).toBe("spooling");
    expect(statSync(`${name}.spool`).mode & 0o777).toBe(0o600);
    release();
    await until("the spool to be empty", () => kind() === "through");
    expect(await powers(store)).toEqual(range(41));
    await store.append(batch(41));
    expect(await powers(store)).toEqual(range(42));
    expect(states.map((state) => state.kind)).toEqual(["through", "spooling", "through"]);
    const raw = new Database(`${name}.db`, { readonly: true });
    const order = raw.prepare<[], { packetId: number }>("SELECT packetId FROM delivery ORDER BY seq").all();
    raw.close();
    // The one that found the lock may have come through on its own as well.
    expect([...new Set(order.map(({ packetId }) => packetId))].sort((a, b) => a - b)).toEqual(range(42));
  });

  it("knows what the broker delivers again, whether it waits, was handed on, or was stored before", async () => {
    const { name, store, kind } = open();
    await store.append(batch(0));
    const release = lock(name);
    await store.append(batch(1));
    expect(await store.append({ ...batch(1, true), readings: [said(91)] })).toEqual([]);
    await store.append({ ...batch(0, true), readings: [said(90)] });
    release();
    await until("the spool to be empty", () => kind() === "through");
    expect(await store.append({ ...batch(1, true), readings: [said(92)] })).toEqual([]);
    expect(await powers(store)).toEqual([0, 1]);
  });

  it("keeps what is not believed as well", async () => {
    const { name, store, kind } = open();
    await store.append(batch(0));
    const release = lock(name);
    await store.setAside([said(5)], "instant");
    release();
    await until("the spool to be empty", () => kind() === "through");
    expect(await store.quarantine({ limit: 9 })).toMatchObject([{ at: START + 5_000, reason: "instant" }]);
  });

  it("takes no more than it may, drops nothing, and goes on when there is room", async () => {
    const { name, store, kind } = open({ maxBytes: 200_000 });
    await store.append(batch(0));
    const release = lock(name);
    let kept = 1;
    const fillUp = async (): Promise<unknown> => {
      for (;;) {
        const one = { readings: range(200).map((index) => said(kept * 200 + index)) };
        try {
          await store.append(one);
        } catch (error) {
          return error;
        }
        kept += 1;
      }
    };
    expect(await fillUp()).toMatchObject({
      code: "storage-failed",
      message: expect.stringContaining("full") as string,
    });
    expect(kind()).toBe("full");
    expect(kept).toBeGreaterThan(3);
    release();
    await until("the spool to be empty", () => kind() === "through");
    expect(await powers(store)).toHaveLength(1 + 200 * (kept - 1));
    await store.append({ readings: [said(1e5)] });
    expect(await powers(store)).toHaveLength(2 + 200 * (kept - 1));
  });

  it("leaves the disk the room that it must", async () => {
    const { name, store, kind } = open({ minFreeBytes: 1e18 });
    // Opening the database may take longer than an append is waited for, and the spool has no room.
    await until("the database", () => store.append(batch(0)).then(Boolean, () => false));
    const release = lock(name);
    await expect(store.append(batch(1))).rejects.toMatchObject({ code: "storage-failed" });
    expect(kind()).toBe("full");
    release();
    await until("room", () => store.append(batch(1)).then(Boolean, () => false));
    expect(await powers(store)).toEqual([0, 1]);
  });

  it("hands on what a process before it left behind, before anything new, and knows its meters meanwhile", async () => {
    const first = open();
    await first.store.putMeter({ key: "m", role: "grid", gapLimitMs: 1_000 });
    await first.store.append(batch(0));
    await first.store.meters();
    const release = lock(first.name);
    for (const index of range(5)) await first.store.append(batch(1 + index));
    await first.store.close();

    const second = open({ name: first.name });
    expect(await second.store.append(batch(6))).toHaveLength(1);
    expect(second.kind()).toBe("spooling");
    expect(await second.store.lastInstants(START)).toEqual([{ meter: "m", at: START + 6_000 }]);
    expect(await second.store.meters()).toMatchObject([{ key: "m", role: "grid" }]);
    release();
    await until("the spool to be empty", () => second.kind() === "through");
    expect(await powers(second.store)).toEqual(range(7));
  });

  it("hands on what a process before it left behind though nothing new comes", async () => {
    const first = open();
    await first.store.append(batch(0));
    const release = lock(first.name);
    await first.store.append(batch(1));
    await first.store.close();
    release();
    const second = open({ name: first.name });
    await until("the spool to be empty", () => second.kind() === "through");
    expect(await powers(second.store)).toEqual([0, 1]);
  });

  it("passes on what the store refuses for another reason", async () => {
    const { store, kind } = open();
    await expect(store.renameMeter("nobody", "x")).rejects.toMatchObject({ code: "invalid-query" });
    await store.append(batch(0));
    expect(kind()).toBe("through");
  });
});

for (const server of KINDS)
  await describeServer(server, (title) => {
    let database: TestDatabase;
    beforeAll(async () => {
      database = await makeDatabase(server);
    });
    afterAll(() => database.drop());

    it(`stores in order what came while ${title} was cut off, at more than five times its pace`, async () => {
      const cable = await startCable(database.settings.port);
      const name = newName();
      const states: SpoolState[] = [];
      const open = () =>
        openStore(
          {
            file: `${name}.db`,
            durability: "crash",
            zone: "UTC",
            server: { ...database.settings, host: "127.0.0.1", port: cable.port },
          },
          { onSpool: (state) => states.push(state) },
        );
      const store = open();
      onTestFinished(() => store.close());
      expect(await store.append(batch(0))).toHaveLength(1);
      expect(existsSync(`${name}.db`)).toBe(false);

      cable.cut();
      const kept = await Promise.all(range(2_000).map((index) => store.append(batch(1 + index))));
      expect(kept.every(({ length }) => length === 1)).toBe(true);
      for (const index of range(500)) await store.append(batch(2_001 + index));
      expect(await store.append({ ...batch(7, true), readings: [said(9_999)] })).toEqual([]);

      cable.mend();
      await until(
        "the first of what waited",
        async () => (await database.ask("select at from reading")).length > 1,
        30_000,
      );
      const drainBegan = performance.now();
      await until("the spool to be empty", () => states.at(-1)?.kind === "through", 60_000);
      const drainMs = performance.now() - drainBegan;
      const powers = (await store.readings(ALL)).map(({ powerW }) => powerW);
      expect(powers).toEqual(range(2_501));
      expect(await store.append({ ...batch(2_000, true), readings: [said(9_999)] })).toEqual([]);
      // A house of a hundred meters at one a second takes 25 s for as much.
      expect(drainMs).toBeLessThan(5_000);
    }, 120_000);
  });
