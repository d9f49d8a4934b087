import { describe, expect, it } from "vitest";
import { ARRIVAL, hearJson, nothing, readings } from "../said";

const WIFI = { wifi_ssid: "home", wifi_strength: 80 };
const P1 = {
  ...{ ...WIFI, smr_version: 50, meter_model: "X", unique_id: "4530303034", active_tariff: 2 },
  ...{ total_power_import_t1_kwh: 100.5, total_power_import_t2_kwh: 50.25 },
  ...{ total_power_export_t1_kwh: 1, total_power_export_t2_kwh: 2.5 },
  ...{ active_power_w: -410, active_power_l1_w: -560, active_power_l2_w: 150, active_power_l3_w: null },
  ...{ active_voltage_l1_v: 230.5, active_current_l1_a: -3, active_current_a: 4, montly_power_peak_w: 4000 },
};
const GRID = {
  role: "grid",
  serial: "E0004",
  powerW: -410,
  importWh: 150_750,
  exportWh: 3500,
  tariffs: [
    { name: "1", importWh: 100_500, exportWh: 1000 },
    { name: "2", importWh: 50_250, exportWh: 2500 },
  ],
  electrical: { phases: { L1: { powerW: -560, voltageV: 230.5, currentA: -3 }, L2: { powerW: 150 } } },
};

describe("HomeWizard's first API", () => {
  it("adds up the tariffs of a P1 meter and leaves out the phases and the gas that are null", () => {
    expect(hearJson("", { ...P1, total_gas_m3: null, gas_timestamp: null })).toEqual(readings(GRID));
  });

  it("takes a total that it says, once", () => {
    expect(hearJson("", { ...P1, total_power_import_kwh: 150.75, total_power_export_kwh: 3.5 })).toEqual(
      readings(GRID),
    );
  });

  it("stamps gas with a number of digits, by the site's clock", () => {
    expect(hearJson("home/p1", { ...P1, total_gas_m3: 12.345, gas_timestamp: 260_310_125_500 })).toEqual(
      readings(GRID, { channel: "gas", role: "gas", volumeM3: 12.345, at: ARRIVAL - 300_000 }),
    );
  });

  it("lists the meters beside it, of which gas is not said twice", () => {
    const external = [
      { unique_id: "4730303031", type: "gas_meter", timestamp: 260_310_125_500, value: 12.345, unit: "m3" },
      { unique_id: "57", type: "water_meter", timestamp: 260_310_125_959, value: 5.5, unit: "m3" },
      { unique_id: "48", type: "heat_meter", timestamp: 260_310_120_000, value: 3.6, unit: "GJ" },
      { unique_id: "49", type: "some_meter", timestamp: 260_310_120_000, value: 3.6, unit: "GJ" },
      null,
    ];

    expect(hearJson("", { ...P1, total_gas_m3: 12.345, gas_timestamp: 260_310_125_500, external })).toMatchObject(
      readings(
        { role: "grid" },
        { channel: "gas", role: "gas", volumeM3: 12.345, serial: "G0001", at: ARRIVAL - 300_000 },
        { channel: "water", role: "water", volumeM3: 5.5 },
        { channel: "heat", role: "heat", importWh: 1_000_000 },
      ),
    );
  });

  it("reads a kWh meter and what it measures of the line", () => {
    const body = {
      ...{ ...WIFI, total_power_import_kwh: 133.5, total_power_import_t1_kwh: 133.5, total_power_export_kwh: 5 },
      ...{ active_power_w: -31.5, active_voltage_v: 229.5, active_current_a: 0.3, active_power_factor: 0.6 },
      ...{ active_apparent_power_va: 74, active_reactive_power_var: -40.5, active_frequency_hz: 50 },
    };

    expect(hearJson("", body)).toEqual(
      readings({
        powerW: -31.5,
        importWh: 133_500,
        exportWh: 5000,
        electrical: {
          voltageV: 229.5,
          currentA: 0.3,
          powerFactor: 0.6,
          apparentVa: 74,
          reactiveVar: -40.5,
          frequencyHz: 50,
        },
      }),
    );
  });

  it("reads a socket, whose only register is called the first tariff", () => {
    const body = { ...WIFI, total_power_import_t1_kwh: 10.5, total_power_export_t1_kwh: 0.5, active_power_w: 12 };

    expect(hearJson("", body)).toEqual(readings({ powerW: 12, importWh: 10_500, exportWh: 500 }));
  });

  it("reads a water meter", () => {
    expect(hearJson("", { ...WIFI, total_liter_m3: 123.456, active_liter_lpm: 7.2, total_liter_offset_m3: 0 })).toEqual(
      readings({ role: "water", volumeM3: 123.456 }),
    );
  });

  it.each([[{ power_on: false }], [{ ...WIFI, total_liter_m3: null }], [{ ...WIFI, active_power_w: null }]])(
    "says nothing of energy with %j",
    (body) => {
      expect(hearJson("", body)).toEqual(nothing);
    },
  );
});

describe("HomeWizard's second API", () => {
  const MEASUREMENT = {
    ...{ protocol_version: 50, unique_id: "4530303034", timestamp: "2026-03-10T12:59:59", tariff: 2 },
    ...{ energy_import_kwh: 150.75, energy_import_t1_kwh: 100.5, energy_import_t2_kwh: 50.25 },
    ...{ energy_export_kwh: 3.5, energy_export_t1_kwh: 1, energy_export_t2_kwh: 2.5 },
    ...{ power_w: -410, power_l1_w: -560, power_l2_w: 150, voltage_l1_v: 230.5, current_a: 6, current_l1_a: -3 },
    ...{ average_power_15m_w: 123, monthly_power_peak_w: 1111 },
    external: [
      { unique_id: "4730303031", type: "gas_meter", timestamp: "2026-03-10T12:55:00", value: 12.345, unit: "m3" },
    ],
  };
  const ALL = readings(
    { ...GRID, at: ARRIVAL - 1000 },
    { channel: "gas", role: "gas", volumeM3: 12.345, serial: "G0001", at: ARRIVAL - 300_000 },
  );

  it("names all anew and stamps with the meter's local time", () => {
    expect(hearJson("", MEASUREMENT)).toEqual(ALL);
  });

  it("sends the same through its web socket", () => {
    expect(hearJson("", { type: "measurement", data: MEASUREMENT })).toEqual(ALL);
  });

  it("reads a battery, which charges with positive power", () => {
    const body = {
      ...{ energy_import_kwh: 123.5, energy_export_kwh: 100, power_w: 404, voltage_v: 232, current_a: 1.7 },
      ...{ frequency_hz: 50, state_of_charge_pct: 50, cycles: 123 },
    };

    expect(hearJson("", body)).toEqual(
      readings({
        role: "battery",
        powerW: 404,
        importWh: 123_500,
        exportWh: 100_000,
        electrical: { voltageV: 232, currentA: 1.7, frequencyHz: 50 },
        socPercent: 50,
      }),
    );
  });
});
