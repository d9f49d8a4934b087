import { DateTime } from "luxon";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { makeStampReader } from "../../../lib/exchange/stamp-reader";

const MADRID = "Europe/Madrid";
const at = (text: string): number => Date.parse(text);

describe("a stamp", () => {
  it.each([
    ["iso", "2024-05-01T10:00:00+02:00", "2024-05-01T08:00:00Z"],
    ["iso", "2024-05-01 10:00:00.250 +0530", "2024-05-01T04:30:00.250Z"],
    ["iso", "2024-05-01T10:00Z", "2024-05-01T10:00:00Z"],
    ["iso", "2024/05/01", "2024-04-30T22:00:00Z"],
    ["iso", "2024-05-01 24:00", "2024-05-01T22:00:00Z"],
    ["epoch-s", "1714550400", "2024-05-01T08:00:00Z"],
    ["epoch-s", "1714550400.5", "2024-05-01T08:00:00.500Z"],
    ["epoch-ms", "1714550400001", "2024-05-01T08:00:00.001Z"],
    ["dd/MM/yyyy HH:mm", "01/05/2024 10:00", "2024-05-01T08:00:00Z"],
    ["d.M.yy H:mm", "1.5.24 9:05", "2024-05-01T07:05:00Z"],
    ["MM/dd/yyyy hh:mm a", "05/01/2024 12:30 PM", "2024-05-01T10:30:00Z"],
    ["MM/dd/yyyy hh:mm a", "05/01/2024 12:30 am", "2024-04-30T22:30:00Z"],
    ["yyyyMMdd HHmm", "20240501 1000", "2024-05-01T08:00:00Z"],
    ["d MMM yyyy HH:mm", "1 May 2024 10:00", "2024-05-01T08:00:00Z"],
  ])("in %s: %s", (format, text, expected) => {
    expect(makeStampReader(format, MADRID)(text, {})).toBe(at(expected));
  });

  it.each([
    ["iso", "2024-02-30 10:00"],
    ["iso", "2024-05-01 10:61"],
    ["iso", "2024-05-01 1x:00"],
    ["iso", "2024-05-01 10:00 Madrid"],
    ["iso", ""],
    ["epoch-s", " "],
    ["epoch-s", "yesterday"],
    ["dd/MM/yyyy", "31/04/2024"],
    ["dd/MM/yyyy", "12-04-2024"],
  ])("that is none in %s is told: %s", (format, text) => {
    expect(makeStampReader(format, MADRID)(text, {})).toBe("bad-time");
  });

  it("of the hour that spring leaves out exists nowhere", () => {
    const read = makeStampReader("iso", MADRID);
    expect(read("2024-03-31 01:59:59", {})).toBe(at("2024-03-31T00:59:59Z"));
    expect(read("2024-03-31 02:00", {})).toBe("no-such-time");
    expect(read("2024-03-31 02:59:59", {})).toBe("no-such-time");
    expect(read("2024-03-31 03:00", {})).toBe(at("2024-03-31T01:00:00Z"));
  });

  it("of the hour that autumn repeats is told apart by order, forwards and backwards", () => {
    const local = ["01:30", "02:00", "02:30", "02:00", "02:30", "03:00"].map((time) => `2024-10-27 ${time}`);
    const instants = [0, 30, 60, 90, 120, 150].map((minutes) => at("2024-10-26T23:30:00Z") + minutes * 60_000);
    const read = makeStampReader("iso", MADRID);

    const forwards = {};
    expect(local.map((text) => read(text, forwards))).toEqual(instants);
    const backwards = {};
    expect(local.toReversed().map((text) => read(text, backwards))).toEqual(instants.toReversed());
  });

  it.each([MADRID, "Australia/Lord_Howe", "America/St_Johns", "Asia/Kathmandu"])(
    "of a year on the wall clock of %s is read back, every quarter of it",
    (zone) => {
      const read = makeStampReader("yyyy-MM-dd HH:mm", zone);
      const trail = {};
      const start = at("2024-01-01T00:00:00Z");
      for (let quarter = 0; quarter < 366 * 96; quarter += 1) {
        const instant = start + quarter * 900_000;
        const text = DateTime.fromMillis(instant, { zone }).toFormat("yyyy-MM-dd HH:mm");
        if (read(text, trail) !== instant) expect.fail(`${text} in ${zone} is ${new Date(instant).toISOString()}`);
      }
    },
  );

  it("in any pattern of digits is read as Luxon reads it", () => {
    const patterns = [
      "dd/MM/yyyy HH:mm:ss",
      "M-d-yyyy H:mm",
      "yyyy.MM.dd HH:mm",
      "dd.MM.yyyy hh:mm:ss a",
      "yyyyMMddHHmmss",
    ];
    fc.assert(
      fc.property(fc.constantFrom(...patterns), fc.integer({ min: 0, max: 4e9 }), (pattern, seconds) => {
        const text = DateTime.fromSeconds(seconds, { zone: "utc" }).toFormat(pattern);
        expect(makeStampReader(pattern, "UTC")(text, {})).toBe(
          DateTime.fromFormat(text, pattern, { zone: "utc" }).toMillis(),
        );
      }),
    );
  });
});
