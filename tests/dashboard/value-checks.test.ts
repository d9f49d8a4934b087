import { describe, expect, it } from "vitest";
import type { QuarantinedDoc, RulingDoc } from "../../lib/api/types";
import { makeFormat } from "../../dashboard/src/format";
import { atStake, whatHappened, whatWasDone } from "../../dashboard/src/model/check-words";
import { fromLocal, toLocal } from "../../dashboard/src/model/local-time";
import { nextChecks, toRuling, type Check } from "../../dashboard/src/model/value-checks";
import { makeText, type Language } from "../../dashboard/src/texts";

const NOW = Date.UTC(2026, 6, 1, 12);
const AT = "2026-06-30T14:03:00.000+02:00";
const speak = (language: Language) => ({
  text: makeText(language),
  format: makeFormat({ language, zone: "Europe/Madrid", currency: "EUR" }),
  now: NOW,
});
const [en, es] = [speak("en-US"), speak("es-ES")];
const plain = (text: string | undefined): string | undefined => text?.replaceAll(/\s/g, " ");

const register = (reason: string, more: Partial<QuarantinedDoc> = {}): QuarantinedDoc => ({
  ...{ meter: "grid", at: AT, path: "importWh", value: 0, unit: "kWh" },
  ...{ reason, status: "open", may: ["accept", "edit", "discard"] },
  ...more,
});
const whole = (reason: string, reading: QuarantinedDoc["reading"]): QuarantinedDoc => {
  const { value: _, unit: __, ...rest } = register(reason, { path: "*" });
  return { ...rest, reading };
};
const ruling = (kind: RulingDoc["kind"], more: Partial<RulingDoc> = {}): RulingDoc => ({
  ...{ id: "7", meter: "grid", at: AT, path: "importWh", kind, by: "Ana", madeAt: new Date(NOW).toISOString() },
  ...more,
});

describe("what happened, in plain words", () => {
  it.each<[QuarantinedDoc, string, string]>([
    [register("dip"), "The reading fell to 0 kWh and came back", "La lectura bajó a 0 kWh y volvió"],
    [
      register("jump", { value: 13_745.2, energyKwh: 1_400 }),
      "The reading rose by more than this meter can carry: 1,400 kWh",
      "La lectura subió más de lo que este contador puede medir: 1400 kWh",
    ],
    [
      register("jump", { path: "volumeM3", value: 812, unit: "m³" }),
      "The reading rose at once to 812 m³, more than this meter can carry",
      "La lectura subió de golpe a 812 m³, más de lo que este contador puede medir",
    ],
    [
      register("reset", { path: "exportWh", value: 812.4 }),
      "The export reading fell to 812.4 kWh and goes on from there",
      "La lectura de vertido bajó a 812,4 kWh y sigue desde ahí",
    ],
    [
      register("spike", { path: "powerW", value: 9_000, unit: "kW" }),
      "Said 9,000 kW, more than this meter can carry",
      "Dijo 9000 kW, más de lo que este contador puede medir",
    ],
    [
      register("differs", { value: 0.9, winner: 1 }),
      "Said 1 kWh and 0.9 kWh for the same moment; 0.9 kWh does not count",
      "Dijo 1 kWh y 0,9 kWh para el mismo momento; 0,9 kWh no cuenta",
    ],
    [
      whole("instant", { kw: 1.2, importKwh: 12_345.1 }),
      "A reading with a time that cannot be right: 1.2 kW and 12,345.1 kWh imported",
      "Una lectura con una hora imposible: 1,2 kW y 12.345,1 kWh consumidos",
    ],
    [
      whole("beyond", { kw: -9_000 }),
      "Said more power than this meter can carry: −9,000 kW",
      "Dijo más potencia de la que este contador puede medir: −9000 kW",
    ],
    [
      whole("instant", {}),
      "A reading with a time that cannot be right: nothing that is counted",
      "Una lectura con una hora imposible: nada que cuente",
    ],
  ])("%o", (found, english, spanish) => {
    expect([plain(whatHappened(found, en)), plain(whatHappened(found, es))]).toEqual([english, spanish]);
  });

  it("says something of what this page has never heard of", () => {
    for (const odd of ["__proto__", "constructor", "new-reason"]) {
      expect(plain(whatHappened(register(odd, { path: odd, value: "x" }), en))).toBe(
        `Said x kWh (${odd}), which is doubted`,
      );
      expect(plain(whatHappened(register(odd), en))).toBe("Said 0 kWh (importWh), which is doubted");
    }
  });

  it("names what is at stake, with money where a price is known", () => {
    const jump = register("jump", { energyKwh: 1_400 });
    expect(plain(atStake(jump, 0.142, en))).toBe("accepting it adds 1,400 kWh, €198.80");
    expect(plain(atStake(jump, undefined, es))).toBe("si se acepta, añade 1400 kWh");
    expect(plain(atStake({ ...jump, path: "exportWh" }, 0.142, en))).toBe("accepting it adds 1,400 kWh");
    expect(atStake(register("dip"), 0.142, en)).toBeUndefined();
  });

  it.each<[RulingDoc, string]>([
    [ruling("accept"), "Accepted: it counts"],
    [ruling("discard"), "Left out: it does not count"],
    [ruling("edit", { value: 1.1, unit: "kWh" }), "1.1 kWh counts"],
    [ruling("accept", { path: "*" }), "Accepted: it counts at its own time"],
    [ruling("edit", { path: "*", value: "2025-06-30T12:00:00Z" }), "Moved: it counts on Jun 30, 2025, 2:00 PM"],
    [ruling("discard", { path: "*" }), "Left out: it does not count"],
    [ruling("swap", { path: "*" }), "From here on it is another meter"],
  ])("tells what %o did", (made, expected) => {
    expect(plain(whatWasDone(made, en))).toBe(expected);
  });
});

