import { describe, expect, it } from "vitest";
import { ARRIVAL, hear, hearJson, nothing, readings } from "../said";

const SENSOR = "tele/heater/SENSOR";
const ENERGY = { TotalStartTime: "2024-01-01T00:00:00", Total: 12.345, Yesterday: 9, Today: 1, Power: 1500 };

describe("Tasmota", () => {
  it("reads power and the total register, never today's or yesterday's", () => {
    expect(hearJson(SENSOR, { ENERGY })).toEqual(readings({ powerW: 1500, importWh: 12_345 }));
  });

  it("reads what the meter chip says of the line", () => {
    const line = { ApparentPower: 1510, ReactivePower: 170, Factor: 0.99, Voltage: 231, Current: 6.5, Frequency: 50 };

    expect(hearJson(SENSOR, { ENERGY: { ...ENERGY, ...line } })).toEqual(
      readings({
        powerW: 1500,
        importWh: 12_345,
        electrical: {
          voltageV: 231,
          currentA: 6.5,
          powerFactor: 0.99,
          apparentVa: 1510,
          reactiveVar: 170,
          frequencyHz: 50,
        },
      }),
    );
  });

  it.each([
    ["in winter", "2026-03-10T13:00:02", "2026-03-10T12:00:00Z", "2026-03-10T12:00:02Z"],
    ["in summer", "2026-07-10T14:00:02", "2026-07-10T12:00:00Z", "2026-07-10T12:00:02Z"],
    [
      "in the first of the two hours between two and three",
      "2026-10-25T02:30:00",
      "2026-10-25T00:30:01Z",
      "2026-10-25T00:30:00Z",
    ],
    ["in the second of them", "2026-10-25T02:30:00", "2026-10-25T01:30:01Z", "2026-10-25T01:30:00Z"],
  ])("takes its stamp as the site's local time %s", (_, Time, arrival, instant) => {
    const said = hear(SENSOR, JSON.stringify({ Time, ENERGY }), {}, { at: Date.parse(arrival) });

    expect(said).toMatchObject(readings({ at: Date.parse(instant) }));
  });

  it.each([
    ["the clock was not set", "1970-01-01T00:00:07"],
    ["the plug has another zone than the site", "2026-03-10T12:00:02"],
    ["it is no time", "yesterday"],
  ])("leaves the stamp out when %s", (_, Time) => {
    expect(hearJson(SENSOR, { Time, ENERGY })).toEqual(readings({ powerW: 1500, importWh: 12_345 }));
  });

  it("believes the old stamp of a retained message", () => {
    const said = hear(SENSOR, JSON.stringify({ Time: "2026-03-09T13:00:00", ENERGY }), {}, { retained: true });

    expect(said).toMatchObject(readings({ at: ARRIVAL - 24 * 3600_000 }));
  });

  it("drops the zeros of a meter head that measures no voltage", () => {
    const zeros = { Voltage: 0, Current: 0, Factor: 0, ApparentPower: 0 };

    expect(hearJson(SENSOR, { ENERGY: { ...ENERGY, ...zeros } })).toEqual(readings({ powerW: 1500, importWh: 12_345 }));
  });

  it("takes three values as three phases of one connection", () => {
    const body = { ENERGY: { Total: 100, Power: [100, 0, -30], Voltage: [230, 0.4, 231], Frequency: [50, 198, 50] } };

    expect(hearJson(SENSOR, body)).toEqual(
      readings({
        powerW: 70,
        importWh: 100_000,
        electrical: {
          frequencyHz: 50,
          phases: {
            L1: { powerW: 100, voltageV: 230 },
            L2: { powerW: 0, voltageV: 0.4 },
            L3: { powerW: -30, voltageV: 231 },
          },
        },
      }),
    );
  });

  it("takes two values as two circuits, each a meter with its own register", () => {
    expect(hearJson(SENSOR, { ENERGY: { Total: [2, 3], Power: [20, 30], Voltage: 230 } })).toEqual(
      readings(
        { channel: "1", powerW: 20, importWh: 2000, electrical: { voltageV: 230 } },
        { channel: "2", powerW: 30, importWh: 3000, electrical: { voltageV: 230 } },
      ),
    );
  });

  it("keeps the one register of two circuits on the device, so that nothing counts twice", () => {
    expect(hearJson(SENSOR, { ENERGY: { Total: 5, Power: [20, 30] } })).toEqual(
      readings({ importWh: 5000 }, { channel: "1", powerW: 20 }, { channel: "2", powerW: 30 }),
    );
  });

  it("tells an old firmware's [total, tariff 1, tariff 2] from circuits", () => {
    expect(hearJson(SENSOR, { ENERGY: { Total: [5, 2, 3], Power: 10 } })).toEqual(
      readings({
        powerW: 10,
        importWh: 5000,
        tariffs: [
          { name: "1", importWh: 2000 },
          { name: "2", importWh: 3000 },
        ],
      }),
    );
  });

  it("reads the export register", () => {
    expect(hearJson(SENSOR, { ENERGY: { ...ENERGY, ExportActive: 3.5 } })).toMatchObject(readings({ exportWh: 3500 }));
  });

  it.each([
    ["stat/heater/STATUS8", { StatusSNS: { ENERGY } }],
    ["stat/heater/STATUS10", { StatusSNS: { ENERGY } }],
    ["tele/heater/ENERGY", ENERGY],
    ["stat/heater/STATUS", { StatusPWR: { Total: "12.345", Power: "1500" } }],
    ["home/kitchen/tele/heater/SENSOR", { ENERGY }],
    ["", { ENERGY }],
  ])("is recognised under %j", (topic, body) => {
    expect(hearJson(topic, body)).toEqual(readings({ powerW: 1500, importWh: 12_345 }));
  });

  it.each([
    ["tele/heater/LWT", "Online"],
    ["stat/heater/POWER", "ON"],
    ["stat/heater/POWER1", "OFF"],
    ["stat/heater/RESULT", '{"POWER":"ON"}'],
    ["cmnd/heater/POWER", "TOGGLE"],
    ["tele/heater/STATE", '{"Time":"2026-03-10T13:00:00","POWER":"ON","Wifi":{"RSSI":90}}'],
    ["tele/sensor/SENSOR", '{"Time":"2026-03-10T13:00:00","BME280":{"Temperature":21,"Pressure":990}}'],
    ["tele/heater/SENSOR", '{"ENERGY":{"Total":null,"Power":"nan"}}'],
  ])("says nothing about energy with %s %s", (topic, payload) => {
    expect(hear(topic, payload)).toEqual(nothing);
  });
});
