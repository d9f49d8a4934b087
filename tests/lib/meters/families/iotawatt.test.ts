import { describe, expect, it } from "vitest";
import { hear, hearJson, nothing, readings } from "../said";

const begin = Date.parse("2026-03-10T12:00:00Z") / 1000;
const at = begin * 1000;
const MINUTE = 60_000;

describe("IoTaWatt", () => {
  it("reads the answer to a query: a row a time, a circuit a column", () => {
    const answer = {
      range: [begin, begin + 120],
      labels: ["Time", "Heat pump", "Volts", "Oven"],
      data: [
        ["2026-03-10T13:00:00", 812.5, 231.4, 0],
        ["2026-03-10T13:01:00", 799, null, 1850.25],
      ],
    };

    expect(hearJson("", answer)).toEqual(
      readings(
        { channel: "Heat pump", powerW: 812.5, at },
        { channel: "Volts", electrical: { voltageV: 231.4 }, at },
        { channel: "Oven", powerW: 0, at },
        { channel: "Heat pump", powerW: 799, at: at + MINUTE },
        { channel: "Oven", powerW: 1850.25, at: at + MINUTE },
      ),
    );
  });

  it("takes the zone of its local times from the range, where it is not the site's", () => {
    const data = [
      ["2026-03-10T05:00:00", 1],
      ["2026-03-10T06:00:00", 2],
    ];

    expect(hearJson("", { range: [begin, begin + 7200], labels: ["Time", "a"], data })).toEqual(
      readings({ channel: "a", powerW: 1, at }, { channel: "a", powerW: 2, at: at + 60 * MINUTE }),
    );
  });

  it("follows the site's clock through a change where it agrees with the range", () => {
    const first = Date.parse("2026-03-29T00:30:00Z");
    const data = [
      ["2026-03-29T01:30:00", 1],
      ["2026-03-29T03:30:00", 2],
    ];

    expect(hearJson("", { range: [first / 1000, first / 1000 + 7200], labels: ["Time", "a"], data })).toEqual(
      readings({ channel: "a", powerW: 1, at: first }, { channel: "a", powerW: 2, at: first + 60 * MINUTE }),
    );
  });

  it("reads times in epoch seconds and in UTC", () => {
    const of = (time: unknown) => ({ range: [begin, begin + 60], labels: ["Time", "a"], data: [[time, 7]] });

    expect(hearJson("", of(begin))).toEqual(readings({ channel: "a", powerW: 7, at }));
    expect(hearJson("", of("2026-03-10T12:00:00"))).toEqual(readings({ channel: "a", powerW: 7, at }));
  });

  it("leaves readings without a time to their arrival", () => {
    expect(hearJson("", { range: [begin, begin + 60], labels: ["a"], data: [[7], "x", [null]] })).toEqual(
      readings({ channel: "a", powerW: 7 }),
    );
  });

  it("reads its status: inputs by number, else outputs by name", () => {
    const inputs = [
      { channel: 0, Vrms: 119.5, Hz: 60.01, phase: 0 },
      { channel: 1, Watts: "  512", Pf: 0.95 },
      { channel: 2, reversed: true },
    ];
    const outputs = [
      { name: "House", units: "Watts", value: 640.5 },
      { name: "Sold", units: "kWh", value: 12 },
    ];

    expect(hearJson("", { stats: {}, inputs, outputs })).toEqual(
      readings(
        { channel: "0", electrical: { voltageV: 119.5, frequencyHz: 60.01 } },
        { channel: "1", powerW: 512, electrical: { powerFactor: 0.95 } },
      ),
    );
    expect(hearJson("", { outputs })).toEqual(readings({ channel: "House", powerW: 640.5 }));
  });

  it.each([
    [`solar value=294.5 ${begin}`, { channel: "solar", powerW: 294.5, at }],
    [`Watts,device=attic,ct=Oven value=99 ${begin}`, { name: "attic", channel: "Oven", powerW: 99, at }],
    [`solar.kW value=1.5 ${begin}`, { channel: "solar", powerW: 1500, at }],
    [`power,units=volts,name=main value=230.5 ${begin}`, { channel: "main", electrical: { voltageV: 230.5 }, at }],
    [`attic,units=Watts pump=80 ${begin}000000000`, { channel: "pump", powerW: 80, at }],
    [`heat\\ pump,units=PF value=0.9`, { channel: "heat pump", electrical: { powerFactor: 0.9 } }],
  ])("reads the line %s", (line, reading) => {
    expect(hear("", line)).toEqual(readings(reading));
  });

  it("reads many lines, a field a circuit", () => {
    expect(
      hear("", `mains,device=attic Watts=500,Volts=230.5 ${begin}\noven,device=attic Watts=20 ${begin}\n`),
    ).toEqual(
      readings(
        { name: "attic", channel: "mains", powerW: 500, at },
        { name: "attic", channel: "mains", electrical: { voltageV: 230.5 }, at },
        { name: "attic", channel: "oven", powerW: 20, at },
      ),
    );
  });

  it.each([[`solar,units=kWh value=2944.6 ${begin}`], [`heap,units=Hz value=20000 ${begin}`]])(
    "says nothing of what is no register: %s",
    (line) => {
      expect(hear("", line)).toEqual(nothing);
    },
  );

  it.each([
    `temperature value=21.5 ${begin}`,
    `solar value=1 ${begin}000000000`,
    `solar,x value=1 ${begin}`,
    `solar value=on ${begin}`,
    "a=b",
  ])("does not take %s for its line", (line) => {
    expect(hear("house", line).kind).toBe("refused");
  });

  it("refuses tables that are too large", () => {
    const data = Array.from({ length: 2501 }, () => [begin, 1]);

    expect(hearJson("", { range: [begin, begin + 60], labels: ["Time", "a"], data })).toMatchObject({
      kind: "refused",
      reason: "too-big",
    });
  });
});
