import { describe, expect, it } from "vitest";
import { ARRIVAL, hearJson, listen, nothing, readings } from "../said";

const SENSOR = "tele/reader/SENSOR";
const Time = "2026-03-10T13:00:00";
const at = ARRIVAL;

describe("a utility meter that Tasmota's script reads", () => {
  it.each([
    ["SML", { Total_in: 12.5, Total_out: 3.25, Power_curr: -715 }],
    ["ABC9000", { energy: 12.5, en_out: 3.25, power: -715 }],
    ["", { E_in: 12.5, E_out: 3.25, Power: -715 }],
    ["Strom", { Bezug: 12.5, Einspeisung: 3.25, Leistung: -715 }],
    ["MT175", { E_in: 12.5, E_out: 3.25, P_ges: -715 }],
    ["eBZD", { "1_8_0": 12.5, "2_8_0": 3.25, "16_7_0": -715 }],
    ["Power", { "1-0:1.8.0": 12.5, "1-0:2.8.0": 3.25, "1-0:16.7.0": -715 }],
  ])("is read under any name: %s %j", (name, block) => {
    const body = { Time, [name]: block };
    const said = readings({ role: "grid", powerW: -715, importWh: 12_500, exportWh: 3250, at });

    expect(hearJson(SENSOR, body)).toEqual(said);
    expect(hearJson("stat/reader/STATUS10", { StatusSNS: body })).toEqual(said);
    expect(hearJson("", { StatusSNS: body })).toEqual(said);
    expect(hearJson("cellar/reader/SENSOR", body)).toEqual(said);
  });

  it("has phases, a number and angles, which are no measures of ours", () => {
    const SML = {
      ...{ Total_in: 1, Power_curr: -38, Meter_Id: "0a0141420012", Frequenz: 49.9, phase_angle_L2_L1: 241 },
      ...{ power_l1: 70, power_l2: -125, power_l3: 18, voltage_l1: 231.4, current_l1: 0.75, phase_angle_L1: 21 },
      ...{ volt_p2: 232.5, amp_p2: 1.5, "Voltage L3": 236 },
    };

    expect(hearJson(SENSOR, { Time, SML })).toEqual(
      readings({
        role: "grid",
        powerW: -38,
        importWh: 1000,
        serial: "0a0141420012",
        electrical: {
          frequencyHz: 49.9,
          phases: {
            L1: { powerW: 70, voltageV: 231.4, currentA: 0.75 },
            L2: { powerW: -125, voltageV: 232.5, currentA: 1.5 },
            L3: { powerW: 18, voltageV: 236 },
          },
        },
        at,
      }),
    );
  });

  it("that sends only what changed gives a total when its three phases are known and fresh, and not before", () => {
    const say = listen();
    const hears = (grid: object, afterMs: number): unknown =>
      say("SML/SENSOR", JSON.stringify({ Time, grid }), afterMs);

    expect(hears({ power_L1: 90 }, 0)).toEqual(
      readings({ role: "grid", electrical: { phases: { L1: { powerW: 90 } } }, at }),
    );
    expect(hears({ power_L1: 95 }, 1000)).not.toMatchObject(readings({ powerW: 95 }));
    hears({ power_L2: -20 }, 2000);
    expect(hears({ power_L3: 5 }, 3000)).toMatchObject(readings({ powerW: 80 }));
    expect(hears({ power_L1: 100 }, 90_000)).not.toMatchObject(readings({ powerW: 85 }));
  });

  it("that says its power itself gets no other from its phases", () => {
    const say = listen();
    const hears = (grid: object): unknown => say("SML/SENSOR", JSON.stringify({ Time, grid }));
    hears({ Power_curr: 79, power_L1: 90, power_L2: -20, power_L3: 5 });

    expect(hears({ power_L1: 100 })).toEqual(
      readings({ role: "grid", electrical: { phases: { L1: { powerW: 100 } } }, at }),
    );
    expect(hears({ voltage_L1: 230 })).toEqual(
      readings({ role: "grid", electrical: { phases: { L1: { voltageV: 230 } } }, at }),
    );
  });

  it("is a channel where it is the second, and the first is the device, also where one comes alone", () => {
    const say = listen();
    say(SENSOR, JSON.stringify({ Time, House: { Power: 500 }, HeatPump: { Power: 300 } }));

    expect(say(SENSOR, JSON.stringify({ Time, HeatPump: { Power: 310 } }))).toMatchObject(
      readings({ channel: "HeatPump", powerW: 310 }),
    );
    expect(say(SENSOR, JSON.stringify({ Time, House: { Power: 510 } }))).toEqual(
      readings({ role: "grid", powerW: 510, at }),
    );
  });

  it("stands beside the chip's own energy as a channel", () => {
    expect(hearJson(SENSOR, { Time, ENERGY: { Power: 5, Total: 1 }, SML: { Power_curr: 700 } })).toEqual(
      readings({ powerW: 5, importWh: 1000, at }, { channel: "SML", role: "grid", powerW: 700, at }),
    );
  });

  it("has gas and water beside it where their volume is told", () => {
    expect(hearJson(SENSOR, { Time, SML: { Power: 5 }, Gas: { volume_m3: 12.5 }, Wasser: { m3: 3 } })).toEqual(
      readings(
        { role: "grid", powerW: 5, at },
        { role: "gas", channel: "Gas", volumeM3: 12.5, at },
        { role: "water", channel: "Wasser", volumeM3: 3, at },
      ),
    );
  });

  it("takes a current sensor for a meter, but not for the grid's", () => {
    expect(hearJson(SENSOR, { Time, INA219: { Voltage: 12, Current: 1.5, Power: 18 } })).toEqual(
      readings({ powerW: 18, electrical: { voltageV: 12, currentA: 1.5 }, at }),
    );
  });

  it.each([
    [{ BME680: { Temperature: 21, Humidity: 40, Gas: 123.4 } }],
    [{ Gas: { Count: 7.25 } }],
    [{ Gas: { Total: 7.25 } }],
    [{ AS3935: { Event: 4, Distance: 12, Energy: 40_000 } }],
    [{ "RG-15": { Active: 0, Total: 12.5 } }],
    [{ SML: { Power_curr: null, Total_in: "nan" } }],
    [{ Wifi: { AP: 1, RSSI: 90, Signal: -55 } }],
    [{ ADC: { Voltage: 3.3 } }],
    [{ SML: { value: 5, reading: 7 } }],
    [{ SML: { Meter_Id: "0a01" } }],
    [{ SML: [] }],
    [{ SML: null }],
  ])("says nothing of energy with %j", (block) => {
    expect(hearJson(SENSOR, { Time, ...block })).toEqual(nothing);
  });

  it("is heard through keys that are nobody's", () => {
    const SML = JSON.parse('{"__proto__":{"Power":9},"constructor":5,"toString_l1":5,"Power_curr":12}') as object;

    expect(hearJson(SENSOR, { Time, SML })).toEqual(readings({ role: "grid", powerW: 12, at }));
  });
});
