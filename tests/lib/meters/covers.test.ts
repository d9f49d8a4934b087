import { describe, expect, it } from "vitest";
import type { Reading } from "../../../lib/energy/reading";
import { shiftedBack, type Covers } from "../../../lib/meters/covers";

const at = (text: string): number => Date.parse(text);
const reading = (text: string, said: Partial<Reading> = { powerW: 800, importWh: 5_000 }): Reading => ({
  meter: "m",
  at: at(text),
  ...said,
});
const hour = (kind: Covers["kind"]): Covers => ({ kind, minutes: 60 });
const shift = (one: Reading, covers: Covers, zone = "Europe/Madrid"): Reading[] => shiftedBack(one, covers, zone);

describe("shiftedBack", () => {
  it("leaves what is of the instant it came", () => {
    expect(shift(reading("2026-03-10T13:00:12Z"), hour("instant"))).toEqual([reading("2026-03-10T13:00:12Z")]);
  });

  it("gives a register that comes just after the hour to the full hour, and leaves the power", () => {
    expect(shift(reading("2026-03-10T13:00:12Z"), hour("registers"))).toEqual([
      reading("2026-03-10T13:00:00Z", { importWh: 5_000 }),
      reading("2026-03-10T13:00:12Z", { powerW: 800 }),
    ]);
  });

  it("leaves a register that comes in the middle of the hour", () => {
    expect(shift(reading("2026-03-10T13:20:00Z"), hour("registers"))).toEqual([reading("2026-03-10T13:20:00Z")]);
  });

  it("gives a mean power to the beginning of the interval before, and the register to its end", () => {
    expect(shift(reading("2026-03-10T13:15:02Z"), { kind: "interval", minutes: 15 })).toEqual([
      reading("2026-03-10T13:00:00Z", { powerW: 800 }),
      reading("2026-03-10T13:15:00Z", { importWh: 5_000 }),
    ]);
  });

  it.each([
    ["a day that has 23 hours", "2026-03-29T22:00:40Z", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"],
    ["a day that has 25 hours", "2026-10-25T23:00:40Z", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"],
  ])("counts %s whole", (_, came, start, end) => {
    expect(shift(reading(came), { kind: "interval", minutes: 1440 })).toEqual([
      reading(start, { powerW: 800 }),
      reading(end, { importWh: 5_000 }),
    ]);
  });

  it("knows the full hour of a zone that lies half an hour beside", () => {
    expect(shift(reading("2026-03-10T07:30:05Z", { importWh: 1 }), hour("registers"), "Asia/Kolkata")).toEqual([
      reading("2026-03-10T07:30:00Z", { importWh: 1 }),
    ]);
  });
});
