import { describe, expect, it } from "vitest";
import { guessOf, iso, readAsGuessed } from "./read-text";

const CUPS = "ES0000000000000000AA";

function distributor(date: string, hours: readonly (number | string)[]): string {
  const rows = hours.map((hour, index) => `${CUPS};${date};${hour};0,${String(100 + index)};R`);
  return ["CUPS;Fecha;Hora;Consumo_kWh;Metodo_obtencion", ...rows].join("\r\n") + "\r\n";
}

function datadis(date: string, times: readonly string[]): string {
  const rows = times.map((time, index) => `${CUPS},${date},${time},0.${String(100 + index)},Real`);
  return ["cups,date,time,consumptionKWh,obtainMethod", ...rows].join("\n");
}

const upTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1);
const without = (hour: number): number[] => upTo(24).filter((one) => one !== hour);
const twice = (hour: number): number[] => upTo(24).flatMap((one) => (one === hour ? [one, one] : [one]));
const clock = (hour: number): string => `${String(hour).padStart(2, "0")}:00`;

/** Hours one after the other from local midnight. */
function expectHours(rows: unknown, midnight: string, count: number): void {
  expect(rows).toEqual(
    Array.from({ length: count }, (_, index) => {
      const from = Date.parse(midnight) + index * 3_600_000;
      return { line: index + 2, meter: CUPS, from, to: from + 3_600_000, importWh: 100 + index };
    }),
  );
}

describe("hourly energy of a Spanish distributor", () => {
  it("is recognised with its decimal comma and its zone", () => {
    expect(guessOf(distributor("07/05/2024", upTo(24)), "consumos.csv", "UTC")).toMatchObject({
      mapping: { format: "spanish-hourly", zone: "Europe/Madrid", decimal: ",", delimiter: ";", stepMinutes: 60 },
      sure: { format: 1 },
    });
  });

  it.each([
    ["an ordinary day", "07/05/2024", upTo(24), "2024-05-06T22:00Z", 24],
    ["the day of 23 hours, counted through", "31/03/2024", upTo(23), "2024-03-30T23:00Z", 23],
    ["the day of 23 hours, by the clock", "31/03/2024", without(3), "2024-03-30T23:00Z", 23],
    ["the day of 25 hours, counted through", "27/10/2024", upTo(25), "2024-10-26T22:00Z", 25],
    ["the day of 25 hours, by the clock", "27/10/2024", twice(3), "2024-10-26T22:00Z", 25],
  ])("covers %s", async (_, date, hours, midnight, count) => {
    expectHours(await readAsGuessed(distributor(date, hours), "consumos.csv"), midnight, count);
    const iso = date.split("/").reverse().join("/");
    expectHours(await readAsGuessed(datadis(iso, hours.map(clock)), "datadis.csv"), midnight, count);
  });

  it("by the clock has a hole where the hour that comes twice is told once", async () => {
    const rows = await readAsGuessed(distributor("27/10/2024", upTo(24)), "consumos.csv");

    expect(rows[2]).toMatchObject({ from: Date.parse("2024-10-27T00:00Z") });
    expect(rows[3]).toMatchObject({ from: Date.parse("2024-10-27T02:00Z") });
    expect(rows[23]).toMatchObject({ to: Date.parse("2024-10-27T23:00Z") });
  });

  it("by the clock tells an hour that does not exist, and hours that no day has", async () => {
    const rows = await readAsGuessed(distributor("31/03/2024", [...upTo(24), 25, 0, "x"]), "consumos.csv");

    expect(rows.filter((row) => "error" in row)).toMatchObject([
      { line: 4, error: { key: "no-such-time" } },
      { line: 26, error: { key: "bad-hour" } },
      { line: 27, error: { key: "bad-hour" } },
      { line: 28, error: { key: "bad-hour" } },
    ]);
    expect(rows.filter((row) => "from" in row).at(-1)).toMatchObject({ to: Date.parse("2024-03-31T22:00Z") });
  });

  it("goes on from day to day and from meter to meter without a hole", async () => {
    const days = ["30/03/2024", "31/03/2024", "01/04/2024"].map((date) =>
      distributor(date, upTo(date.startsWith("31") ? 23 : 24)),
    );
    const one = days.map((day, index) => (index === 0 ? day : day.slice(day.indexOf("\n") + 1))).join("");
    const text = one + one.slice(one.indexOf("\n") + 1).replaceAll("AA;", "BB;");
    const rows = await readAsGuessed(text, "consumos.csv");

    for (const meter of [CUPS, CUPS.replace("AA", "BB")]) {
      const own = rows.filter((row) => "from" in row).filter((row) => row.meter === meter);
      expect(own).toHaveLength(71);
      expect(own.slice(1).every(({ from }, index) => from === own[index]!.to)).toBe(true);
      expect(iso(own.at(-1)!.to)).toBe("2024-04-01T22:00:00.000Z");
    }
  });

  it("knows quarters of an hour and what was fed in", async () => {
    const quarters = Array.from({ length: 100 }, (_, index) => `${CUPS};27/10/2024;${index + 1};0,010;0,002`);
    const text = ["CUPS;Fecha;Hora;AE_kWh;AS_kWh", ...quarters].join("\n");
    const rows = await readAsGuessed(text, "curva.csv");

    expect(rows).toHaveLength(200);
    expect(rows[1]).toMatchObject({ exportWh: 2, to: Date.parse("2024-10-26T22:15Z") });
    expect(rows.at(-1)).toMatchObject({ to: Date.parse("2024-10-27T23:00Z") });
  });
});
