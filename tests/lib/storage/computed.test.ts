import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Formula } from "../../../lib/energy/formula";
import type { Reading } from "../../../lib/energy/reading";
import { openEngine, type Engine } from "../../../lib/storage/engine";
import { openSqlite } from "../../../lib/storage/sqlite";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const ZONE = "Europe/Madrid";
/** Midnight in Madrid. */
const START = Date.UTC(2025, 4, 9, 22);
const DAY = { from: START, to: START + 24 * HOUR, zone: ZONE };

describe("a meter that is computed from others", () => {
  let engine: Engine;
  beforeEach(async () => {
    engine = await openEngine(openSqlite(":memory:", "crash"), { zone: ZONE, maxPowerW: 100_000 });
    const readings: Reading[] = [];
    for (let minute = 0; minute <= 120; minute += 15) {
      const at = START + minute * MINUTE;
      readings.push({ meter: "grid", at, importWh: minute * 20, exportWh: 0 });
      readings.push({ meter: "pump", at, importWh: minute * 5 });
      readings.push({ meter: "sun", at, importWh: 0, exportWh: minute * 10 });
    }
    await engine.appendAll([{ readings }]);
  });
  afterEach(() => engine.close());

  const compute = (key: string, plus: readonly string[], minus: readonly string[] = []) => {
    const formula: Formula = { plus, minus };
    return engine.putMeter({ key, role: "load", gapLimitMs: 5 * MINUTE, formula });
  };
  const totals = async (...meters: string[]) =>
    (await engine.energy({ ...DAY, meters, interval: "total" })).map((row) => [
      row.meter,
      Math.round(row.importWh),
      Math.round(row.exportWh),
    ]);

  it("is answered like any other, from its parts, by every interval", async () => {
    await compute("rest", ["grid"], ["pump"]);
    expect(await totals("rest")).toEqual([["rest", 1_800, 0]]);
    for (const [interval, count] of [
      ["quarter", 8],
      ["hour", 2],
      ["day", 1],
      ["month", 1],
    ] as const) {
      const rows = await engine.energy({ ...DAY, meters: ["rest", "grid"], interval });
      const of = (key: string) => rows.filter(({ meter }) => meter === key);
      expect(of("rest")).toHaveLength(count);
      const sum = of("rest").reduce((total, { importWh }) => total + importWh, 0);
      expect(sum).toBeCloseTo(1_800, 6);
      expect(of("rest").map(({ from, to, measuredMs, estimatedMs }) => [from, to, measuredMs, estimatedMs])).toEqual(
        of("grid").map(({ from, to, measuredMs, estimatedMs }) => [from, to, measuredMs, estimatedMs]),
      );
      expect(rows.map(({ from }) => from)).toEqual(rows.map(({ from }) => from).sort((a, b) => a - b));
    }
  });

  it("may be made of computed ones, and nets what it takes off by quarter", async () => {
    await compute("house", ["grid"], ["sun"]);
    await compute("rest", ["house"], ["pump"]);
    await compute("surplus", ["pump"], ["grid"]);
    expect(await totals("house", "rest", "surplus")).toEqual([
      ["house", 3_600, 0],
      ["rest", 3_000, 0],
      ["surplus", 0, 1_800],
    ]);
  });

  it("is among all meters, and what it said itself before does not count", async () => {
    await engine.appendAll([
      {
        readings: [
          { meter: "both", at: START, importWh: 0 },
          { meter: "both", at: START + MINUTE, importWh: 100 },
        ],
      },
    ]);
    await compute("both", ["grid", "pump"]);
    const rows = await engine.energy({ ...DAY, interval: "total" });
    expect(rows.map(({ meter }) => meter).sort()).toEqual(["both", "grid", "pump", "sun"]);
    expect(await totals("both")).toEqual([["both", 3_000, 0]]);
  });

  it("has nothing to say where its formula goes round in a circle", async () => {
    await compute("a", ["b", "grid"]);
    await compute("b", ["a"]);
    expect(await totals("a", "b")).toEqual([]);
  });

  it("follows what its parts say late", async () => {
    await compute("rest", ["grid"], ["pump"]);
    expect(await totals("rest")).toEqual([["rest", 1_800, 0]]);
    await engine.appendAll([{ readings: [{ meter: "pump", at: START + 135 * MINUTE, importWh: 700 }] }]);
    // The grid meter fell silent: of the last quarter the pump's part alone is known.
    expect(await totals("rest")).toEqual([["rest", 1_800, 0]]);
    await engine.appendAll([{ readings: [{ meter: "grid", at: START + 135 * MINUTE, importWh: 2_750 }] }]);
    expect(await totals("rest")).toEqual([["rest", 2_050, 0]]);
  });

  it("is drawn from its quarters", async () => {
    const powers = (meter: string, powerW: number): Reading[] =>
      [0, 5, 10, 15].map((minute) => ({ meter, at: START + minute * MINUTE, powerW }));
    await engine.appendAll([{ readings: [...powers("grid", 900), ...powers("pump", 250)] }]);
    await compute("rest", ["grid"], ["pump"]);
    const line = await engine.powerLine({ meter: "rest", from: START, to: START + HOUR, points: 20 });
    expect(line).toEqual({ at: [START, START + 7.5 * MINUTE], powerW: [650, 650] });
  });
});
