import { describe, expect, it } from "vitest";
import { ARRIVAL, hearJson, listen, nothing, readings } from "../said";

const TOPIC = "zigbee2mqtt/linky";
const LINKY = {
  ...{ linky_mode: "historique", linkquality: 80, apparent_power: 710, rms_current: 3, rms_current_max: 30 },
  ...{ available_power: 6, current_tarif: "HC..", meter_serial_number: "061234567890" },
};
const SAID = { role: "grid", serial: "061234567890", electrical: { apparentVa: 710, currentA: 3 } };

describe("a Linky over Zigbee2MQTT", () => {
  it("has a register a tariff in kWh, amperes and volt-amperes", () => {
    const body = {
      ...{ ...LINKY, current_summ_delivered: 0, current_tier1_summ_delivered: 111.25 },
      ...{ current_tier2_summ_delivered: 333.75, current_tier3_summ_delivered: 0 },
    };

    expect(hearJson(TOPIC, body)).toEqual(
      readings({
        ...SAID,
        importWh: 445_000,
        tariffs: [
          { name: "1", importWh: 111_250 },
          { name: "2", importWh: 333_750 },
        ],
      }),
    );
  });

  it("has in standard mode a total, which is not added to, an active power and an export", () => {
    const body = {
      ...{ ...LINKY, linky_mode: "standard", active_power: 650, rms_voltage: 231, current_summ_received: 1.5 },
      ...{ current_summ_delivered: 445.5, current_tier1_summ_delivered: 111.25, current_tier2_summ_delivered: 334.25 },
    };

    expect(hearJson(TOPIC, body)).toMatchObject(
      readings({ powerW: 650, importWh: 445_500, exportWh: 1500, electrical: { voltageV: 231 } }),
    );
  });

  it("has three phases", () => {
    const body = { ...LINKY, rms_current_ph_b: 4, rms_current_ph_c: 5, apparent_power_ph_b: 900 };

    expect(hearJson(TOPIC, body)).toEqual(
      readings({
        ...SAID,
        electrical: {
          apparentVa: 710,
          phases: { L1: { currentA: 3 }, L2: { currentA: 4, apparentVa: 900 }, L3: { currentA: 5 } },
        },
      }),
    );
  });

  it("leaves out what the meter does not have", () => {
    const body = {
      ...LINKY,
      active_power: -32_768,
      rms_voltage: 65_535,
      rms_current_ph_b: 65_535,
      rms_current_ph_c: 65_535,
    };

    expect(hearJson(TOPIC, body)).toEqual(readings(SAID));
  });

  it.each([
    ["kWh with decimals", [445.125], [445_125]],
    ["Wh, which are whole and many", [12_345_678], [12_345_678]],
    ["kWh that happen to be whole after others", [445.9, 446], [445_900, 446_000]],
    ["many kWh that happen to be whole after others", [123_455.5, 123_456], [123_455_500, 123_456_000]],
    ["Wh after a new firmware", [445.9, 446_010], [445_900, 446_010]],
    ["kWh after a new firmware", [12_345_678, 12_346], [12_345_678, 12_346_000]],
  ])("counts in %s", (_, values, importWh) => {
    const say = listen();
    const said = values.map((value) => say(TOPIC, JSON.stringify({ ...LINKY, current_summ_delivered: value })));

    expect(said).toMatchObject(importWh.map((wh) => readings({ importWh: wh })));
  });

  it("does not follow a register that falls to 0 for a while", () => {
    const say = listen();
    const hears = (one: number, two: number): unknown =>
      say(TOPIC, JSON.stringify({ ...LINKY, current_tier1_summ_delivered: one, current_tier2_summ_delivered: two }));
    hears(111.25, 333.75);

    expect(hears(0, 333.85)).toEqual(readings({ ...SAID, tariffs: [{ name: "2", importWh: 333_850 }] }));
    expect(hears(111.25, 333.95)).toMatchObject(readings({ importWh: 445_200 }));
  });

  it.each([
    ["its clock, when that is new", { current_date: "H260310125958" }, ARRIVAL - 2000],
    ["no clock that was read long ago", { current_date: "H260310100000" }, undefined],
    [
      "when it was last seen",
      { current_date: "H260310125958", last_seen: "2026-03-10T12:59:59+01:00" },
      ARRIVAL - 1000,
    ],
  ])("is stamped by %s", (_, stamps, at) => {
    expect(hearJson(TOPIC, { ...LINKY, ...stamps })).toEqual(readings({ ...SAID, ...(at && { at }) }));
  });

  it("says nothing of energy with its mode alone", () => {
    expect(hearJson(TOPIC, { linky_mode: "standard", linkquality: 80, current_tarif: "BASE" })).toEqual(nothing);
  });
});
