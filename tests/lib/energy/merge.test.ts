import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mergeKept, toKept, type Kept } from "../../../lib/energy/merge";
import type { Reading } from "../../../lib/energy/reading";

const kept = (values: Partial<Reading>): Kept => toKept({ meter: "m", at: 1, ...values });
const merged = (a: Partial<Reading>, b: Partial<Reading>) => mergeKept(kept(a), kept(b));

const power = fc.integer({ min: -3, max: 3 });
const electrical = fc.record(
  { voltageV: power, phases: fc.record({ L1: fc.record({ powerW: power }, { requiredKeys: [] }) }) },
  { requiredKeys: [] },
);
const reading: fc.Arbitrary<Kept> = fc
  .record(
    {
      powerW: power,
      importWh: fc.nat({ max: 3 }),
      electrical,
      tariffs: fc
        .array(fc.record({ name: fc.constantFrom("T1", "T2"), importWh: fc.nat({ max: 3 }) }), { maxLength: 2 })
        .map((list) =>
          [...new Map(list.map((one) => [one.name, one])).values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
        ),
      source: fc.constantFrom("live" as const, "imported" as const),
    },
    { requiredKeys: [] },
  )
  .map((values) => kept(values as Partial<Reading>));
const plain = ({ values, imported }: Kept) => ({ values, imported });

describe("mergeKept", () => {
  it.each([
    ["joins what the two say", { powerW: 5 }, { importWh: 7 }, { powerW: 5, importWh: 7 }],
    ["takes the larger register", { importWh: 7 }, { importWh: 9 }, { importWh: 9 }],
    ["takes the larger power, whatever its sign", { powerW: 5 }, { powerW: -6 }, { powerW: -6 }],
    ["prefers import over export of the same size", { powerW: -5 }, { powerW: 5 }, { powerW: 5 }],
    ["lets live beat imported", { powerW: 5 }, { powerW: 9, source: "imported" as const }, { powerW: 5 }],
    [
      "goes down to each phase",
      { electrical: { voltageV: 230, phases: { L1: { powerW: 1 } } } },
      { electrical: { phases: { L1: { powerW: 2 }, L2: { powerW: 3 } } } },
      { electrical: { voltageV: 230, phases: { L1: { powerW: 2 }, L2: { powerW: 3 } } } },
    ],
    [
      "matches tariff registers by name",
      { tariffs: [{ name: "T1", importWh: 1 }] },
      { tariffs: [{ name: "T2", importWh: 2 }] },
      {
        tariffs: [
          { name: "T1", importWh: 1 },
          { name: "T2", importWh: 2 },
        ],
      },
    ],
  ])("%s", (_, a, b, expected) => {
    expect(merged(a, b).values).toEqual(expected);
  });

  it("names every value that lost", () => {
    expect(
      merged({ powerW: 5, electrical: { voltageV: 1 } }, { powerW: -6, electrical: { voltageV: 2 } }).losers,
    ).toEqual([
      { path: "powerW", value: 5 },
      { path: "electrical.voltageV", value: 1 },
    ]);
  });

  it("does not depend on order, and merging twice changes nothing", () => {
    fc.assert(
      fc.property(reading, reading, reading, (a, b, c) => {
        expect(plain(mergeKept(a, b))).toEqual(plain(mergeKept(b, a)));
        expect(plain(mergeKept(mergeKept(a, b), c))).toEqual(plain(mergeKept(a, mergeKept(b, c))));
        expect(plain(mergeKept(a, a))).toEqual(plain(a));
      }),
    );
  });
});