describe("toRuling", () => {
  const on = { meter: "grid", at: AT, path: "importWh" };
  it.each([
    [register("dip"), "accept", undefined, { ...on, kind: "accept" }],
    [register("dip"), "discard", undefined, { ...on, kind: "discard" }],
    [register("dip"), "edit", 5, { ...on, kind: "edit", value: 5 }],
    [register("differs", { value: 0.9, winner: 1 }), "accept", undefined, { ...on, kind: "edit", value: 0.9 }],
    [register("differs", { value: 0.9, winner: 1 }), "discard", undefined, { ...on, kind: "edit", value: 1 }],
  ] as const)("of %o with %s and %s", (found, choice, value, expected) => {
    expect(toRuling(found, choice, value)).toEqual(expected);
  });

  it("leaves out a value that no energy is made of by itself", () => {
    const { unit: _, ...odd } = register("differs", { path: "temperatureC", value: 20 });
    expect(toRuling(odd, "discard")).toEqual({ ...on, path: "temperatureC", kind: "discard" });
  });
});

describe("nextChecks", () => {
  const open = (...values: number[]): QuarantinedDoc[] => values.map((value) => register("dip", { value }));
  const values = (checks: readonly Check[]) =>
    checks.map(({ found, ruling: made }) => (made ? `decided ${found.value}` : found.value));
  const decided = (checks: readonly Check[], value: number): Check[] =>
    checks.map((check) => (check.found.value === value ? { ...check, ruling: ruling("accept") } : check));

  it("moves nothing that a finger may be about to press: what is new comes last, what is gone leaves", () => {
    const before = nextChecks([], open(1, 2, 3), NOW);
    expect(values(nextChecks(before, open(4, 3, 1), NOW))).toEqual([1, 3, 4]);
  });

  it("keeps what was decided in its place for ten minutes", () => {
    const before = decided(nextChecks([], open(1, 2, 3), NOW), 2);
    expect(values(nextChecks(before, open(1, 3), NOW + 599_999))).toEqual([1, "decided 2", 3]);
    expect(values(nextChecks(before, open(1, 3), NOW + 600_000))).toEqual([1, 3]);
  });

  it("opens again what somebody else has undone", () => {
    const before = decided(nextChecks([], open(1, 2), NOW), 1);
    expect(values(nextChecks(before, open(1, 2), NOW))).toEqual([1, 2]);
  });
});

describe("the time in a form", () => {
  it.each([
    ["Europe/Madrid", "2026-07-01T14:00", Date.UTC(2026, 6, 1, 12)],
    ["Asia/Kathmandu", "2026-01-01T00:00", Date.UTC(2025, 11, 31, 18, 15)],
    ["Australia/Lord_Howe", "2025-10-05T03:00", Date.UTC(2025, 9, 4, 16)],
    ["America/New_York", "2025-11-02T03:00", Date.UTC(2025, 10, 2, 8)],
  ])("is that of the site: in %s, %s", (zone, local, at) => {
    expect([toLocal(at + 59_999, zone), fromLocal(local, zone)]).toEqual([local, at]);
    expect(fromLocal(`${local}:05`, zone)).toBe(at + 5_000);
  });

  it("is none where the field is empty", () => {
    expect(fromLocal("", "Europe/Madrid")).toBeUndefined();
  });
});
