import { describe, expect, it } from "vitest";
import { hear, hearJson, listen, nothing, readings } from "./said";

describe("SolarEdge through solaredge2mqtt", () => {
  const own = { name: "solaredge" };
  const flow = {
    ...{ pv_production: 3100, inverter: { consumption: 0, production: 3000 }, battery: { charge: 0, discharge: 150 } },
    ...{ grid: { consumption: 0, delivery: 1200 }, consumer: { house: 1800, evcharger: 0, total: 1800 } },
  };
  const inverter = {
    ac: {
      power: { actual: 3000, factor: 99.5 },
      current: { actual: 13, l1: 13 },
      voltage: { l1: 400, l1n: 231 },
      frequency: 50,
    },
    ...{ dc: { power: 3050 }, energytotal: 7_654_321, temperature: 44.5, status: 4 },
  };

  it("reads the flow of power", () => {
    expect(hearJson("solaredge/powerflow", flow)).toEqual(
      readings(
        { ...own, role: "grid", powerW: -1200 },
        { ...own, role: "solar", channel: "pv", powerW: 3100 },
        { ...own, role: "battery", channel: "battery", powerW: -150 },
        { ...own, role: "load", channel: "home", powerW: 1800 },
      ),
    );
  });

  it("reads an inverter", () => {
    expect(hearJson("solaredge/modbus/inverter", inverter)).toEqual(
      readings({
        ...{ ...own, role: "solar", channel: "pv", powerW: 3000, importWh: 7_654_321 },
        electrical: {
          frequencyHz: 50,
          currentA: 13,
          powerFactor: 0.995,
          phases: { L1: { currentA: 13, voltageV: 231 } },
        },
      }),
    );
  });

  it("leaves an inverter's power, in which its battery's is, to the flow of power where that is heard", () => {
    const tell = listen();
    tell("solaredge/powerflow", JSON.stringify(flow));

    expect(tell("solaredge/modbus/inverter", JSON.stringify({ ac: { power: { actual: 9 } }, energytotal: 5 }))).toEqual(
      readings({ ...own, role: "solar", channel: "pv", importWh: 5 }),
    );
  });

  it.each([
    [undefined, { role: "grid", powerW: -250, importWh: 10, exportWh: 20 }],
    [{ option: "Export+Import" }, { role: "grid", powerW: -250, importWh: 10, exportWh: 20 }],
    [{ option: "Production" }, { role: "solar", channel: "production", powerW: 250, importWh: 20, exportWh: 10 }],
  ])("reads a meter, whose power is positive when it exports: %j", (info, reading) => {
    const meter = { info, power: { actual: 250 }, energy: { totalimport: 10, totalexport: 20 } };

    expect(hearJson("solaredge/modbus/meter/m0", meter)).toEqual(readings({ ...own, ...reading }));
  });

  it("reads a battery", () => {
    const battery = { power: 800, voltage: 410, current: 1.95, state_of_charge: 66.5, available_energy: 6000 };

    expect(hearJson("solaredge/modbus/battery/0", battery)).toEqual(
      readings({
        ...{ ...own, role: "battery", channel: "battery", powerW: 800, socPercent: 66.5 },
        electrical: { voltageV: 410, currentA: 1.95 },
      }),
    );
  });
});

describe("EcoFlow", () => {
  it.each([
    [{ powGetPv: 201.5, gridConnectionPower: 201.5 }, [{ role: "solar", powerW: 201.5 }]],
    [
      { powGetPv: 10, gridConnectionVol: 233.5, gridConnectionAmp: 0.5, gridConnectionFreq: 49.9, moduleWifiRssi: -50 },
      [{ role: "solar", powerW: 10, electrical: { voltageV: 233.5, currentA: 0.5, frequencyHz: 49.9 } }],
    ],
    [
      { params: { powGetPvSum: 900, powGetSysGrid: -100, powGetSysLoad: 300, powGetBpCms: 500, cmsBattSoc: 41 } },
      [
        { role: "solar", powerW: 900 },
        { role: "grid", channel: "grid", powerW: -100 },
        { role: "battery", channel: "battery", powerW: 500, socPercent: 41 },
        { role: "load", channel: "home", powerW: 300 },
      ],
    ],
    [{ params: { sysGridPwr: 55 } }, [{ role: "grid", channel: "grid", powerW: 55 }]],
  ])("reads what changed: %j", (body, said) => {
    expect(hearJson("stream", body)).toEqual(readings(...said));
    expect(hearJson("/open/account/BK11A/quota", body)).toEqual(
      readings(...said.map((one) => ({ ...one, name: "BK11A" }))),
    );
  });

  it.each(['{"invNtcTemp3":24}', '{"moduleWifiRssi":-51}', '{"feedGridModePowMax":800}', '{"powGetPv":null}'])(
    "says nothing about energy with %s",
    (payload) => {
      expect(hear("/app/device/property/BK11A", payload)).toEqual(nothing);
    },
  );

  it("reads Tibber's live measurement, whose power going out is a field of its own", () => {
    const body = { power: 0, powerProduction: 800, accumulatedConsumption: 5.1, maxPower: 5000, currentL1: 3.5 };
    const registers = { lastMeterConsumption: 12_345.5, lastMeterProduction: 12.5 };

    expect(hearJson("tibber/live", { ...body, ...registers })).toEqual(
      readings({
        powerW: -800,
        importWh: 12_345_500,
        exportWh: 12_500,
        electrical: { phases: { L1: { currentA: 3.5 } } },
      }),
    );
    expect(hearJson("tibber/live", { ...body, power: 300, powerProduction: null })).toMatchObject(
      readings({ powerW: 300 }),
    );
  });
});
