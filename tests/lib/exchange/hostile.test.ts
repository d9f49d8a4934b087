import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EnergyError } from "../../../lib/errors";
import { FORMATS, IMPORT_MAPPING } from "../../../lib/exchange/mapping";
import { guessOf, rowsOf } from "./read-text";

const piece = fc.oneof(
  fc.constantFrom(
    ",",
    ";",
    "\t",
    "\n",
    "\r\n",
    '"',
    " ",
    "=",
    "<feed>",
    "<IntervalReading>",
    "{",
    "}",
    '{"at":1}',
    "CUPS;Fecha;Hora;Consumo_kWh",
    'e,m=a p=1,t="x" 1736899200000000000',
    "\\",
  ),
  fc.constantFrom(
    "2024-03-31 02:30",
    "01/02/2024",
    "1e999",
    "-0",
    "0x10",
    "1,5",
    "1.5",
    "1700000000",
    "24:00",
    "99999999999999999999",
  ),
  fc.constantFrom(
    "time",
    "power_w",
    "energy kWh",
    "statistic_id",
    "start",
    "sum",
    "from",
    "to",
    "at",
    "9999-12-31",
    "0001-01-01",
  ),
  fc.string(),
  fc.string({ unit: "binary" }),
);
const text = fc.array(piece, { maxLength: 200 }).map((pieces) => pieces.join(""));

describe("anything at all", () => {
  it("is guessed at without an error, and read as guessed to rows or one sentence about the mapping", async () => {
    await fc.assert(
      fc.asyncProperty(text, async (any) => {
        const { mapping, sure } = guessOf(any, "any.csv");
        expect(IMPORT_MAPPING.parse(mapping)).toEqual(mapping);
        for (const share of Object.values(sure)) expect(share >= 0 && share <= 1).toBe(true);
        await readCalmly(any, mapping);
      }),
      { numRuns: 300 },
    );
  });

  it("is read in every format of text without an error", async () => {
    const values = [{ column: 1, measure: "importWh", meaning: "interval", unit: "kWh" }];
    const formats = FORMATS.filter((format) => !format.endsWith("sqlite"));
    await fc.assert(
      fc.asyncProperty(text, fc.constantFrom(...formats), async (any, format) => {
        await readCalmly(any, {
          format,
          zone: "Europe/Madrid",
          timeColumn: 0,
          stepMinutes: 60,
          values,
          delimiter: ";",
        });
      }),
      { numRuns: 300 },
    );
  });

  it("of a thousand columns is guessed at", () => {
    const wide = Array.from({ length: 1000 }, (_, index) => String(index)).join(",");
    expect(guessOf(Array.from({ length: 10 }, () => wide).join("\n"), "wide.csv").mapping.delimiter).toBe(",");
  });
});

async function readCalmly(any: string, mapping: unknown): Promise<void> {
  try {
    const rows = await rowsOf(any, mapping);
    const lines = rows.map(({ line }) => line);
    expect(lines).toEqual(lines.toSorted((a, b) => a - b));
    for (const row of rows) {
      if ("at" in row) expect(Number.isFinite(row.at)).toBe(true);
      else if ("from" in row) expect(row.from < row.to).toBe(true);
    }
  } catch (error) {
    if (!(error instanceof EnergyError) || error.code !== "invalid-config") throw error;
  }
}
