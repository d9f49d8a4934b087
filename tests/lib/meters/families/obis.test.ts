import { describe, expect, it } from "vitest";
import { ARRIVAL, hear, nothing, readings } from "../said";

const telegram = (...lines: string[]): string => `/ABC5Meter-9\r\n\r\n${lines.join("\r\n")}\r\n!\r\n`;

describe("an OBIS telegram", () => {
  it("is read with its kilowatt-hours and watts, its phases and its number", () => {
    const text = telegram(
      ...[
        "1-0:0.0.0*255(1ABC1234567890)",
        "1-0:1.8.0*255(00001234.5678901*kWh)",
        "1-0:2.8.0*255(00000012.5000000*kWh)",
      ],
      ...["1-0:21.7.0*255(000100.50*W)", "1-0:41.7.0*255(-000050.25*W)", "1-0:61.7.0*255(000010.00*W)"],
      ...["1-0:1.7.0*255(000060.25*W)", "1-0:32.7.0*255(230.4*V)", "1-0:96.5.5*255(80)"],
    );

    expect(hear("tibber-bridge/7/publish/home/7/obis_stream", text.replaceAll("\r", ""))).toEqual(
      readings({
        powerW: 60.25,
        importWh: 1_234_567.8901,
        exportWh: 12_500,
        electrical: { phases: { L1: { powerW: 100.5, voltageV: 230.4 }, L2: { powerW: -50.25 }, L3: { powerW: 10 } } },
        role: "grid",
        serial: "1ABC1234567890",
      }),
    );
  });

  it("that says no total power has the sum of its phases", () => {
    const said = hear("d0", "\x021-0:21.7.0*255(-000210.25*W)\r\n1-0:41.7.0*255(000110.25*W)\r\n!\r\n\x03");

    expect(said).toMatchObject(readings({ powerW: -100 }));
  });

  it("may leave out the first groups of its codes and a unit, and repeats old registers, which are left out", () => {
    const said = hear(
      "d0",
      telegram(
        ...[
          "F.F(00000000)",
          "0.0.0(12345678)",
          "1.8.0(000123.456*kWh)",
          "1.8.0*04(000100.000*kWh)",
          "1.8.1(000100.000)",
        ],
        ...["1.8.2(000023.456)", "2.8.0(000001.000*MWh)", "16.7.0(-0.250*kW)", "13.7.0(0.98)"],
      ),
    );

    expect(said).toEqual(
      readings({
        powerW: -250,
        importWh: 123_456,
        exportWh: 1_000_000,
        tariffs: [
          { name: "1", importWh: 100_000 },
          { name: "2", importWh: 23_456 },
        ],
        electrical: { powerFactor: 0.98 },
        role: "grid",
        serial: "12345678",
      }),
    );
  });

  it.each([
    ["six digits", "260310", "130001", ARRIVAL + 1000],
    ["seven digits, the season first", "0260310", "0130001", ARRIVAL + 1000],
    ["hyphens and colons", "26-03-10", "13:00:01", ARRIVAL + 1000],
    ["another zone's hour", "260310", "120000", undefined],
    ["no date at all", "", "130001", undefined],
    ["letters", "heute", "130001", undefined],
  ])("takes its date and its time as the site's local time: %s", (_, date, time, at) => {
    const text = telegram(`1-0:0.9.2*255(${date})`, `1-0:0.9.1*255(${time})`, "1-0:1.7.0*255(5*W)");

    expect(hear("d0", text)).toEqual(readings({ powerW: 5, role: "grid", ...(at && { at }) }));
  });

  it.each([
    ["reactive power and apparent power", "1-0:3.7.0(0.100*kvar)", { reactiveVar: 100 }],
    ["reactive power to the grid", "1-0:4.7.0(30*var)", { reactiveVar: -30 }],
    ["apparent power", "1-0:9.7.0(1.5*kVA)", { apparentVa: 1500 }],
    ["milliamperes", "1-0:11.7.0(1500*mA)", { currentA: 1.5 }],
  ])("gives %s", (_, line, electrical) => {
    expect(hear("d0", telegram(line))).toEqual(readings({ electrical, role: "grid" }));
  });

  it.each([
    "1-0:1.7.0*255(5*kWh)",
    "1-0:1.8.0*255(5*W)",
    "1-0:32.7.0(5*A)",
    "1-0:1.7.0(5*bananas)",
    "1-0:6.8.0(1*kvarh)",
  ])("does not take a unit of another quantity: %s", (line) => {
    expect(hear("d0", telegram(line))).toEqual(nothing);
  });
});
