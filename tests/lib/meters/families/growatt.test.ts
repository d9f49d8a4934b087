import { describe, expect, it } from "vitest";
import { ARRIVAL, hear, hearJson, nothing, readings } from "../said";

const record = (values: object, more: object = {}) => ({
  ...{ device: "XYZ4A12345", time: "2026-03-10T13:00:30", buffered: "no", values },
  ...more,
});
const own = { name: "XYZ4A12345", serial: "XYZ4A12345" };
const at = ARRIVAL + 30_000;

describe("Growatt", () => {
  it("reads a string inverter: tenths of W, V, A and kWh, hundredths of Hz", () => {
    const values = {
      ...{ pvstatus: 1, pvpowerin: 21000, pvpowerout: 20505, pvfrequentie: 5001, pvgridvoltage: 2345 },
      ...{ pvgridcurrent: 88, pvgridpower: 20505, pvgridvoltage2: 0, pvenergytoday: 77, pvenergytotal: 123_456 },
      ...{ epvtotal: 130_000, totworktime: 4_000_000, pvtemperature: 415 },
    };

    expect(hearJson("energy/growatt", record(values))).toEqual(
      readings({
        ...own,
        role: "solar",
        powerW: 2050.5,
        importWh: 12_345_600,
        electrical: { frequencyHz: 50.01, voltageV: 234.5, currentA: 8.8 },
        at,
      }),
    );
  });

  it("reads three phases", () => {
    const of = (suffix: string, volt: number) => ({
      [`pvgridvoltage${suffix}`]: volt,
      [`pvgridcurrent${suffix}`]: 50,
      [`pvgridpower${suffix}`]: 11500,
    });

    expect(hearJson("", record({ pvpowerout: 34500, ...of("", 2300), ...of("2", 2310), ...of("3", 2320) }))).toEqual(
      readings({
        ...own,
        role: "solar",
        powerW: 3450,
        electrical: {
          phases: {
            L1: { voltageV: 230, currentA: 5, powerW: 1150 },
            L2: { voltageV: 231, currentA: 5, powerW: 1150 },
            L3: { voltageV: 232, currentA: 5, powerW: 1150 },
          },
        },
        at,
      }),
    );
  });

  it("says neither volts nor hertz at night", () => {
    expect(hearJson("", record({ pvpowerout: 0, pvfrequentie: 0, pvgridvoltage: 0, pvenergytotal: 10 }))).toEqual(
      readings({ ...own, role: "solar", powerW: 0, importWh: 1000, at }),
    );
  });

  it("reads a hybrid: grid, battery and house are parts of it", () => {
    const values = {
      ...{ pvpowerout: 10000, eactotal: 500, pactousertot: 0, pactogridtot: 2500, plocaloadtot: 7500 },
      ...{ etouser_tot: 1000, etogrid_tot: 2000, elocalload_tot: 3000, p1charge1: 1500, pdischarge1: 0 },
      ...{ eharge1_tot: 400, edischarge1_tot: 300, SOC: 88 },
    };

    expect(hearJson("", record(values))).toEqual(
      readings(
        { ...own, role: "solar", powerW: 1000, importWh: 50_000, at },
        { ...own, role: "grid", channel: "grid", powerW: -250, importWh: 100_000, exportWh: 200_000, at },
        {
          ...{ ...own, role: "battery", channel: "battery", powerW: 150 },
          ...{ importWh: 40_000, exportWh: 30_000, socPercent: 88, at },
        },
        { ...own, role: "load", channel: "home", powerW: 750, importWh: 300_000, at },
      ),
    );
  });

  it("reads an off-grid model, whose battery power is positive when it is discharged", () => {
    const values = {
      ...{ op_watt: 3000, pvpowerout: 3000, epvtotal: 100, outputvolt: 2301, outputfreq: 4999, OP_Curr: 13 },
      ...{ BatWatt: 3200, bat_Volt: 5210, batterySoc: 77, ebatDischarTotal: 50, op_va: 320_000 },
    };

    expect(hearJson("", record(values))).toEqual(
      readings(
        {
          ...{ ...own, role: "solar", powerW: 300, importWh: 10_000, at },
          electrical: { frequencyHz: 49.99, voltageV: 230.1, currentA: 1.3 },
        },
        {
          ...{ ...own, role: "battery", channel: "battery", powerW: -320, exportWh: 5000, socPercent: 77, at },
          electrical: { voltageV: 52.1 },
        },
      ),
    );
  });

  it("reads the record of a smart meter", () => {
    const values = {
      ...{ voltage_l1: 2300, voltage_l2: 0, Current_l1: 12, act_power_l1: -2500, act_power_l2: 0 },
      ...{ powerfactor_l1: 950, pos_rev_act_power: -2500, pos_act_energy: 12, rev_act_energy: 34, frequency: 500 },
    };

    expect(hearJson("energy/meter", record(values))).toEqual(
      readings({
        ...{ ...own, role: "grid", powerW: -250, importWh: 1200, exportWh: 3400, at },
        electrical: {
          frequencyHz: 50,
          phases: { L1: { powerW: -250, voltageV: 230, currentA: 1.2, powerFactor: 0.95 } },
        },
      }),
    );
  });

  it("keeps a record that was replayed at its own time", () => {
    const old = { buffered: "yes", time: "2026-03-09T08:00:00" };

    expect(hearJson("energy/growatt", record({ pvpowerout: 10 }, old))).toEqual(
      readings({ ...own, role: "solar", powerW: 1, at: Date.parse("2026-03-09T07:00:00Z") }),
    );
  });

  it("leaves a live record to its arrival where its clock is wrong", () => {
    expect(hearJson("energy/growatt", record({ pvpowerout: 10 }, { time: "2026-03-10T06:00:00" }))).toEqual(
      readings({ ...own, role: "solar", powerW: 1 }),
    );
  });

  it.each([
    ["a replayed record without a time", record({ pvpowerout: 10 }, { buffered: "yes", time: "" })],
    ["a replayed record of tomorrow", record({ pvpowerout: 10 }, { buffered: "yes", time: "2026-03-11T13:00:00" })],
    ["a record without a measure", record({ pvstatus: 1 })],
  ])("says nothing about energy with %s", (_, body) => {
    expect(hearJson("energy/growatt", body)).toEqual(nothing);
  });

  it("passes over what is no record", () => {
    expect(hear("energy/growatt", '{"device":"x","values":[1]}')).toEqual(nothing);
  });
});
