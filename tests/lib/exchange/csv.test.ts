import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bytesOf, collect, guessOf, iso, readAsGuessed, rowsOf } from "./read-text";
import { readImport } from "../../../lib/exchange/read-import";
import { IMPORT_MAPPING } from "../../../lib/exchange/mapping";

const BASE = { format: "csv", zone: "Europe/Madrid", timeColumn: 0 } as const;
const POWER = { column: 1, measure: "powerW", meaning: "power", unit: "W" } as const;
const ENERGY = { column: 1, measure: "importWh", meaning: "interval", unit: "kWh" } as const;

describe("a table", () => {
  it("of a random shape in a random dialect is read back as it was written", async () => {
    const number = fc.double({ min: -1e6, max: 1e6, noNaN: true }).map((value) => Math.round(value * 1000) / 1000 + 0);
    const meter = fc
      .string({ minLength: 1, maxLength: 12 })
      // What a quote makes harmless loses it again when it is read.
      .filter((text) => text.trim() === text && !text.includes("\0") && !text.startsWith("'"));
    const rows = fc.array(fc.tuple(meter, fc.integer({ min: 0, max: 4e12 }), fc.option(number), number), {
      minLength: 1,
    });
    const dialect = fc.record({
      delimiter: fc.constantFrom(",", ";", "\t", "|"),
      decimal: fc.constantFrom(".", ","),
      dateFormat: fc.constantFrom("iso", "epoch-ms"),
      end: fc.constantFrom("\n", "\r\n"),
      quoteAll: fc.boolean(),
      bom: fc.boolean(),
      header: fc.boolean(),
      lastEnd: fc.boolean(),
      size: fc.integer({ min: 1, max: 50 }),
    });
    await fc.assert(
      fc.asyncProperty(rows, dialect, async (table, { delimiter, decimal, dateFormat, end, quoteAll, ...how }) => {
        const cell = (text: string): string =>
          quoteAll || text.includes(delimiter) || /["\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
        const say = (value: number | null): string => (value === null ? "" : String(value).replace(".", decimal));
        const lines = table.map(([meter, at, power, register]) =>
          [dateFormat === "iso" ? iso(at) : String(at), meter, say(power), say(register)].map(cell).join(delimiter),
        );
        const text =
          (how.bom ? "\ufeff" : "") +
          [...(how.header ? [["time", "meter", "power", "register"].map(cell).join(delimiter)] : []), ...lines].join(
            end,
          ) +
          (how.lastEnd ? end : "");
        const mapping = IMPORT_MAPPING.parse({
          ...BASE,
          delimiter,
          decimal,
          dateFormat,
          header: how.header,
          meterColumn: 1,
          values: [
            { ...POWER, column: 2 },
            { column: 3, measure: "importWh", meaning: "register", unit: "Wh" },
          ],
        });

        const read = await collect(readImport(bytesOf(text, how.size), mapping));

        expect(read.map(({ line: _, ...row }) => row)).toEqual(
          table.map(([meter, at, powerW, importWh]) => ({
            meter,
            at,
            values: { ...(powerW !== null && { powerW }), importWh },
          })),
        );
      }),
      { numRuns: 200 },
    );
  });

  it("tells each row that it cannot read by its line, and reads the others", async () => {
    const text = [
      "time,W",
      "2024-05-01T00:00Z,1",
      "nonsense,2",
      "2024-05-01T00:02Z,many",
      "2024-05-01T00:03Z",
      "",
      "2024-05-01T00:05Z,unavailable",
      ",3",
      "2024-03-31 02:30,4",
      '2024-05-01T00:07Z,"5"',
    ].join("\n");

    expect(await rowsOf(text, { ...BASE, values: [POWER] })).toEqual([
      { line: 2, at: Date.parse("2024-05-01T00:00Z"), values: { powerW: 1 } },
      { line: 3, error: { key: "bad-time", values: { text: "nonsense", zone: "Europe/Madrid" } } },
      { line: 4, error: { key: "bad-number", values: { text: "many", column: 2 } } },
      { line: 5, error: { key: "too-few-columns", values: { columns: 1 } } },
      { line: 8, error: { key: "no-time", values: { text: "", zone: "Europe/Madrid" } } },
      { line: 9, error: { key: "no-such-time", values: { text: "2024-03-31 02:30", zone: "Europe/Madrid" } } },
      { line: 10, at: Date.parse("2024-05-01T00:07Z"), values: { powerW: 5 } },
    ]);
  });

  it("with a quote that nothing closes loses that line alone", async () => {
    const many = Array.from({ length: 30_000 }, (_, index) => `${1_700_000_000 + index},${index}`);
    const text = ["t,W", '1600000000,"1', ...many].join("\n");

    const rows = await rowsOf(new TextEncoder().encode(text), { ...BASE, dateFormat: "epoch-s", values: [POWER] });

    expect(rows.filter((row) => "error" in row)).toEqual([{ line: 2, error: { key: "line-too-long", values: {} } }]);
    expect(rows).toHaveLength(many.length + 1);
    expect(rows.at(-1)).toMatchObject({ line: 30_002, values: { powerW: 29_999 } });
  });

  it("counts lines as an editor does, also where a cell spans two", async () => {
    const text = 'meter,time,W\r\n"two\r\nlines",1700000000,1\r\nb,1700000001,2\r\n';
    const mapping = {
      ...BASE,
      timeColumn: 1,
      meterColumn: 0,
      dateFormat: "epoch-s",
      values: [{ ...POWER, column: 2 }],
    };

    expect(await rowsOf(text, mapping)).toMatchObject([
      { line: 2, meter: "two\r\nlines" },
      { line: 4, meter: "b" },
    ]);
  });

  it("is resumed after a line with the same rows as if it had not been broken off", async () => {
    const text = ["t,kWh", ...["01:30", "02:00", "02:30", "02:00", "02:30"].map((time) => `2024-10-27 ${time},1`)].join(
      "\n",
    );
    const mapping = { ...BASE, stepMinutes: 30, values: [ENERGY] };

    const whole = await rowsOf(text, mapping);
    expect(await rowsOf(text, mapping, 4)).toEqual(whole.slice(3));
    expect(whole.at(-1)).toMatchObject({ from: Date.parse("2024-10-27T01:30:00Z") });
  });

  it("whose stamps say when an interval ended has it before them", async () => {
    const mapping = { ...BASE, stampAt: "end", stepMinutes: 60, values: [ENERGY] };
    const [row] = await rowsOf("t,kWh\n2024-05-01T01:00Z,0.25\n", mapping);

    expect(row).toEqual({
      line: 2,
      from: Date.parse("2024-05-01T00:00Z"),
      to: Date.parse("2024-05-01T01:00Z"),
      importWh: 250,
    });
  });

  it("of local days has days of 23 and 25 hours", async () => {
    const mapping = { ...BASE, stepMinutes: "day", values: [ENERGY] };
    const rows = await rowsOf("t,kWh\n2024-03-31,1\n2024-10-27,1\n", mapping);

    expect(rows.map((row) => ("from" in row ? (row.to - row.from) / 3_600_000 : 0))).toEqual([23, 25]);
  });

  it("holds what flowed back as less than nothing, but no such volume", async () => {
    const values = [ENERGY, { column: 2, measure: "volumeM3", meaning: "interval", unit: "m3" }];
    const rows = await rowsOf("t,kWh,m3\n2024-05-01T00:00Z,-2,-1\n", { ...BASE, stepMinutes: 60, values });

    expect(rows).toMatchObject([{ exportWh: 2000 }, { error: { key: "bad-value", values: { value: -1 } } }]);
  });

  it("without times begins where it is told to", async () => {
    const { timeColumn: _, ...base } = BASE;
    const mapping = {
      ...base,
      header: false,
      start: "2024-10-27T02:00:00",
      stepMinutes: 60,
      values: [{ ...POWER, column: 0 }],
    };
    const rows = await rowsOf("1\n2\n3\n", mapping);

    expect(rows.map((row) => ("at" in row ? iso(row.at) : ""))).toEqual([
      "2024-10-27T00:00:00.000Z",
      "2024-10-27T01:00:00.000Z",
      "2024-10-27T02:00:00.000Z",
    ]);
    await expect(rowsOf("1\n", { ...mapping, start: undefined })).rejects.toMatchObject({ field: "start" });
  });
});

describe("what a table is", () => {
  const hours = (count: number, line: (index: number) => string): string =>
    Array.from({ length: count }, (_, index) => line(index)).join("\n");
  const pad = (value: number): string => String(value).padStart(2, "0");

  it("is seen in a spreadsheet of a country with decimal commas", () => {
    const text = `Informe de consumo;;\nFecha;Hora;Potencia (kW)\n${hours(48, (i) => `${pad(1 + Math.floor(i / 24))}/05/2024;${pad(i % 24)}:00;${i % 7},5`)}\n`;
    const { mapping, sure } = guessOf(text, "datos.csv");

    expect(mapping).toMatchObject({
      delimiter: ";",
      decimal: ",",
      header: true,
      timeColumn: 0,
      timeOfDayColumn: 1,
      dateFormat: "dd/MM/yyyy HH:mm",
      stepMinutes: 60,
      values: [{ column: 2, measure: "powerW", unit: "kW" }],
    });
    expect(sure).toMatchObject({ decimal: 1, "values.0.unit": 1 });
  });

  it("is seen where the month stands first, from days that follow each other", () => {
    const text = `date,kWh\n${hours(12, (i) => `05/${pad(i + 1)}/2024,${5 + (i % 3)}`)}\n`;

    expect(guessOf(text, "x.csv").mapping).toMatchObject({ dateFormat: "MM/dd/yyyy", stepMinutes: "day" });
  });

  it("is a register where it only rises, whoever's row it is", () => {
    const text = `meter\ttime\tenergy_kwh\n${hours(40, (i) => `m${i % 2}\t${1_700_000_000 + Math.floor(i / 2) * 900}\t${100 + i}`)}\n`;

    expect(guessOf(text, "x.tsv").mapping).toMatchObject({
      delimiter: "\t",
      dateFormat: "epoch-s",
      meterColumn: 0,
      stepMinutes: 15,
      values: [{ measure: "importWh", meaning: "register", unit: "kWh" }],
    });
  });

  it("is in the letters of Windows where it is no UTF-8", async () => {
    const text = Buffer.from(`Día;Energía (kWh)\n${hours(30, (i) => `${pad(i + 1)}.06.2024;${i % 5},25`)}\n`, "latin1");
    const { mapping, columns } = guessOf(text, "x.csv");

    expect(mapping).toMatchObject({ encoding: "windows-1252", stepMinutes: "day", values: [{ meaning: "interval" }] });
    expect(columns).toEqual(["Día", "Energía (kWh)"]);
    expect(await rowsOf(text, mapping)).toHaveLength(30);
  });

  it("is emoncms' where seconds and numbers stand in pairs", async () => {
    const text = `${hours(30, (i) => `${1_700_000_000 + i * 10},${i === 3 ? "null" : 200 + (i % 9)}`)}\n`;

    expect(guessOf(text, "feed_7.csv").mapping).toMatchObject({
      format: "emoncms-csv",
      header: false,
      stepMinutes: 10 / 60,
    });
    expect(await readAsGuessed(text, "feed_7.csv")).toHaveLength(29);
  });

  it("is of UTC where its hours go through the site's clock change", () => {
    const start = Date.parse("2024-03-30T00:00:00Z");
    const text = `time,kWh\n${hours(
      72,
      (i) =>
        `${iso(start + i * 3_600_000)
          .slice(0, 16)
          .replace("T", " ")},${i % 5}`,
    )}\n`;

    expect(guessOf(text, "x.csv").mapping.zone).toBe("UTC");
    expect(guessOf(text.replaceAll(/2024-03-31 02.*\n/g, ""), "x.csv").mapping.zone).toBe("Europe/Madrid");
  });
});
