import { describe, expect, it } from "vitest";
import { hear, listen, nothing, readings } from "../said";

const BASE = "home/statestream";

describe("Home Assistant's statestream", () => {
  it.each([
    ["washer_power", "850", { name: "washer", powerW: 850 }],
    ["washer_energy", "12.5", { name: "washer", importWh: 12500 }],
    ["washer_voltage", "229", { name: "washer", electrical: { voltageV: 229 } }],
    ["grid_energy_returned", "7.5", { name: "grid_energy_returned", exportWh: 7500 }],
    ["roof_pv_power", "2100", { name: "roof_pv", role: "solar", powerW: 2100 }],
  ])("reads %s by its name", (entity, state, reading) => {
    expect(hear(`${BASE}/sensor/${entity}/state`, state)).toEqual(readings(reading));
  });

  it("takes no forecast for a register", () => {
    const say = listen();
    say(`${BASE}/sensor/solar_energy_production_tomorrow/unit_of_measurement`, '"kWh"');

    expect(say(`${BASE}/sensor/solar_energy_production_tomorrow/state`, "12")).toEqual(nothing);
  });

  it("takes the unit of its attribute, whose text carries quotes", () => {
    const say = listen();

    expect(say(`${BASE}/sensor/oven_power/unit_of_measurement`, '"kW"')).toEqual(nothing);
    expect(say(`${BASE}/sensor/oven_power/state`, "1.5")).toEqual(readings({ name: "oven", powerW: 1500 }));
  });

  it("lets a state wait for the unit that comes right behind it", () => {
    const say = listen();

    expect(say(`${BASE}/sensor/oven/state`, "2.5")).toEqual(nothing);
    expect(say(`${BASE}/sensor/oven/friendly_name`, '"Oven"', 5)).toEqual(nothing);
    expect(say(`${BASE}/sensor/oven/unit_of_measurement`, '"kWh"', 10)).toEqual(
      readings({ name: "oven", importWh: 2500 }),
    );
    expect(say(`${BASE}/sensor/oven/unit_of_measurement`, '"kWh"', 20)).toEqual(nothing);
    expect(say(`${BASE}/sensor/oven/state`, "2.6", 30)).toEqual(readings({ name: "oven", importWh: 2600 }));
  });

  it("does not let it wait for longer than a minute", () => {
    const say = listen();
    say(`${BASE}/sensor/oven/state`, "2.5");

    expect(say(`${BASE}/sensor/oven/unit_of_measurement`, '"kWh"', 61_000)).toEqual(nothing);
  });

  it("takes the device class where neither name nor unit tells", () => {
    const say = listen();
    say(`${BASE}/sensor/oven/device_class`, '"power"');

    expect(say(`${BASE}/sensor/oven/state`, "1500")).toEqual(readings({ name: "oven", powerW: 1500 }));
  });

  it("tells water and gas by their unit and name", () => {
    const say = listen();
    say(`${BASE}/sensor/garden_water/unit_of_measurement`, '"L"');

    expect(say(`${BASE}/sensor/garden_water/state`, "1500")).toEqual(
      readings({ name: "garden", role: "water", volumeM3: 1.5 }),
    );
  });

  it.each([
    ["unavailable", "washer_power", "unavailable"],
    ["unknown", "washer_power", "unknown"],
    ["hexadecimal text", "inverter_error", "0x0A00"],
    ["free text", "washer_power", "heating up"],
    ["a value without unit and telling name", "balcony", "21.5"],
    ["a register that starts again each day", "energy_today", "4.2"],
  ])("has nothing to say of %s", (_, entity, state) => {
    expect(hear(`${BASE}/sensor/${entity}/state`, state)).toEqual(nothing);
  });

  it("has nothing to say of other domains and of units that are none of energy's", () => {
    const say = listen();
    say(`${BASE}/sensor/room/unit_of_measurement`, '"°C"');

    expect(say(`${BASE}/sensor/room/state`, "21.5")).toEqual(nothing);
    expect(say(`${BASE}/light/lamp/state`, "on")).toEqual(nothing);
    expect(say(`${BASE}/light/lamp/brightness`, "254")).toEqual(nothing);
    expect(say(`${BASE}/light/lamp/rgb_color`, "[255, 0, 0]")).toEqual(nothing);
  });

  it("leaves a device's own body under such a topic to its reader", () => {
    expect(hear("homeassistant/sensor/heatpump/state", '{"power": 900}')).toEqual(readings({ powerW: 900 }));
  });
});
