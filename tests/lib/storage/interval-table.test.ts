import fc from "fast-check";
import { expect, it } from "vitest";
import { fromIntervalTable, toIntervalTable } from "../../../lib/storage/interval-table";

const number = fc.double({ noNaN: true });
const interval = fc.record(
  {
    meter: fc.string(),
    from: fc.integer(),
    to: fc.integer(),
    importWh: number,
    exportWh: number,
    volumeM3: number,
    measuredMs: number,
    estimatedMs: number,
    meanW: number,
    minW: number,
    maxW: number,
  },
  { requiredKeys: ["meter", "from", "to", "importWh", "exportWh", "volumeM3", "measuredMs", "estimatedMs"] },
);

it("gives intervals back as they were, in their order and without what none was said of", () => {
  fc.assert(
    fc.property(fc.array(interval), (intervals) => {
      expect(fromIntervalTable(structuredClone(toIntervalTable(intervals)))).toEqual(
        intervals.map((one) => ({ ...one })),
      );
    }),
  );
});
