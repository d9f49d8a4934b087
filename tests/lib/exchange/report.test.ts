import { describe, expect, it } from "vitest";
import { IMPORT_REPORT, type ImportReport } from "../../../lib/exchange/import-report";
import { badRow, type ImportRow } from "../../../lib/exchange/import-row";
import { makeReport, type ReportOptions } from "../../../lib/exchange/make-report";
import type { GoodRow } from "../../../lib/exchange/meter-findings";

const T0 = Date.parse("2024-05-01T00:00:00Z");
const HOUR = 3_600_000;

async function reportOn(
  rows: readonly ImportRow[],
  stored: readonly GoodRow[] = [],
  options?: ReportOptions,
): Promise<ImportReport> {
  const existing = async (meter: string, from: number, to: number): Promise<GoodRow[]> =>
    stored.filter((row) => {
      const at = "from" in row ? row.from : row.at;
      return row.meter === meter && at >= from && at < to;
    });
  const report = makeReport({ existing }, options);
  for (let at = 0; at < rows.length; at += 100) await report.add(rows.slice(at, at + 100));
  return IMPORT_REPORT.parse(await report.done());
}

const power = (index: number, powerW: number, meter = "a"): GoodRow => ({
  line: index + 2,
  meter,
  at: T0 + index * 10_000,
  values: { powerW },
});
const register = (index: number, importWh: number): GoodRow => ({
  line: index + 2,
  meter: "a",
  at: T0 + index * HOUR,
  values: { importWh },
});
const energy = (index: number, importWh: number): GoodRow => {
  const from = T0 + index * HOUR;
  return { line: index + 2, meter: "a", from, to: from + HOUR, importWh };
};
const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe("the report of an import", () => {
  it("of a good file finds nothing to tell", async () => {
    const report = await reportOn(upTo(5000).map((index) => power(index, 200 + (index % 50))));

    expect(report).toEqual({
      rows: 5000,
      meters: [
        {
          meter: "a",
          rows: 5000,
          from: T0,
          to: T0 + 4999 * 10_000,
          newestFirst: false,
          outOfOrder: 0,
          doubles: { same: 0, differing: 0 },
          stored: { same: 0, differing: 0 },
          holes: { count: 0, first: [] },
          stepMs: 10_000,
          resets: { count: 0, first: [] },
        },
      ],
      rowsOfMoreMeters: 0,
      errors: [],
    });
  });

  it("tells doubles in the file from ones in the store, and the differing apart", async () => {
    const rows = upTo(50).map((index) => power(index, index + 100));
    const doubled = [...rows, power(49, 149), power(48, 1)];
    const stored = [power(3, 103), power(4, 5), power(4.5, 7), power(5, 105, "other")];
    const { meters } = await reportOn(doubled, stored);

    expect(meters[0]).toMatchObject({
      doubles: { same: 1, differing: 1 },
      stored: { same: 1, differing: 1 },
      outOfOrder: 1,
    });
  });

  it("finds holes in readings and in intervals, also in a file that goes back in time", async () => {
    const readings = upTo(100)
      .filter((index) => index < 40 || index > 60)
      .map((index) => power(index, 100));
    const hole = { from: T0 + 39 * 10_000, to: T0 + 61 * 10_000 };
    const forwards = await reportOn(readings);
    expect(forwards.meters[0]?.holes).toEqual({ count: 1, first: [hole] });
    const backwards = await reportOn(readings.toReversed());
    expect(backwards.meters[0]).toMatchObject({ holes: { count: 1, first: [hole] }, newestFirst: true, outOfOrder: 0 });

    const intervals = await reportOn([0, 1, 2, 5, 6].map((index) => energy(index, 300)));
    expect(intervals.meters[0]?.holes).toEqual({ count: 1, first: [{ from: T0 + 3 * HOUR, to: T0 + 5 * HOUR }] });
  });

  it("finds registers that fall, and tells the first few", async () => {
    const report = await reportOn(upTo(40).map((index) => register(index, (index % 20) * 500)));

    expect(report.meters[0]?.resets).toEqual({
      count: 1,
      first: [{ at: T0 + 20 * HOUR, measure: "importWh", before: 9500, after: 0 }],
    });
  });

  it("suspects a unit by what the values would mean as power", async () => {
    const suspected = async (rows: readonly GoodRow[], options?: ReportOptions) =>
      (await reportOn(rows, [], options)).meters[0]?.suspectedUnit;

    expect(await suspected(upTo(48).map((index) => energy(index, 350_000)))).toMatchObject({
      factor: 0.001,
      meanW: 350_000,
    });
    expect(
      await suspected(
        upTo(48).map((index) => energy(index, 350_000)),
        { likelyMaxW: 1e6 },
      ),
    ).toBeUndefined();
    expect(await suspected(upTo(48).map((index) => power(index, 0.4)))).toMatchObject({ factor: 1000 });
    expect(await suspected(upTo(48).map((index) => register(index, index * 400)))).toBeUndefined();
    expect(await suspected(upTo(48).map((index) => register(index, index * 400_000)))).toMatchObject({ factor: 0.001 });
  });

  it("tells the longest day and more at zero, as files are that write nothing so", async () => {
    const report = await reportOn(upTo(100).map((index) => energy(index, index >= 10 && index < 60 ? 0 : 200)));

    expect(report.meters[0]?.zeros).toEqual({ from: T0 + 10 * HOUR, to: T0 + 60 * HOUR });
  });

  it("counts what could not be read by its kind, with the first lines", async () => {
    const rows: ImportRow[] = [
      ...upTo(8).map((index) => badRow(index + 10, "bad-time")),
      badRow(30, "bad-number"),
      power(0, 1),
    ];

    expect(await reportOn(rows)).toMatchObject({
      rows: 10,
      errors: [
        { key: "bad-time", count: 8, lines: [10, 11, 12, 13, 14] },
        { key: "bad-number", count: 1, lines: [30] },
      ],
    });
  });

  it("asks the store for an hour at a time, whatever the file's span", async () => {
    const asked: number[] = [];
    const report = makeReport({
      existing: async (_meter, from, to) => {
        asked.push(to - from);
        return [];
      },
    });
    await report.add([
      ...upTo(5000).map((index) => power(index, 1)),
      ...upTo(50).map((index) => ({ ...power(index, 1), at: index * 1e10 })),
    ]);
    await report.done();

    expect(Math.max(...asked)).toBeLessThanOrEqual(HOUR);
  });

  it("stays small where a wrong column was taken for the meter", async () => {
    const report = await reportOn(upTo(5000).map((index) => power(index, 100, `m${index}`)));

    expect(report.meters).toHaveLength(2000);
    expect(report.rowsOfMoreMeters).toBe(3000);
  });
});
