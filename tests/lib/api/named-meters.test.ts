import { expect, it } from "vitest";
import { namedMeters } from "../../../lib/api/answers/named-meters";
import type { Meter } from "../../../lib/storage/energy-store";

const known = ["grid", "grid/1", "heat, pump", "heat", "a,b"].map((key): Meter => ({
  id: 1,
  key,
  role: "load",
  gapLimitMs: 300_000,
}));
const keys = (names: string): string[] => namedMeters(known, names).map(({ key }) => key);

it.each([
  ["grid", ["grid"]],
  ["grid,grid/1", ["grid", "grid/1"]],
  [" grid/1 , grid ", ["grid", "grid/1"]],
  ["heat, pump", ["heat, pump"]],
  ["heat, pump,grid", ["grid", "heat, pump"]],
  ["heat,a,b", ["heat", "a,b"]],
  ["grid,grid", ["grid"]],
])("the meters that %j names", (names, expected) => {
  expect(keys(names)).toEqual(expected);
});

it.each(["gri", "grid,none", "grid,,heat", "a", ""])("%j names one that is not there", (names) => {
  expect(() => keys(names)).toThrow("noMeter");
});
