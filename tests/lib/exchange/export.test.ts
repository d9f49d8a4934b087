import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { exportRows, type ExportOptions, type ExportRow } from "../../../lib/exchange/export-rows";
import { collect, guessOf, readAsGuessed, rowsOf } from "./read-text";

async function written(rows: readonly ExportRow[], options: ExportOptions): Promise<string> {
  async function* all(): AsyncGenerator<ExportRow> {
    yield* rows;
  }
  return (await collect(exportRows(all(), options))).join("");
}

const ZONE = "Europe/Madrid";
const T0 = Date.parse("2024-10-27T00:30:00Z");
const HOUR = 3_600_000;

const number = fc.double({ min: -1e9, max: 1e9, noNaN: true }).map((value) => value + 0);
const instant = fc.integer({ min: 0, max: 4e12 });
const meter = fc.string({ minLength: 1, maxLength: 20 });
const reading = fc.record(
  {
    meter,
    at: instant,
    powerW: number,
    importWh: number,
    exportWh: number,
    volumeM3: number,
    temperatureC: number,
    socPercent: number,
    electrical: fc.record(
      { voltageV: number, phases: fc.record({ L2: fc.record({ currentA: number }) }) },
      { requiredKeys: [] },
    ),
    tariffs: fc.array(fc.record({ name: fc.string(), importWh: number }), { maxLength: 2 }),
  },
  { requiredKeys: ["meter", "at"] },
);

describe("JSON Lines", () => {
  it("of any readings are read back to equal values", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(reading, { minLength: 1 }),
        fc.constantFrom(ZONE, "UTC", "Asia/Kathmandu"),
        async (readings, zone) => {
          const text = await written(readings, { format: "ndjson", zone });
          const rows = await readAsGuessed(text, "vatio.ndjson");

          expect(rows).toEqual(
            readings.map(({ meter, at, ...values }, index) => ({ line: index + 1, meter, at, values })),
          );
        },
      ),
    );
  });

  it("of energy say their interval with the offset of their place", async () => {
    const energy = {
      meter: "grid",
      from: T0,
      to: T0 + HOUR,
      importWh: 250.5,
      exportWh: 0,
      volumeM3: 0,
      measuredMs: HOUR,
      estimatedMs: 0,
    };
    const text = await written([energy], { format: "ndjson", zone: ZONE });

    expect(JSON.parse(text)).toMatchObject({ from: "2024-10-27T02:30:00+02:00", to: "2024-10-27T02:30:00+01:00" });
    expect(await readAsGuessed(text, "x")).toEqual([
      { line: 1, meter: "grid", from: T0, to: T0 + HOUR, importWh: 250.5, exportWh: 0, volumeM3: 0 },
    ]);
  });

  it("that are broken are told by their line", async () => {
    const text = [
      '{"meter":"a","at":"2024-05-01T00:00:00Z","powerW":1}',
      "{",
      '{"meter":"a"}',
      '{"meter":"a","at":5,"powerW":"x"}',
    ].join("\n");

    expect(await rowsOf(text, { format: "vatio-ndjson", zone: ZONE })).toMatchObject([
      { line: 1, values: { powerW: 1 } },
      { line: 2, error: { key: "bad-json" } },
      { line: 3, error: { key: "not-a-reading", values: { field: "at" } } },
      { line: 4, error: { key: "not-a-reading", values: { field: "powerW" } } },
    ]);
  });
});

describe("CSV", () => {
  it("has a row of names, instants with their offset, and empty cells for what was not said", async () => {
    const rows = [
      { meter: "grid", at: T0, powerW: 1234.5678, electrical: { voltageV: 230, phases: { L2: { currentA: 1.5 } } } },
      { meter: "grid", at: T0 + HOUR + 250, importWh: 10 },
    ];
    const [names, first, second, end] = (await written(rows, { format: "csv", zone: ZONE, decimals: 2 })).split("\r\n");

    expect(names).toContain("meter,at,powerW,importWh,exportWh,volumeM3,temperatureC,socPercent,voltageV");
    expect(first).toBe("grid,2024-10-27T02:30:00+02:00,1234.57,,,,,,230,,,,,,,,,,,1.5,,,");
    expect(second?.startsWith("grid,2024-10-27T02:30:00.250+01:00,,10,")).toBe(true);
    expect(end).toBe("");
  });

  it.each(["=1+1", "+1", "-cmd", "@SUM(A1)", "\tx", "\rx"])(
    "disarms a name that a spreadsheet would run: %j",
    async (name) => {
      const text = await written([{ meter: name, at: T0, powerW: -5 }], { format: "csv", zone: ZONE });
      const line = text.slice(text.indexOf("\r\n") + 2);

      expect(line.replace(/^"/, "").startsWith(`'${name}`)).toBe(true);
      expect(line).toContain("+02:00,-5,");
    },
  );

  it("is read back by the import as it is guessed, readings and energy, decimal commas included", async () => {
    const readings = Array.from({ length: 30 }, (_, index) => ({
      meter: index % 2 ? "a" : "b;c",
      at: T0 + index * 900_000,
      powerW: 100.5 + index,
      importWh: 1000 + index * 2.25,
    }));
    for (const dialect of [{}, { delimiter: ";", decimal: "," }, { delimiter: "\t" }] as const) {
      const text = await written(readings, { format: "csv", zone: ZONE, ...dialect });
      const rows = await readAsGuessed(text, "export.csv", "UTC");
      expect(rows).toEqual(readings.map(({ meter, at, ...values }, index) => ({ line: index + 2, meter, at, values })));
    }

    const energies = Array.from({ length: 30 }, (_, index) => {
      const from = T0 + index * HOUR;
      return {
        meter: "a",
        from,
        to: from + HOUR,
        importWh: 200,
        exportWh: index,
        volumeM3: 0,
        meanW: 5,
        measuredMs: HOUR,
        estimatedMs: 0,
      };
    });
    const text = await written(energies, { format: "csv", zone: ZONE });
    expect(guessOf(text, "x.csv").mapping).toMatchObject({ timeColumn: 1, stepMinutes: 60, meterColumn: 0 });
    const rows = await readAsGuessed(text, "energy.csv");
    expect(rows.filter((row) => "importWh" in row)).toMatchObject(
      energies.map(({ from, to, importWh }) => ({ meter: "a", from, to, importWh })),
    );
    expect(rows.filter((row) => "exportWh" in row)).toHaveLength(30);
  });
});
