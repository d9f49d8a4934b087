import { describe, expect, it } from "vitest";
import { hear, hearJson, listen, nothing, readings } from "../said";

const sdm = { name: "sdm1-2" };
const phases = (of: object) => ({ electrical: { phases: of } });

describe("MBMD", () => {
  it.each([
    ["Power", "1523.000", { powerW: 1523 }],
    ["Power/L2", "-12.500", phases({ L2: { powerW: -12.5 } })],
    ["Import", "4321.125", { importWh: 4_321_125 }],
    ["Export", "7.250", { exportWh: 7250 }],
    ["Import/L3", "100.000", phases({ L3: { importWh: 100_000 } })],
    ["Import/T1", "80.500", { tariffs: [{ name: "1", importWh: 80_500 }] }],
    ["Voltage/L1", "231.400", phases({ L1: { voltageV: 231.4 } })],
    ["Current/L1", "6.600", phases({ L1: { currentA: 6.6 } })],
    ["Current", "6.600", { electrical: { currentA: 6.6 } }],
    ["Cosphi/L1", "0.990", phases({ L1: { powerFactor: 0.99 } })],
    ["Frequency", "49.980", { electrical: { frequencyHz: 49.98 } }],
    ["ChargeState", "44.000", { socPercent: 44 }],
  ])("reads %s %s", (path, payload, reading) => {
    expect(hear(`mbmd/sdm1-2/${path}`, payload)).toEqual(readings({ ...sdm, ...reading }));
    expect(hear(`cellar/mbmd/sdm1-2/${path}`, payload)).toEqual(readings({ ...sdm, ...reading }));
  });

  it.each([
    ["mbmd/status", "connected"],
    ["mbmd/sdm1-2/THD/L1", "2.100"],
    ["mbmd/sdm1-2/VoltageL1_/L2", "400.100"],
    ["mbmd/sdm1-2/ReactiveSum", "12.000"],
    ["mbmd/kostal1-1/DCPower/S1", "1200.000"],
    ["mbmd/kostal1-1/HeatSinkTemp", "41.000"],
    ["mbmd/sdm1-2/Sum", "12.000"],
  ])("says nothing about energy with %s %s", (topic, payload) => {
    expect(hear(topic, payload)).toEqual(nothing);
  });

  it.each([
    ["mbmd/sdm1-2/Power", "lots", "not-a-number"],
    ["mbmd/sdm1-2/Import", "-4.000", "inconsistent"],
  ])("refuses %s %s", (topic, payload, reason) => {
    expect(hear(topic, payload)).toMatchObject({ kind: "refused", reason });
  });

  it("takes the sum of both directions for the register of a meter that counts in one only", () => {
    const tell = listen();
    tell("mbmd/sdm1-2/Power", "1");
    tell("mbmd/sdm1-3/Import", "10");

    expect(tell("mbmd/sdm1-2/Sum", "12.5", 61_000)).toEqual(readings({ ...sdm, importWh: 12_500 }));
    expect(tell("mbmd/sdm1-3/Sum", "15.0", 61_000)).toEqual(nothing);
  });

  it("makes the power of the two directions, and the total of the phases", () => {
    const tell = listen();
    tell("mbmd/dzg1-1/ImportPower", "0.000");
    expect(tell("mbmd/dzg1-1/ExportPower", "350.000")).toEqual(readings({ name: "dzg1-1", powerW: -350 }));

    for (const phase of [1, 2, 3]) tell(`mbmd/sdm1-2/Power/L${phase}`, `${phase}00`);
    expect(tell("mbmd/sdm1-2/Power/L1", "110", 1000)).toEqual(
      readings({ ...sdm, powerW: 610, ...phases({ L1: { powerW: 110 } }) }),
    );
  });

  it("reads what its API answers of all devices", () => {
    const Unix = 1_773_144_000;
    const stamp = { Timestamp: "2026-03-10T13:00:00+01:00", Unix };
    const body = {
      "SDM1.2": { ...stamp, Power: 250, PowerL1: 100, PowerL2: 150, Import: 12.5, Sum: 13, VoltageL1: 230, THD: 2 },
      "ORNO1.3": { ...stamp, Sum: 40 },
    };

    expect(hearJson("", body)).toEqual(
      readings(
        {
          name: "SDM1.2",
          powerW: 250,
          importWh: 12_500,
          ...phases({ L1: { powerW: 100, voltageV: 230 }, L2: { powerW: 150 } }),
          at: Unix * 1000,
        },
        { name: "ORNO1.3", importWh: 40_000, at: Unix * 1000 },
      ),
    );
  });
});
