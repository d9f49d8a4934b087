import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Reading } from "../../../lib/energy/reading";
import { openEngine, type Engine } from "../../../lib/storage/engine";
import { openNodeSqlite } from "../../../lib/storage/node-sqlite";
import { openSqlite } from "../../../lib/storage/sqlite";

const MINUTE = 60_000;
const NOON = Date.UTC(2025, 4, 10, 12);
const ZONE = "Europe/Madrid";

const said = (minute: number, importWh: number, serial?: string): Reading => ({
  meter: "grid",
  at: NOON + minute * MINUTE,
  importWh,
  ...(serial !== undefined && { serial }),
});
/** The old meter to minute 2, the new one from minute 3 on. */
const swapped = [
  said(0, 900_000, "A1"),
  said(1, 900_010, "A1"),
  said(2, 900_020, "A1"),
  said(3, 4_000, "B2"),
  said(4, 4_030, "B2"),
];

describe.each([
  ["better-sqlite3", {}],
  ["Node's own SQLite", { driver: openNodeSqlite }],
])("a meter's serial number in %s", (_, options) => {
  let engine: Engine;
  beforeEach(async () => {
    engine = await openEngine(openSqlite(":memory:", "crash", options), { zone: ZONE, maxPowerW: 100_000 });
  });
  afterEach(() => engine.close());

  const append = (...readings: Reading[]) => engine.appendAll([{ readings }]);
  const importWh = async () => {
    const rows = await engine.energy({ from: NOON, to: NOON + 60 * MINUTE, interval: "total", zone: ZONE });
    return Math.round(rows[0]?.importWh ?? NaN);
  };
  const swaps = async () =>
    (await engine.rulings({ limit: 50 })).map(({ at, path, kind, by }) => [(at - NOON) / MINUTE, path, kind, by]);
  const found = async () =>
    (await engine.quarantine({ limit: 50 })).map(({ at, reason, status }) => [(at - NOON) / MINUTE, reason, status]);

  it("that changes is a swap, and what was used meanwhile is not made up", async () => {
    for (const reading of swapped) {
      await append(reading);
      await importWh();
    }
    expect(await swaps()).toEqual([[3, "*", "swap", "meter"]]);
    expect(await importWh()).toBe(20 + 30);
    expect(await found()).toEqual([[3, "swap", "noted"]]);
  });

  it("changes where it does, whichever of the two meters is heard first", async () => {
    await append(...swapped.toReversed());
    expect(await swaps()).toEqual([[3, "*", "swap", "meter"]]);
    expect(await importWh()).toBe(20 + 30);
  });

  it("is known from the first reading that says it, and forgotten by none that does not", async () => {
    await append(said(0, 10), said(1, 20, "A1"), said(2, 30), said(3, 40, "A1"));
    expect(await swaps()).toEqual([]);
    expect(await importWh()).toBe(30);
  });

  it("changes no more once a person has said that it was no swap", async () => {
    await append(...swapped.slice(0, 4));
    const [swap] = await engine.rulings({ limit: 1 });
    await engine.undoRuling(swap?.id ?? 0, "Ana");
    await append(...swapped);
    expect(await found()).toEqual([[3, "pending", "open"]]);
  });

  it("of two meters under one name makes no more than three swaps a day", async () => {
    for (let minute = 0; minute < 40; minute += 1) await append(said(minute, 1_000, minute % 2 ? "A1" : "B2"));
    expect(await swaps()).toHaveLength(3);
  });
});
