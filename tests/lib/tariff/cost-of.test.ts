import { expect, it } from "vitest";
import { costOf } from "../../../lib/tariff/cost-of";

it.each([
  [[], 0.25, 0],
  [[{ importWh: 1000 }, { importWh: 500 }], 0.2, 0.3],
  [[{ importWh: 1000 }], 0, 0],
])("costs what was bought: %j at %d is %d", (intervals, price, cost) => {
  expect(costOf(intervals, price)).toBeCloseTo(cost, 12);
});
