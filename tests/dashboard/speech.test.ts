import { describe, expect, it } from "vitest";
import { makeFormat } from "../../dashboard/src/format";
import { compare, contractBar, nextSpoken } from "../../dashboard/src/model/comparison";
import { toFreshness } from "../../dashboard/src/model/freshness";
import { roundTicks } from "../../dashboard/src/model/ticks";
import { makeText, pickLanguage } from "../../dashboard/src/texts";
import english from "../../dashboard/src/texts/en-US.json";
import spanish from "../../dashboard/src/texts/es-ES.json";

const en = makeFormat({ language: "en-US", zone: "Europe/Madrid", currency: "EUR" });
const es = makeFormat({ language: "es-ES", zone: "Europe/Madrid", currency: "EUR" });
const NOW = Date.UTC(2026, 6, 1, 12);
const plain = (text: string): string => text.replaceAll(/\s/g, " ");

describe("numbers", () => {
  it.each([
    [0.2124, "0.21", "0,21"],
    [2.8449, "2.84", "2,84"],
    [9.996, "10.0", "10,0"],
    [12.44, "12.4", "12,4"],
    [1284.4, "1,284", "1284"],
    [-0.001, "0.00", "0,00"],
    [-1.5, "−1.50", "−1,50"],
  ])("%d kW is %s and %s", (kw, english, spanish) => {
    expect([en.number(kw), es.number(kw)]).toEqual([english, spanish]);
  });

  it.each([
    [9.6, "9.6"],
    [11.24, "11.2"],
    [0, "0"],
    [4821.3, "4,820"],
  ])("%d kWh is %s", (kwh, expected) => {
    expect(en.energy(kwh)).toBe(expected);
  });

  it("writes money as each language does, its sign apart", () => {
    expect(en.moneyFigure(1.37)).toEqual({ value: "1.37", unit: "€", before: true });
    expect(es.moneyFigure(1.37)).toEqual({ value: "1,37", unit: "€", before: false });
    expect(plain(es.price(0.142))).toBe("0,142 €");
  });
});

describe("instants", () => {
  it.each([
    [1, "1s ago", "hace 1 s"],
    [125, "2m ago", "hace 2 min"],
    [7300, "2h ago", "hace 2 h"],
    [-5, "0s ago", "hace 0 s"],
  ])("%d seconds ago", (seconds, english, spanish) => {
    expect([en, es].map((format) => plain(format.ago(NOW - seconds * 1000, NOW)))).toEqual([english, spanish]);
  });

  it("are the site's, with their day where it is another one", () => {
    expect(es.moment(NOW, NOW)).toBe("14:00");
    expect(es.moment(NOW - 86_400_000, NOW)).toBe("30 jun, 14:00");
  });
});

describe("roundTicks", () => {
  const HOUR = 3_600_000;
  const clock = (ticks: readonly number[], zone: string): string[] =>
    ticks.map((at) => new Intl.DateTimeFormat("es-ES", { timeZone: zone, timeStyle: "short" }).format(at));

  it("are round on the zone's own clock, half hours off UTC included", () => {
    const to = Date.UTC(2026, 0, 1, 12, 7);
    expect(clock(roundTicks(to - 6 * HOUR, to, "Asia/Kolkata", 7), "Asia/Kolkata")).toEqual([
      "12:00",
      "13:00",
      "14:00",
      "15:00",
      "16:00",
      "17:00",
    ]);
  });

  it("stay on the hour over a day with 25 of them", () => {
    const to = Date.UTC(2026, 9, 25, 12);
    expect(clock(roundTicks(to - 24 * HOUR, to, "Europe/Madrid", 7), "Europe/Madrid")).toEqual([
      "16:00",
      "20:00",
      "0:00",
      "4:00",
      "8:00",
      "12:00",
    ]);
  });
});

describe("comparison", () => {
  it.each([
    [2.84, 3.26, "less"],
    [3.26, 2.84, "more"],
    [2, 2.01, "same"],
    [0.01, 0, "same"],
  ])("%d kW after %d kW is %s", (now, before, kind) => {
    expect(compare(now, before).kind).toBe(kind);
  });

  it("fills the bar to its end at most, and keeps the mark on it", () => {
    expect(contractBar(99, 4.6).fill).toBe(1);
    expect(contractBar(-1, 4.6).fill).toBe(0);
    expect(contractBar(4.6, 4.6).fill).toBe(contractBar(4.6, 4.6).mark);
  });

  it("speaks to a screen reader seldom, and only of what moved", () => {
    const first = nextSpoken(undefined, 1, 0);
    expect(nextSpoken(first, 2, 29_000)).toBe(first);
    expect(nextSpoken(first, 1.01, 60_000)).toBe(first);
    expect(nextSpoken(first, 2, 30_000)).toEqual({ kw: 2, at: 30_000 });
  });
});

it.each([
  ["connecting", undefined, "connecting"],
  ["live", undefined, "waiting"],
  ["live", NOW - 1000, "live"],
  ["polling", NOW - 1000, "polling"],
  ["live", NOW - 121_000, "stale"],
  ["offline", NOW, "offline"],
] as const)("a feed that is %s with a last reading at %s is called %s", (mode, lastAt, kind) => {
  expect(toFreshness(mode, lastAt, NOW).kind).toBe(kind);
});

describe("language", () => {
  it.each([
    ["what the reader chose", "es-ES", ["en-GB"], "en-US", "es-ES"],
    ["the browser's first that is spoken here", undefined, ["fr-FR", "es-MX", "en"], "en-US", "es-ES"],
    ["the site's where the browser speaks none", undefined, ["fr"], "es-ES", "es-ES"],
    ["not known before the site is", undefined, ["fr"], undefined, undefined],
  ] as const)("is %s", (_, chosen, preferred, site, expected) => {
    expect(pickLanguage(chosen, preferred, site)).toBe(expected);
  });

  it("fills values in, and leaves braces in a name alone", () => {
    expect(makeText("en-US")("devices.switch", { name: "{time}" })).toBe("Switch {time}");
  });

  it("has the same texts with the same values in both, none of them empty", () => {
    const leaves = (node: unknown, path = ""): [string, string][] =>
      typeof node === "string"
        ? [[path, node]]
        : Object.entries(node as object).flatMap(([key, value]) => leaves(value, `${path}.${key}`));
    const shape = (catalogue: unknown): [string, string][] =>
      leaves(catalogue).map(([key, text]) => [key, (text.match(/\{\w+\}/g) ?? []).sort().join()]);

    expect(shape(spanish)).toEqual(shape(english));
    expect([...leaves(english), ...leaves(spanish)].filter(([, text]) => text.trim() === "")).toEqual([]);
  });
});
