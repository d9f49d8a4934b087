import { describe, expect, it } from "vitest";
import { hear, hearJson, listen, nothing, readings } from "../said";

const evcc = { name: "evcc" };
const phases = (of: object) => ({ electrical: { phases: of } });

describe("evcc", () => {
  it.each([
    ["site/gridPower", "-2480.5", { role: "grid", powerW: -2480.5 }],
    ["site/grid/power", "612", { role: "grid", powerW: 612 }],
    ["site/grid/energy", "8123.456", { role: "grid", importWh: 8_123_456 }],
    ["site/grid/returnEnergy", "17.5", { role: "grid", exportWh: 17_500 }],
    ["site/grid/powers/2", "-90", { role: "grid", ...phases({ L2: { powerW: -90 } }) }],
    ["site/gridCurrents/l3", "4.2", { role: "grid", ...phases({ L3: { currentA: 4.2 } }) }],
    ["site/pvPower", "5120", { channel: "pv", role: "solar", powerW: 5120 }],
    ["site/pvEnergy", "990.1", { channel: "pv", role: "solar", importWh: 990_100 }],
    ["site/pv/2/power", "1900", { channel: "pv-2", role: "solar", powerW: 1900 }],
    ["site/pv/2/energy", "55", { channel: "pv-2", role: "solar", importWh: 55_000 }],
    ["site/batteryPower", "750", { channel: "battery", role: "battery", powerW: -750 }],
    ["site/battery/power", "-750", { channel: "battery", role: "battery", powerW: 750 }],
    ["site/batteryEnergy", "12", { channel: "battery", role: "battery", exportWh: 12_000 }],
    ["site/batterySoc", "83", { channel: "battery", role: "battery", socPercent: 83 }],
    ["site/battery/1/soc", "82.5", { channel: "battery-1", role: "battery", socPercent: 82.5 }],
    ["site/battery/devices/1/power", "0", { channel: "battery-1", role: "battery", powerW: 0 }],
    ["site/homePower", "431.25", { channel: "home", role: "load", powerW: 431.25 }],
    ["site/aux/1/power", "2000", { channel: "aux-1", role: "load", powerW: 2000 }],
    ["loadpoints/1/chargePower", "10850", { channel: "loadpoint-1", role: "ev", powerW: 10_850 }],
    ["loadpoints/2/chargeTotalImport", "345.678", { channel: "loadpoint-2", role: "ev", importWh: 345_678 }],
    [
      "loadpoints/1/chargeCurrents/l1",
      "15.7",
      { channel: "loadpoint-1", role: "ev", ...phases({ L1: { currentA: 15.7 } }) },
    ],
    [
      "loadpoints/1/chargeVoltages/2",
      "233",
      { channel: "loadpoint-1", role: "ev", ...phases({ L2: { voltageV: 233 } }) },
    ],
    ["loadpoints/1/vehicleSoc", "47", { channel: "loadpoint-1", role: "ev", socPercent: 47 }],
  ])("reads %s %s", (path, payload, reading) => {
    expect(hear(`evcc/${path}`, payload)).toEqual(readings({ ...evcc, ...reading }));
  });

  it("knows its own words under another root", () => {
    expect(hear("home/cellar/site/gridPower", "5")).toEqual(readings({ name: "home-cellar", role: "grid", powerW: 5 }));
  });

  it.each([
    ["evcc/site/pv", "2"],
    ["evcc/site/grid/currents", "3"],
    ["evcc/site/gridConfigured", "true"],
    ["evcc/site/batteryMode", "normal"],
    ["evcc/site/batteryCapacity", "10"],
    ["evcc/site/residualPower", "100"],
    ["evcc/site/tariffGrid", "0.31"],
    ["evcc/site/statistics/30d/chargedKWh", "120"],
    ["evcc/site/batteryDischargeControl/set", "true"],
    ["evcc/loadpoints", "2"],
    ["evcc/loadpoints/1/chargedEnergy", "5000"],
    ["evcc/loadpoints/1/vehicleSoc", "0"],
    ["evcc/loadpoints/1/mode", "pv"],
    ["evcc/loadpoints/1/minCurrent/set", "8"],
    ["evcc/loadpoints/1/chargePower", ""],
  ])("says nothing about energy with %s %s", (topic, payload) => {
    expect(hear(topic, payload)).toEqual(nothing);
  });

  it("refuses a power that is none", () => {
    expect(hear("evcc/site/gridPower", "lots")).toMatchObject({ kind: "refused", reason: "not-a-number" });
  });

  it("passes over single inverters while it hears of all of them together", () => {
    const tell = listen();
    tell("evcc/site/pvPower", "5000");

    expect(tell("evcc/site/pv/1/power", "2500", 1000)).toEqual(nothing);
    expect(tell("evcc/site/battery/1/power", "10", 1000)).toMatchObject({ kind: "readings" });
  });

  it("reads the answer of its API", () => {
    const state = {
      ...{
        siteTitle: "Casa",
        grid: { power: -310, energy: 1500.5, currents: [1, -2, 0.5] },
        pvPower: 4100,
        pvEnergy: 12,
      },
      ...{ batteryPower: 900, batterySoc: 55, batteryEnergy: 40, homePower: 700, auxPower: 0, auxConfigured: false },
      loadpoints: [
        { title: "Garage", chargePower: 3990, chargeTotalImport: 77.5, chargeCurrents: [17, 0, 0], vehicleSoc: 0 },
        { title: "Street", chargePower: 0, vehicleSoc: 61 },
      ],
    };
    const said = readings(
      {
        role: "grid",
        powerW: -310,
        importWh: 1_500_500,
        ...phases({ L1: { currentA: 1 }, L2: { currentA: -2 }, L3: { currentA: 0.5 } }),
      },
      { role: "solar", channel: "pv", powerW: 4100, importWh: 12_000 },
      { role: "battery", channel: "battery", powerW: -900, exportWh: 40_000, socPercent: 55 },
      { role: "load", channel: "home", powerW: 700 },
      {
        role: "ev",
        channel: "loadpoint-1",
        powerW: 3990,
        importWh: 77_500,
        ...phases({ L1: { currentA: 17 }, L2: { currentA: 0 }, L3: { currentA: 0 } }),
      },
      { role: "ev", channel: "loadpoint-2", powerW: 0, socPercent: 61 },
    );

    expect(hearJson("", state)).toEqual(said);
    expect(hearJson("", { result: state })).toEqual(said);
  });

  it("reads a part that comes as JSON", () => {
    expect(hearJson("evcc/site/battery", { power: -200, soc: 40, devices: [] })).toEqual(
      readings({ ...evcc, role: "battery", channel: "battery", powerW: 200, socPercent: 40 }),
    );
  });
});
