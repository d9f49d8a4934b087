import { describe, expect, it } from "vitest";
import { hear, listen, nothing, readings } from "../said";

const named = { name: "plug1" };

describe("ESPHome", () => {
  it.each([
    ["power", "1250.5", { ...named, powerW: 1250.5 }],
    ["active_power", "12", { ...named, powerW: 12 }],
    ["plug1_power", "12", { ...named, powerW: 12 }],
    ["power_kw", "1.5", { ...named, powerW: 1500 }],
    ["energy", "3.25", { ...named, importWh: 3250 }],
    ["total_energy", "3.25", { ...named, importWh: 3250 }],
    ["energy_wh", "325", { ...named, importWh: 325 }],
    ["energy_returned", "1.5", { ...named, exportWh: 1500 }],
    ["voltage", "231.4", { ...named, electrical: { voltageV: 231.4 } }],
    ["current", "0.52", { ...named, electrical: { currentA: 0.52 } }],
    ["power_factor", "0.93", { ...named, electrical: { powerFactor: 0.93 } }],
    ["washer_power", "800", { ...named, channel: "washer", powerW: 800 }],
    ["washing_machine_power", "800", { ...named, channel: "washing_machine", powerW: 800 }],
    ["solar_power", "800", { ...named, channel: "solar", role: "solar", powerW: 800 }],
    ["phase_a_voltage", "230", { ...named, electrical: { phases: { L1: { voltageV: 230 } } } }],
    ["current_l3", "4.5", { ...named, electrical: { phases: { L3: { currentA: 4.5 } } } }],
    ["power_delivered", "0.412", { ...named, powerW: 412 }],
    ["power_delivered_l2", "0.412", { ...named, electrical: { phases: { L2: { powerW: 412 } } } }],
    ["gas_delivered", "812.5", { ...named, channel: "gas", role: "gas", volumeM3: 812.5 }],
    ["gas_m3", "812.5", { ...named, channel: "gas", role: "gas", volumeM3: 812.5 }],
  ])("reads %s as %j", (object, payload, reading) => {
    expect(hear(`plug1/sensor/${object}/state`, Buffer.from(payload))).toEqual(readings(reading));
  });

  it("names the meter by the whole prefix, so that two plugs of two rooms stay two", () => {
    expect(hear("hall/plug1/sensor/power/state", "5")).toEqual(readings({ name: "hall-plug1", powerW: 5 }));
  });

  it.each([
    ["a value that is not there", "plug1/sensor/power/state", "nan"],
    ["a daily register", "plug1/sensor/total_daily_energy/state", "2.5"],
    ["a maximum", "plug1/sensor/power_max/state", "900"],
    ["what is no energy", "plug1/sensor/wifi_signal/state", "-61"],
    ["a room's temperature", "plug1/sensor/temperature/state", "21.5"],
    ["a battery's voltage", "door/sensor/battery_voltage/state", "3.1"],
    ["the voltage between two phases", "plug1/sensor/voltage_l1_l2/state", "401"],
    ["a relay", "plug1/switch/relay/state", "ON"],
    ["a switch named power", "plug1/binary_sensor/power/state", "ON"],
    ["availability", "plug1/status", "online"],
  ])("has nothing to say of %s", (_, topic, payload) => {
    expect(hear(topic, payload)).toEqual(nothing);
  });

  it("refuses a measure that is no number", () => {
    expect(hear("plug1/sensor/power/state", "12 watts or so")).toMatchObject({ reason: "not-a-number" });
  });

  it("takes unit and kind from the discovery message, in long and in short", () => {
    const say = listen();
    const config = { unit_of_meas: "Wh", dev_cla: "energy", "~": "plug1", stat_t: "~/sensor/counter/state" };

    expect(say("homeassistant/sensor/plug1/counter/config", JSON.stringify(config))).toEqual(nothing);
    expect(say("plug1/sensor/counter/state", "325")).toEqual(readings({ ...named, channel: "counter", importWh: 325 }));

    const long = { unit_of_measurement: "kW", state_topic: "plug1/sensor/power/state" };
    say("homeassistant/sensor/plug1/power/config", JSON.stringify(long));
    expect(say("plug1/sensor/power/state", "1.5")).toEqual(readings({ ...named, powerW: 1500 }));
  });

  it("adds the phases up once each has been heard, and only while they are fresh", () => {
    const say = listen();
    const power = (phase: number, watts: number, afterMs: number): unknown =>
      say(`plug1/sensor/l${phase}_power/state`, String(watts), afterMs);
    power(1, 100, 0);
    expect(power(2, 200, 10)).toEqual(readings({ ...named, electrical: { phases: { L2: { powerW: 200 } } } }));
    expect(power(3, 300, 20)).toEqual(
      readings({ ...named, powerW: 600, electrical: { phases: { L3: { powerW: 300 } } } }),
    );

    expect(power(1, 110, 10_000)).toEqual(
      readings({ ...named, powerW: 610, electrical: { phases: { L1: { powerW: 110 } } } }),
    );
    expect(power(2, 200, 90_000)).toEqual(readings({ ...named, electrical: { phases: { L2: { powerW: 200 } } } }));
  });

  it("keeps registers by tariff, and their sum where no total is said", () => {
    const say = listen();
    const register = (tariff: number, kilowattHours: number, afterMs: number): unknown =>
      say(`p1/sensor/energy_consumed_tariff_${tariff}/state`, String(kilowattHours), afterMs);
    register(1, 1000, 0);
    expect(register(2, 500, 10)).toEqual(readings({ name: "p1", tariffs: [{ name: "2", importWh: 500_000 }] }));

    expect(register(1, 1001, 10_000)).toEqual(
      readings({ name: "p1", importWh: 1_501_000, tariffs: [{ name: "1", importWh: 1_001_000 }] }),
    );
  });

  it("makes one signed power of a power that comes in and one that goes out", () => {
    const say = listen();

    expect(say("p/sensor/power_import/state", "0")).toEqual(readings({ name: "p", powerW: 0 }));
    expect(say("p/sensor/power_export/state", "450", 100)).toEqual(readings({ name: "p", powerW: -450 }));
    expect(say("p/sensor/power_export/state", "0", 200_000)).toEqual(nothing);
    expect(say("p/sensor/power_import/state", "700", 200_100)).toEqual(readings({ name: "p", powerW: 700 }));
  });
});
