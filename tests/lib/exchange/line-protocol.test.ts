import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { IMPORT_MAPPING } from "../../../lib/exchange/mapping";
import { readImport } from "../../../lib/exchange/read-import";
import { bytesOf, collect, guessOf, readAsGuessed, rowsOf } from "./read-text";

const T0 = Date.UTC(2025, 0, 15);
const BASE = {
  format: "influx-line",
  zone: "Europe/Madrid",
  dateFormat: "epoch-ns",
  fields: ["measurement", "meter", "power", "total"],
  meterColumn: 1,
  values: [
    { column: 2, measure: "powerW", meaning: "power", unit: "W" },
    { column: 3, measure: "importWh", meaning: "register", unit: "Wh" },
  ],
} as const;

describe("InfluxDB's line protocol", () => {
  it("with random names, numbers and escapes is read back as it was written, in pieces of any size", async () => {
    const escape = (text: string): string => text.replace(/[,= ]/g, "\\$&");
    const meter = fc
      .string({ minLength: 1, maxLength: 12, unit: fc.constantFrom("a", "Z", "9", " ", ",", "=", "_", "é", '"', "#") })
      .filter((text) => text.trim() === text);
    const number = fc.double({ min: -1e9, max: 1e9, noNaN: true }).map((value) => value + 0);
    const row = fc.record({
      meter,
      at: fc.integer({ min: 0, max: 4e12 }),
      power: fc.option(number),
      total: fc.option(fc.integer({ min: 0, max: 1e12 })),
      note: fc.option(fc.constantFrom("on, x=1", "ünder", 'a \\"b\\" c')),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { minLength: 1 }),
        fc.constantFrom("\n", "\r\n"),
        fc.integer({ min: 1, max: 60 }),
        async (rows, end, size) => {
          const text = rows.map(({ meter, at, power, total, note }) => {
            const fields = [
              ...(note === null ? [] : [`note="${note}"`]),
              ...(power === null ? [] : [`power=${power}`]),
              ...(total === null ? [] : [`total=${total}i`]),
            ];
            return `energy,room=a\\ b,meter=${escape(meter)} ${[...fields, "x=t"].join(",")} ${at}000000`;
          });
          const read = await collect(readImport(bytesOf(text.join(end), size), IMPORT_MAPPING.parse(BASE)));
          const said = rows.flatMap(({ meter, at, power, total }, index) => {
            const values = { ...(power !== null && { powerW: power }), ...(total !== null && { importWh: total }) };
            return Object.keys(values).length > 0 ? [{ line: index + 1, meter, at, values }] : [];
          });
          expect(read).toEqual(said);
        },
      ),
    );
  });

  it("whose lines are alike but for their numbers is read as each of them would be alone", async () => {
    const number = fc.oneof(
      fc.double({ min: -1e7, max: 1e7, noNaN: true }).map(String),
      fc.integer({ min: -(10 ** 9), max: 10 ** 9 }).map((value) => `${value / 10}`),
      fc.integer({ min: 0, max: 1e12 }).map((value) => `${value}i`),
      fc.constantFrom(
        "-0",
        "+5",
        "7.",
        ".5",
        "0.1",
        "1e3",
        "00012.50",
        "1.5u",
        "t",
        '"12"',
        "123456789012345678",
        "-",
        "1.2.3",
      ),
    );
    const time = fc.oneof(
      { weight: 9, arbitrary: fc.integer({ min: 0, max: 4e12 }).map((at) => `${at}000000`) },
      fc.constantFrom(
        "1736899200123500000",
        "1736899200123499999",
        "999999",
        "-5000000",
        "17e17",
        "noon",
        "",
        "9".repeat(19),
      ),
    );
    const line = fc
      .tuple(fc.constantFrom("a", "b", "ü"), fc.constantFrom(0, 0, 0, 1, 2, 3), number, number, time)
      .map(([meter, form, power, total, at]) => {
        if (form === 1) return `energy,meter=${meter} total=${total} ${at}`;
        if (form === 2) return `energy,meter=${meter} x=${power},power=${power},note="ü, ",total=${total}  ${at}`;
        return form === 3 ? "# power=1" : `energy,meter=${meter} power=${power},total=${total} ${at}`;
      });
    const mapping = IMPORT_MAPPING.parse(BASE);
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { minLength: 1, maxLength: 60 }),
        fc.constantFrom("\n", "\r\n"),
        fc.integer({ min: 1, max: 400 }),
        async (lines, end, size) => {
          const alone = await Promise.all(
            lines.map(async (text, index) =>
              (await collect(readImport(bytesOf(text, 200), mapping))).map((row) => ({ ...row, line: index + 1 })),
            ),
          );
          expect(await collect(readImport(bytesOf(lines.join(end), size), mapping))).toEqual(alone.flat());
        },
      ),
    );
  });

  it("is known by its look, and so are its time, its meters, registers and units", async () => {
    const lines = Array.from({ length: 60 }, (_, row) =>
      ["oven", "grid"].map(
        (meter, index) =>
          `energy,host=pi,meter=${meter} powerW=${row + 0.5},importWh=${1_000 * index + row}i ${T0 + row * 1_000}000000`,
      ),
    );
    const text = ["# DDL", "CREATE DATABASE home WITH NAME autogen", "# DML", "", ...lines.flat(), ""].join("\n");
    const { mapping, sure, columns, sample } = guessOf(text, "export.lp");
    expect(mapping).toMatchObject({
      ...{ format: "influx-line", dateFormat: "epoch-ns", meterColumn: 2 },
      values: [
        { column: 3, measure: "powerW", meaning: "power", unit: "W" },
        { column: 4, measure: "importWh", meaning: "register", unit: "Wh" },
      ],
    });
    expect(sure.format).toBe(1);
    expect(columns).toEqual(["measurement", "host", "meter", "powerW", "importWh"]);
    expect(sample[1]).toEqual(["energy", "pi", "grid", "0.5", "1000"]);
    const rows = await readAsGuessed(text, "export.lp");
    expect(rows).toHaveLength(120);
    expect(rows[3]).toEqual({ line: 8, meter: "grid", at: T0 + 1_000, values: { powerW: 1.5, importWh: 1_001 } });
  });

  it("as Home Assistant writes it bears its units in its measurements", async () => {
    const text = Array.from({ length: 20 }, (_, row) => [
      `W,domain=sensor,entity_id=oven_power value=${100 + row},friendly_name_str="Oven power" ${T0 + row * 60_000}000000`,
      `kWh,domain=sensor,entity_id=oven_energy value=${5 + row / 100} ${T0 + row * 60_000}000000`,
    ])
      .flat()
      .join("\n");
    const rows = await readAsGuessed(text, "home.lp");
    expect(rows.slice(0, 2)).toEqual([
      { line: 1, meter: "oven_power", at: T0, values: { powerW: 100 } },
      { line: 2, meter: "oven_energy", at: T0, values: { importWh: 5_000 } },
    ]);
  });

  it.each([
    ["epoch-s", 1_736_899_200],
    ["epoch-ms", 1_736_899_200_123],
    ["epoch-us", 1_736_899_200_123_456],
    ["epoch-ns", "1736899200123456789"],
  ])("of %s is read at its instant", async (dateFormat, stamp) => {
    const text = `energy,meter=grid power=1 ${stamp}\nenergy,meter=grid power=2 ${stamp}\n`;
    expect(guessOf(text, "x.lp").mapping.dateFormat).toBe(dateFormat);
    const at = dateFormat === "epoch-s" ? 1_736_899_200_000 : 1_736_899_200_123;
    expect((await readAsGuessed(text, "x.lp"))[0]).toMatchObject({ at });
  });

  it.each([
    ["no time", "e,meter=a power=1", "no-time"],
    ["a time that is none", "e,meter=a power=1 noon", "bad-time"],
    ["no field", "e,meter=a 1736899200000000000", "not-a-reading"],
    ["a text that never ends", 'e,meter=a power=1,note="x 1736899200000000000', "not-a-reading"],
    ["a text for a number", 'e,meter=a power="much" 1736899200000000000', "bad-number"],
    ["a line without end", `e,meter=a power=1 ${"1".repeat(200_000)}`, "line-too-long"],
  ])("that holds %s is told of, and the next line is read", async (_, line, key) => {
    const next = `e,meter=a power=2 ${T0}000000`;
    const [bad, good] = await rowsOf(`${line}\n${next}`, BASE);
    expect(bad).toMatchObject({ line: 1, error: { key } });
    expect(good).toEqual({ line: 2, meter: "a", at: T0, values: { powerW: 2 } });
  });

  it("asks for the names of its columns, and for a step where amounts are of one", async () => {
    const line = `e power=1 ${T0}000000`;
    await expect(rowsOf(line, { ...BASE, fields: [] })).rejects.toMatchObject({ field: "fields" });
    const values = [{ column: 2, measure: "importWh", meaning: "interval", unit: "Wh" }];
    await expect(rowsOf(line, { ...BASE, values })).rejects.toMatchObject({ field: "stepMinutes" });
    expect(await rowsOf(line, { ...BASE, values, stepMinutes: 15, meter: "grid" })).toEqual([
      { line: 1, meter: "grid", from: T0, to: T0 + 900_000, importWh: 1 },
    ]);
  });
});
