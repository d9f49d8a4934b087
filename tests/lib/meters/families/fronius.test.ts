import { describe, expect, it } from "vitest";
import { hearJson, nothing, readings } from "../said";

const at = Date.parse("2026-03-10T11:59:58Z");
const Head = { Status: { Code: 0, Reason: "" }, Timestamp: "2026-03-10T12:59:58+01:00" };
const answer = (Data: object) => ({ Head, Body: { Data } });
const watts = (Value: number) => ({ Value, Unit: "W" });
const phases = (of: object) => ({ electrical: { phases: of } });

describe("Fronius", () => {
  it("reads the power flow: what the house takes and what charges are negative there", () => {
    const Site = {
      ...{ Mode: "bidirectional", P_Grid: -1200.5, P_Load: -650.25, P_Akku: -800, P_PV: 2650.75 },
      ...{ E_Day: null, E_Year: 100, E_Total: 7_654_321.5, Meter_Location: "grid", rel_SelfConsumption: 54 },
    };

    expect(hearJson("", answer({ Site, Inverters: { 1: { DT: 1, P: 1850, SOC: 62.5 } } }))).toEqual(
      readings(
        { role: "grid", powerW: -1200.5, at },
        { role: "solar", channel: "pv", powerW: 2650.75, importWh: 7_654_321.5, at },
        { role: "battery", channel: "battery", powerW: 800, socPercent: 62.5, at },
        { role: "load", channel: "home", powerW: 650.25, at },
      ),
    );
  });

  it("knows that panels which say nothing at night produce nothing", () => {
    const Site = { P_Grid: 400, P_Load: -400, P_Akku: null, P_PV: null, E_Total: 5000 };

    expect(hearJson("fronius/flow", answer({ Site, Inverters: {} }))).toEqual(
      readings(
        { role: "grid", powerW: 400, at },
        { role: "solar", channel: "pv", powerW: 0, importWh: 5000, at },
        { role: "load", channel: "home", powerW: 400, at },
      ),
    );
  });

  it("says nothing of panels where there are none", () => {
    expect(hearJson("", answer({ Site: { P_Grid: 1, P_PV: null, E_Total: null }, Inverters: {} }))).toEqual(
      readings({ role: "grid", powerW: 1, at }),
    );
  });

  it("reads an inverter, by day and by night", () => {
    const common = { PAC: watts(2222), FAC: { Value: 50.01, Unit: "Hz" }, UAC: { Value: 233, Unit: "V" } };
    const TOTAL_ENERGY = { Value: 123_456, Unit: "Wh" };
    const DAY_ENERGY = { Value: 9000, Unit: "Wh" };

    expect(hearJson("", answer({ ...common, TOTAL_ENERGY, DAY_ENERGY }))).toEqual(
      readings({
        role: "solar",
        powerW: 2222,
        importWh: 123_456,
        electrical: { voltageV: 233, frequencyHz: 50.01 },
        at,
      }),
    );
    expect(hearJson("", answer({ TOTAL_ENERGY, DAY_ENERGY, DeviceStatus: { StatusCode: 3 } }))).toEqual(
      readings({ role: "solar", importWh: 123_456, at }),
    );
  });

  it("reads the phases of an inverter", () => {
    const IAC_L1 = { Unit: "A", Value: 1.25 };
    const UAC_L3 = { Unit: "V", Value: 230.5 };

    expect(hearJson("", answer({ IAC_L1, UAC_L3 }))).toEqual(
      readings({ role: "solar", ...phases({ L1: { currentA: 1.25 }, L3: { voltageV: 230.5 } }), at }),
    );
  });

  it("reads several inverters at once, each by its number", () => {
    const PAC = { Unit: "W", Values: { 1: 100, 2: 200 } };
    const TOTAL_ENERGY = { Unit: "Wh", Values: { 1: 5000, 2: null } };

    expect(hearJson("", answer({ PAC, TOTAL_ENERGY }))).toEqual(
      readings(
        { role: "solar", channel: "1", powerW: 100, importWh: 5000, at },
        { role: "solar", channel: "2", powerW: 200, at },
      ),
    );
  });

  it("reads a meter at the grid", () => {
    const meter = {
      ...{ PowerReal_P_Sum: -90.5, PowerReal_P_Phase_1: -90.5, Voltage_AC_Phase_1: 231, Current_AC_Phase_1: 0.4 },
      ...{ PowerFactor_Phase_1: -0.9, Frequency_Phase_Average: 50, Meter_Location_Current: 0 },
      ...{ EnergyReal_WAC_Sum_Consumed: 1000, EnergyReal_WAC_Sum_Produced: 2000, Details: { Serial: "17" } },
    };

    expect(hearJson("", answer({ 0: meter }))).toEqual(
      readings({
        role: "grid",
        serial: "17",
        powerW: -90.5,
        importWh: 1000,
        exportWh: 2000,
        electrical: {
          frequencyHz: 50,
          phases: { L1: { powerW: -90.5, voltageV: 231, currentA: 0.4, powerFactor: -0.9 } },
        },
        at,
      }),
    );
  });

  it("turns a meter round that sits anywhere else: its consumption is negative", () => {
    const load = { PowerReal_P_Sum: -700, Meter_Location_Current: 1, EnergyReal_WAC_Sum_Produced: 9 };
    const roof = { PowerReal_P_Sum: 500, Meter_Location_Current: 3, EnergyReal_WAC_Sum_Produced: 8 };

    expect(hearJson("", answer(load))).toEqual(readings({ role: "load", powerW: 700, importWh: 9, at }));
    expect(hearJson("", answer({ 0: load, 1: roof }))).toEqual(
      readings(
        { role: "load", channel: "0", powerW: 700, importWh: 9, at },
        { role: "solar", channel: "1", powerW: 500, importWh: 8, at },
      ),
    );
  });

  it("reads a meter of a GEN24", () => {
    const meter = {
      SMARTMETER_VALUE_LOCATION_U16: 0,
      SMARTMETER_POWERACTIVE_MEAN_SUM_F64: 321.5,
      SMARTMETER_ENERGYACTIVE_CONSUMED_SUM_F64: 4000,
      SMARTMETER_VOLTAGE_02_F64: 229.5,
      GRID_FREQUENCY_MEAN_F32: 49.99,
    };

    expect(hearJson("", answer({ 0: meter }))).toEqual(
      readings({
        role: "grid",
        powerW: 321.5,
        importWh: 4000,
        electrical: { frequencyHz: 49.99, phases: { L2: { voltageV: 229.5 } } },
        at,
      }),
    );
  });

  it("reads a storage and an Ohmpilot", () => {
    const Controller = { StateOfCharge_Relative: 81.5, Voltage_DC: 212.5, Current_DC: -2 };

    expect(hearJson("", answer({ 0: { Controller, Modules: [] } }))).toEqual(
      readings({ role: "battery", socPercent: 81.5, electrical: { voltageV: 212.5, currentA: -2 }, at }),
    );
    expect(hearJson("", answer({ 0: { PowerReal_PAC_Sum: 900, EnergyReal_WAC_Sum_Consumed: 50 } }))).toEqual(
      readings({ role: "load", powerW: 900, importWh: 50, at }),
    );
  });

  it.each([[answer({})], [answer({ 1: { DT: 1, UniqueID: "5" } })], [{ Head, Body: { LoggerInfo: {} } }]])(
    "says nothing about energy with %j",
    (body) => {
      expect(hearJson("", body)).toEqual(nothing);
    },
  );
});
