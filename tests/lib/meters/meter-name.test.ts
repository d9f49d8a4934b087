import { describe, expect, it } from "vitest";
import { meterName } from "../../../lib/meters/meter-name";

describe("a meter's name", () => {
  it.each([
    ["tele/heater/SENSOR", "tele/+/SENSOR", "heater"],
    ["tele/heater/SENSOR", "tele/heater/SENSOR", "heater"],
    ["tele/heater/SENSOR", "#", "heater"],
    ["stat/heater/STATUS8", "stat/+/STATUS8", "heater"],
    ["energy/consumption", "energy/consumption", "consumption"],
    ["zigbee2mqtt/fridge", "zigbee2mqtt/+", "fridge"],
    ["zigbee2mqtt/kitchen/fridge", "zigbee2mqtt/#", "kitchen-fridge"],
    ["zigbee2mqtt/fridge/power", "zigbee2mqtt/+/+", "fridge"],
    ["shellies/shellyplug-s-1/relay/0/power", "shellies/+/relay/0/power", "shellyplug-s-1"],
    ["shellies/shellyplug-s-1/relay/0/power", "shellies/#", "shellyplug-s-1"],
    ["shellies/shellyem-A/emeter/1/total", "shellies/+/emeter/+/total", "shellyem-A"],
    ["washer/events/rpc", "+/events/rpc", "washer"],
    ["washer/events/rpc", "washer/events/rpc", "washer"],
    ["grid/status/em1:0", "grid/status/+", "grid"],
    ["grid/status/em1data:0", "+/status/+", "grid"],
    ["site/kitchen/power", "site/+/power", "kitchen"],
    ["plant/line 1/press/power", "plant/+/+/power", "line 1-press"],
    ["plant/7/power", "plant/+/power", "7"],
    ["site/kitchen/active_power", "site/+/+", "kitchen"],
    ["site/kitchen/energy_import", "site/#", "kitchen"],
    ["site/kitchen/voltage_l1", "site/+/+", "kitchen"],
    ["site/kitchen/grid_power", "site/+/+", "kitchen-grid_power"],
    ["home/grid_power", "home/+", "grid_power"],
    ["plant/L1/power", "plant/+/power", "L1"],
    ["plant/total_energy", "plant/+", "plant"],
    ["energy/power", "energy/power", "power"],
    ["energy/power", "energy/+", "power"],
    ["$share/vatio/tele/heater/SENSOR", "", "heater"],
    ["tele/heater/SENSOR", "$share/vatio/tele/+/SENSOR", "heater"],
    ["dsmr/raw", "dsmr/raw", "dsmr"],
    ["site1/dsmr/raw", "+/dsmr/raw", "site1"],
    ["kitchen", "", "kitchen"],
    ["", "", "meter"],
    ["///", "#", "meter"],
  ])("from %j heard on %j is %j", (topic, filter, name) => {
    expect(meterName(topic, filter, "")).toBe(name);
  });

  it("is the one that was set, whatever the topic", () => {
    expect(meterName("tele/heater/SENSOR", "tele/+/SENSOR", " Boiler ")).toBe("Boiler");
  });

  it("has one line and an end", () => {
    const name = meterName(`a/evil\n\u0000${"x".repeat(500)}`, "a/+", "");

    expect(name).toHaveLength(100);
    expect(name).toMatch(/^evil x+…$/);
  });

  it("leaves markup as the text it is", () => {
    expect(meterName("a/<img src=x onerror=alert(1)>", "a/+", "")).toBe("<img src=x onerror=alert(1)>");
  });
});
