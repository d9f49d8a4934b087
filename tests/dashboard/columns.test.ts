import { describe, expect, it } from "vitest";
import type { Mapping } from "../../dashboard/src/api/history-api";
import {
  missingIn,
  roleOf,
  ROLES,
  unitsOf,
  VALUE_ROLES,
  withFactor,
  withRole,
  withUnit,
} from "../../dashboard/src/model/columns";
import { COLUMN_MEASURES, IMPORT_MAPPING } from "../../lib/exchange/mapping";
import { scaleOf } from "../../lib/meters/units";

const mapping: Mapping = IMPORT_MAPPING.parse({
  ...{ format: "csv", zone: "Europe/Madrid", timeColumn: 0, meterColumn: 2 },
  values: [
    { column: 1, measure: "importWh", meaning: "interval", unit: "kWh", meter: "flat 2" },
    { column: 4, measure: "voltageV", meaning: "power" },
  ],
});
const rolesOf = (one: Mapping): string[] => [0, 1, 2, 3, 4].map((column) => roleOf(one, column));

describe("the columns of a file", () => {
  it("are what the mapping says", () => {
    expect(rolesOf(mapping)).toEqual(["time", "importWh/interval", "meter", "none", "voltageV/power"]);
  });

  it.each(ROLES)("can each be %s, and the mapping is one that the server takes", (role) => {
    const changed = withRole(mapping, 3, role);
    expect(roleOf(changed, 3)).toBe(role);
    expect(IMPORT_MAPPING.parse(changed)).toEqual(changed);
  });

  it("leave what they were, and take what only one can be", () => {
    expect(rolesOf(withRole(mapping, 1, "time"))).toEqual(["none", "time", "meter", "none", "voltageV/power"]);
    expect(rolesOf(withRole(mapping, 2, "none"))).toEqual([
      "time",
      "importWh/interval",
      "none",
      "none",
      "voltageV/power",
    ]);
    expect(withRole(mapping, 1, "time").values).toEqual([mapping.values[1]]);
  });

  it("keep their meter and a unit that fits", () => {
    const register = withRole(withUnit(mapping, 1, "MWh"), 1, "importWh/register");
    expect(register.values[0]).toEqual({ ...mapping.values[0], meaning: "register", unit: "MWh" });
    expect(withRole(register, 1, "volumeM3/register").values[0]).toMatchObject({ unit: "m3", meter: "flat 2" });
    expect(withRole(register, 1, "temperatureC/power").values[0]).toEqual({
      ...{ column: 1, measure: "temperatureC", meaning: "power", meter: "flat 2" },
    });
  });

  it("are read a thousand times larger or smaller, as far as there are units", () => {
    const unit = (one: Mapping | undefined) => one?.values.map((value) => value.unit);
    expect(unit(withFactor(mapping, 1000))).toEqual(["MWh", undefined]);
    expect(unit(withFactor(mapping, 0.001))).toEqual(["Wh", undefined]);
    expect(withFactor(withUnit(mapping, 1, "MWh"), 1000)).toBeUndefined();
    expect(withFactor(withRole(mapping, 1, "none"), 1000)).toBeUndefined();
  });

  it("say what is missing before a file can be read", () => {
    expect(missingIn({ ...mapping, stepMinutes: 60 })).toBeUndefined();
    expect(missingIn(mapping)).toBe("step");
    expect(missingIn(withRole(mapping, 1, "importWh/register"))).toBeUndefined();
    expect(missingIn(withRole(mapping, 0, "none"))).toBe("columns");
    expect(missingIn({ ...withRole(mapping, 0, "none"), start: "2026-01-01", stepMinutes: 15 })).toBeUndefined();
    expect(missingIn({ ...mapping, values: [] })).toBe("columns");
    expect(missingIn({ ...mapping, format: "green-button", values: [] })).toBeUndefined();
  });

  it("have a role for every measure, and units that measure it", () => {
    const measures = new Set(VALUE_ROLES.map((role) => role.split("/")[0]));
    expect([...measures].sort()).toEqual([...COLUMN_MEASURES].sort());
    const quantities = { powerW: "power", importWh: "energy", exportWh: "energy", volumeM3: "volume" } as const;
    for (const measure of COLUMN_MEASURES)
      for (const unit of unitsOf(measure))
        expect(scaleOf(unit).quantity).toBe(quantities[measure as keyof typeof quantities]);
  });
});
