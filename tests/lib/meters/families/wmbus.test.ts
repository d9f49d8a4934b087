import { describe, expect, it } from "vitest";
import { ARRIVAL, hearJson, listen, nothing, readings } from "../said";

const STAMP = "2026-03-10T12:00:00Z";
const telegram = {
  _: "telegram",
  media: "electricity",
  meter: "amiplus",
  name: "House",
  id: "00112233",
  timestamp: STAMP,
};
const head = { name: "House", serial: "00112233", at: ARRIVAL };
const TOPIC = "wmbusmeters/00112233";

describe("wmbusmeters", () => {
  it.each([
    ["consumption", { current_power_consumption_kw: 1.25 }, { powerW: 1250 }],
    ["less production", { current_power_consumption_kw: 0, current_power_production_kw: 0.75 }, { powerW: -750 }],
    ["a register", { total_energy_consumption_kwh: 1234.567 }, { importWh: 1_234_567 }],
    ["what was sent out", { total_energy_production_kwh: 2.5 }, { exportWh: 2500 }],
    ["null as not said", { total_energy_consumption_kwh: 9, current_power_consumption_kw: null }, { importWh: 9000 }],
    [
      "tariffs beside their total",
      {
        total_energy_consumption_kwh: 30,
        total_energy_consumption_tariff_1_kwh: 20,
        total_energy_consumption_tariff_2_kwh: 10,
      },
      {
        importWh: 30_000,
        tariffs: [
          { name: "1", importWh: 20_000 },
          { name: "2", importWh: 10_000 },
        ],
      },
    ],
    [
      "tariffs without a total",
      { total_energy_consumption_tariff_1_kwh: 20, total_energy_consumption_tariff_2_kwh: 10.5 },
      {
        importWh: 30_500,
        tariffs: [
          { name: "1", importWh: 20_000 },
          { name: "2", importWh: 10_500 },
        ],
      },
    ],
    [
      "phases",
      {
        voltage_at_phase_1_v: 230,
        current_l2_a: 3.5,
        active_consumption_l3_kw: 0.5,
        voltage_l3_n_v: 231,
        frequency_hz: 49.9,
      },
      {
        electrical: {
          frequencyHz: 49.9,
          phases: { L1: { voltageV: 230 }, L2: { currentA: 3.5 }, L3: { powerW: 500, voltageV: 231 } },
        },
      },
    ],
    ["no factor above one", { total_energy_consumption_kwh: 1, power_factor: 1.67 }, { importWh: 1000 }],
    ["no peaks", { total_energy_consumption_kwh: 1, max_power_consumption_kw: 4.5 }, { importWh: 1000 }],
  ])("reads %s", (_, body, reading) => {
    expect(hearJson(TOPIC, { ...telegram, ...body })).toEqual(readings({ ...reading, ...head }));
  });

  it.each([
    ["cold water", "water", { total_m3: 88.5, target_m3: 80 }, { volumeM3: 88.5 }],
    ["gas", "gas", { total_m3: 1200.25 }, { volumeM3: 1200.25 }],
    [
      "heat",
      "heat",
      {
        total_energy_consumption_kwh: 5000,
        total_volume_m3: 120,
        power_kw: 6.5,
        flow_temperature_c: 61,
        return_temperature_c: 40,
      },
      { powerW: 6500, importWh: 5_000_000, volumeM3: 120, temperatureC: 61 },
    ],
  ])("reads %s", (media, role, body, reading) => {
    expect(hearJson(TOPIC, { ...telegram, meter: "other", media, ...body })).toEqual(
      readings({ ...reading, ...head, role }),
    );
  });

  it("takes the meter's own clock, which has no zone, where the receiver gave no credible time", () => {
    const body = {
      ...telegram,
      timestamp: "1111-11-11T11:11:11Z",
      device_datetime: "2026-03-10 13:00",
      total_energy_consumption_kwh: 1,
    };

    expect(hearJson(TOPIC, body)).toEqual(readings({ importWh: 1000, ...head }));
  });

  it("refuses a telegram whose units cannot be those it names", () => {
    const body = { ...telegram, operating_time_y: 10_000_000, total_energy_consumption_kwh: 33.4 };

    expect(hearJson(TOPIC, body)).toMatchObject({ reason: "inconsistent" });
  });

  it("refuses a register that says a thousandth of what it said before, and goes on after it", () => {
    const say = listen();
    const register = (value: number): unknown =>
      say(TOPIC, JSON.stringify({ ...telegram, total_energy_consumption_kwh: value }));
    register(33385.482);

    expect(register(33.385496)).toMatchObject({ reason: "inconsistent" });
    expect(register(33385.6)).toEqual(readings({ importWh: 33_385_600, ...head }));
    expect(register(0)).toEqual(readings({ importWh: 0, ...head }));
  });

  it("says whose key is needed where a telegram could not be decrypted", () => {
    expect(hearJson(TOPIC, { ...telegram, status: "DECRYPTION_FAILED" })).toMatchObject({
      reason: "needs-codec",
      detail: "the AES key of meter 00112233",
    });
  });

  it("has nothing to say of other media", () => {
    const body = { ...telegram, media: "room sensor", current_temperature_c: 21, current_relative_humidity_rh: 40 };

    expect(hearJson(TOPIC, body)).toEqual(nothing);
  });

  it("keeps the values of a meter that reports an error", () => {
    expect(hearJson(TOPIC, { ...telegram, status: "TEMPORARY_ERROR", total_energy_consumption_kwh: 1 })).toEqual(
      readings({ importWh: 1000, ...head }),
    );
  });
});
