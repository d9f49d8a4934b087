import { describe, expect, it } from "vitest";
import { hear, hearJson, listen, nothing, readings } from "../said";

const GX = "N/b827eb0000a1";
const value = (number: unknown) => JSON.stringify({ value: number });
const phases = (of: object) => ({ electrical: { phases: of } });

describe("Victron", () => {
  it.each([
    ["grid/30/Ac/Power", -812.5, { role: "grid", powerW: -812.5 }],
    ["grid/30/Ac/L1/Power", 120, { role: "grid", ...phases({ L1: { powerW: 120 } }) }],
    ["grid/30/Ac/L3/Voltage", 231.4, { role: "grid", ...phases({ L3: { voltageV: 231.4 } }) }],
    ["grid/30/Ac/Frequency", 49.98, { role: "grid", electrical: { frequencyHz: 49.98 } }],
    ["grid/30/Ac/Energy/Forward", 4321.12, { role: "grid", importWh: 4_321_120 }],
    ["grid/30/Ac/Energy/Reverse", 99.5, { role: "grid", exportWh: 99_500 }],
    ["grid/30/Ac/L2/Energy/Forward", 7, { role: "grid", ...phases({ L2: { importWh: 7000 } }) }],
    ["pvinverter/21/Ac/Power", 1936, { channel: "pvinverter-21", role: "solar", powerW: 1936 }],
    ["pvinverter/21/Ac/Energy/Forward", 12.25, { channel: "pvinverter-21", role: "solar", importWh: 12_250 }],
    ["solarcharger/279/Yield/Power", 640, { channel: "solarcharger-279", role: "solar", powerW: 640 }],
    ["solarcharger/279/Yield/System", 801.5, { channel: "solarcharger-279", role: "solar", importWh: 801_500 }],
    ["battery/512/Dc/0/Power", -350, { channel: "battery-512", role: "battery", powerW: -350 }],
    ["battery/512/Dc/0/Voltage", 52.1, { channel: "battery-512", role: "battery", electrical: { voltageV: 52.1 } }],
    ["battery/512/Soc", 71, { channel: "battery-512", role: "battery", socPercent: 71 }],
    ["battery/512/History/ChargedEnergy", 900.5, { channel: "battery-512", role: "battery", importWh: 900_500 }],
    ["battery/512/History/DischargedEnergy", 850, { channel: "battery-512", role: "battery", exportWh: 850_000 }],
    ["evcharger/40/Ac/Power", 7200, { channel: "evcharger-40", role: "ev", powerW: 7200 }],
    ["evcharger/40/Ac/Energy/Forward", 310, { channel: "evcharger-40", role: "ev", importWh: 310_000 }],
    ["acload/33/Ac/Power", 88, { channel: "acload-33", role: "load", powerW: 88 }],
    ["vebus/276/Ac/Out/P", 430, { channel: "vebus-276", role: "load", powerW: 430 }],
    ["vebus/276/Ac/Out/L1/V", 229.9, { channel: "vebus-276", role: "load", ...phases({ L1: { voltageV: 229.9 } }) }],
    ["vebus/276/Ac/ActiveIn/P", 510, { role: "grid", powerW: 510 }],
    ["multi/0/Yield/Power", 300, { channel: "multi-0-pv", role: "solar", powerW: 300 }],
    ["system/0/Ac/Grid/L1/Power", 55, { role: "grid", ...phases({ L1: { powerW: 55 } }) }],
    ["system/0/Ac/Consumption/Total/Power", 610, { channel: "home", role: "load", powerW: 610 }],
    ["system/0/Dc/Pv/Power", 1500, { channel: "pv", role: "solar", powerW: 1500 }],
    ["system/0/Dc/Battery/Power", 120, { channel: "battery", role: "battery", powerW: 120 }],
    ["system/0/Dc/Battery/Soc", 64, { channel: "battery", role: "battery", socPercent: 64 }],
  ])("reads %s %s", (path, number, reading) => {
    expect(hear(`${GX}/${path}`, value(number))).toEqual(readings({ name: "b827eb0000a1", ...reading }));
  });

  it("finds the topic behind a bridge's prefix", () => {
    expect(hear(`boat/${GX}/grid/30/Ac/Power`, value(5))).toEqual(
      readings({ name: "b827eb0000a1", role: "grid", powerW: 5 }),
    );
  });

  it.each([
    [`${GX}/full_publish_completed`, value(1_773_144_000)],
    [`${GX}/heartbeat`, value(1_773_144_000)],
    [`${GX}/keepalive`, value(1)],
    [`${GX}/settings/0/Settings/CGwacs/MaxFeedInPower`, value(2500)],
    [`${GX}/tank/3/Remaining`, value(0.25)],
    [`${GX}/grid/30/DeviceInstance`, value(30)],
    [`${GX}/solarcharger/279/Yield/User`, value(12)],
    [`${GX}/solarcharger/279/History/Daily/0/Yield`, value(3.2)],
    [`${GX}/evcharger/40/Session/Energy`, value(3.2)],
    [`${GX}/system/0/Serial`, value("b827eb0000a1")],
    [`${GX}/system/0/Ac/Grid/NumberOfPhases`, value(3)],
    [`${GX}/grid/30/Ac/Frequency`, value(0)],
    [`${GX}/grid/30/Ac/Power`, ""],
    [`${GX}/grid/30/Ac/Power`, "{}"],
    ["W/b827eb0000a1/vebus/276/Hub4/L1/AcPowerSetpoint", value(-200)],
    ["R/b827eb0000a1/grid/30/Ac/Power", value(1)],
    ["R/b827eb0000a1/keepalive", "[]"],
  ])("says nothing about energy with %s %s", (topic, payload) => {
    expect(hear(topic, payload)).toEqual(nothing);
  });

  it.each([
    ["grid/30/Ac/L2/Power", null, "not-a-number"],
    ["grid/30/Ac/Power", "lots", "not-a-number"],
    ["grid/30/Ac/Power", [], "not-a-number"],
    ["grid/30/Ac/Energy/Forward", -0.02, "inconsistent"],
  ])("refuses %s %j", (path, number, reason) => {
    expect(hear(`${GX}/${path}`, value(number))).toMatchObject({ kind: "refused", reason });
  });

  it("makes the total of the phases that the system service gives one by one", () => {
    const tell = listen();
    tell(`${GX}/system/0/Ac/Consumption/L1/Power`, value(100));
    tell(`${GX}/system/0/Ac/Consumption/L2/Power`, value(20));
    tell(`${GX}/system/0/Ac/Consumption/L3/Power`, value(3));

    expect(tell(`${GX}/system/0/Ac/Consumption/L1/Power`, value(101), 1000)).toEqual(
      readings({
        name: "b827eb0000a1",
        channel: "home",
        role: "load",
        powerW: 124,
        ...phases({ L1: { powerW: 101 } }),
      }),
    );
  });

  it("makes no total of phases of which one is a minute old", () => {
    const tell = listen();
    tell(`${GX}/system/0/Ac/Grid/L1/Power`, value(100));
    tell(`${GX}/system/0/Ac/Grid/L2/Power`, value(100));
    tell(`${GX}/system/0/Ac/Grid/L3/Power`, value(100));

    expect(tell(`${GX}/system/0/Ac/Grid/L1/Power`, value(50), 61_000)).toEqual(
      readings({ name: "b827eb0000a1", role: "grid", ...phases({ L1: { powerW: 50 } }) }),
    );
  });

  it("makes no total of phases beside the one that the meter gives", () => {
    const tell = listen();
    tell(`${GX}/grid/30/Ac/Power`, value(300));
    for (const phase of [1, 2, 3]) tell(`${GX}/grid/30/Ac/L${phase}/Power`, value(99));

    expect(tell(`${GX}/grid/30/Ac/L1/Power`, value(98), 1000)).toEqual(
      readings({ name: "b827eb0000a1", role: "grid", ...phases({ L1: { powerW: 98 } }) }),
    );
  });

  it.each([
    ["grid/30/Ac/Power", "system/0/Ac/Grid/L1/Power"],
    ["grid/30/Ac/Power", "vebus/276/Ac/ActiveIn/P"],
    ["system/0/Ac/Grid/L1/Power", "vebus/276/Ac/ActiveIn/P"],
    ["pvinverter/21/Ac/Power", "system/0/Ac/PvOnGrid/L1/Power"],
    ["solarcharger/279/Yield/Power", "system/0/Dc/Pv/Power"],
    ["battery/512/Dc/0/Power", "system/0/Dc/Battery/Power"],
  ])("does not count twice: after %s, %s says nothing for ten minutes", (first, second) => {
    const tell = listen();
    tell(`${GX}/${first}`, value(10));

    expect(tell(`${GX}/${second}`, value(10), 599_000)).toEqual(nothing);
    expect(tell(`${GX}/${second}`, value(10), 601_000)).toMatchObject({ kind: "readings" });
  });

  it("adds the flows into an inverter's output to its register once it knows them all", () => {
    const tell = listen();
    const energy = (flow: string, kwh: number, afterMs: number) =>
      tell(`${GX}/vebus/276/Energy/${flow}`, value(kwh), afterMs);

    expect(energy("AcIn1ToAcOut", 100, 0)).toEqual(nothing);
    expect(energy("InverterToAcOut", 50, 10)).toEqual(nothing);
    expect(energy("AcIn1ToInverter", 9, 20)).toEqual(nothing);
    expect(energy("AcIn1ToAcOut", 101, 30_000)).toEqual(
      readings({ name: "b827eb0000a1", channel: "vebus-276", role: "load", importWh: 151_000 }),
    );
  });

  it("reads the JSON with which dbus-mqtt-grid is fed", () => {
    const L1 = { power: 200, voltage: 230, current: 0.9, frequency: 50.01, power_factor: 0.97, energy_forward: 4 };
    const L2 = { power: -50, voltage: 231, current: 0.2 };

    expect(
      hearJson("house/meter", { grid: { power: 150, voltage: 230, energy_forward: 10.5, energy_reverse: 2, L1, L2 } }),
    ).toEqual(
      readings({
        role: "grid",
        powerW: 150,
        importWh: 10_500,
        exportWh: 2000,
        electrical: {
          voltageV: 230,
          frequencyHz: 50.01,
          phases: {
            L1: { powerW: 200, voltageV: 230, currentA: 0.9, powerFactor: 0.97, importWh: 4000 },
            L2: { powerW: -50, voltageV: 231, currentA: 0.2 },
          },
        },
      }),
    );
  });

  it.each([
    [{ L1: { power: 77 } }, { powerW: 77, ...phases({ L1: { powerW: 77 } }) }],
    [{ power: "12,5" }, { powerW: 12.5 }],
  ])("reads a part of that JSON: %j", (grid, reading) => {
    expect(hearJson("house/meter", { grid })).toEqual(readings({ role: "grid", ...reading }));
  });
});
