import { describe, expect, it } from "vitest";
import { isZone, nextOf, startOf, unitsIn } from "../../../lib/energy/calendar";

const HOUR = 3_600_000;
const at = (text: string): number => Date.parse(text);

describe("days and hours of a zone", () => {
  it.each([
    ["Europe/Berlin", "2025-03-30T10:00Z", 23],
    ["Europe/Madrid", "2025-10-26T10:00Z", 25],
    ["America/New_York", "2025-11-02T12:00Z", 25],
    ["Australia/Lord_Howe", "2025-10-05T02:00Z", 23.5],
    ["Australia/Lord_Howe", "2025-04-06T02:00Z", 24.5],
    ["Asia/Kathmandu", "2025-06-01T02:00Z", 24],
    ["America/Sao_Paulo", "2018-11-04T12:00Z", 23],
    ["Atlantic/Azores", "2025-10-26T12:00Z", 25],
    ["America/Havana", "2025-11-02T12:00Z", 25],
  ])("%s: the day of %s has %d hours, and its hours sum to it", (zone, instant, hours) => {
    const start = startOf("day", at(instant), zone);
    const end = nextOf("day", start, zone);
    expect((end - start) / HOUR).toBe(hours);

    const parts = [...unitsIn("hour", start, end, zone)];
    expect(parts[0]?.from).toBe(start);
    expect(parts.at(-1)?.to).toBe(end);
    for (const [index, part] of parts.entries()) if (index > 0) expect(part.from).toBe(parts[index - 1]?.to);
  });

  it("begins a day without midnight with its first instant", () => {
    const start = startOf("day", at("2018-11-04T12:00Z"), "America/Sao_Paulo");
    expect(new Date(start).toISOString()).toBe("2018-11-04T03:00:00.000Z");
  });

  it.each(["2025-10-26T00:30Z", "2025-10-26T01:30Z", "2025-10-26T12:00Z"])(
    "begins a day that has midnight twice with the first, also seen from %s",
    (instant) => {
      const start = startOf("day", at(instant), "Atlantic/Azores");
      expect(new Date(start).toISOString()).toBe("2025-10-26T00:00:00.000Z");
    },
  );

  it("begins a month that has midnight twice with the first", () => {
    const start = startOf("month", at("2026-11-20T12:00Z"), "America/Havana");
    expect(new Date(start).toISOString()).toBe("2026-11-01T04:00:00.000Z");
    expect(nextOf("month", at("2026-10-01T04:00Z"), "America/Havana")).toBe(start);
  });

  it("takes the repeated hour for two", () => {
    const hours = [...unitsIn("hour", at("2025-10-26T00:00Z"), at("2025-10-26T02:00Z"), "Europe/Berlin")];
    expect(hours.map(({ from, to }) => (to - from) / HOUR)).toEqual([1, 1]);
  });

  it.each([
    ["Europe/Madrid", true],
    ["Mars/Olympus", false],
    ["", false],
  ])("knows whether %s is a zone", (zone, expected) => {
    expect(isZone(zone)).toBe(expected);
  });
});
