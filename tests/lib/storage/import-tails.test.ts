import { expect, it, onTestFinished } from "vitest";
import type { Reading } from "../../../lib/energy/reading";
import { openEngine, type Engine } from "../../../lib/storage/engine";
import { makeImportTails } from "../../../lib/storage/import-tails";
import { energyRowOf } from "../../../lib/storage/reading-columns";
import { openSqlite } from "../../../lib/storage/sqlite";
import { readingsOf } from "../../../lib/storage/stored-readings";
import { toColumns } from "./load-contract";

const MINUTE = 60_000;
const NOON = Date.UTC(2025, 2, 29, 12);
const [FROM, LAST] = [NOON - 30 * MINUTE, NOON - 1_000];

const said = (from: number, to: number): Reading[] =>
  Array.from({ length: (to - from) / 1_000 }, (_, index) => ({
    ...{ meter: "m", at: from + index * 1_000, source: "imported" },
    ...{ powerW: index / 10, importWh: 5 + index },
  }));

it.each<[string, (engine: Engine) => Promise<unknown>]>([
  ["nothing happened", () => Promise.resolve()],
  [
    "something was said between",
    (engine) => engine.appendAll([{ readings: [{ meter: "m", at: LAST - 500, powerW: 1 }] }]),
  ],
  [
    "something was said again",
    (engine) => engine.appendAll([{ readings: [{ meter: "m", at: LAST, powerW: 99_999 }] }]),
  ],
  [
    "something was said, and is packed",
    async (engine) => {
      await engine.appendAll([{ readings: [{ meter: "m", at: LAST - 500, powerW: 1 }] }]);
      await engine.sealUntil(NOON + 24 * 60 * MINUTE);
    },
  ],
  ["more was imported", (engine) => engine.load(toColumns(said(NOON, NOON + 5 * MINUTE)))],
  ["some was forgotten", (engine) => engine.purge("m", { from: NOON - 20 * MINUTE, to: NOON - 10 * MINUTE })],
  ["all was forgotten", (engine) => engine.purge("m", { from: 0, to: 2 * NOON })],
])("what an import goes on from is what is stored, after %s", async (_, change) => {
  const database = openSqlite(":memory:", "crash");
  const engine = await openEngine(database, { zone: "Europe/Madrid", maxPowerW: 100_000 });
  onTestFinished(() => engine.close());
  await engine.load(toColumns(said(NOON - 120 * MINUTE, NOON)));
  const tails = makeImportTails();
  await database.transact(async (trx) => {
    const rows = (await readingsOf(trx, 1, FROM - MINUTE, NOON)).map(energyRowOf);
    await tails.keep(trx, 1, FROM, LAST, rows);
  });
  await change(engine);
  await database.transact(async (trx) => {
    for (const [from, first] of [
      [FROM, NOON + 10 * MINUTE],
      [FROM - 5 * MINUTE, NOON + 10 * MINUTE],
      [NOON - 7 * MINUTE, NOON + 6 * MINUTE],
    ] as const) {
      const around = await tails.around(trx, { meter: 1, from, first, last: first + MINUTE, to: first + 30 * MINUTE });
      expect(around?.before).toEqual((await readingsOf(trx, 1, from, first)).map(energyRowOf));
      expect(around?.after).toEqual([]);
    }
    const taken = await tails.around(trx, {
      meter: 1,
      from: FROM,
      first: NOON - 90 * MINUTE,
      last: NOON + 90 * MINUTE,
      to: NOON + 99 * MINUTE,
    });
    expect(taken === undefined).toBe((await readingsOf(trx, 1, NOON - 90 * MINUTE, NOON + 90 * MINUTE + 1)).length > 0);
  });
});
