import { describe, expect, it } from "vitest";
import { hear, listen, nothing, readings } from "../said";

const openWB = { name: "openWB" };
const phases = (of: object) => ({ electrical: { phases: of } });

describe("openWB", () => {
  it.each([
    ["evu/W", "-1250", { role: "grid", powerW: -1250 }],
    ["evu/WhImported", "4711.999999999", { role: "grid", importWh: 4712 }],
    ["evu/WhExported", "12", { role: "grid", exportWh: 12 }],
    ["evu/WPhase2", "99", { role: "grid", ...phases({ L2: { powerW: 99 } }) }],
    ["evu/APhase3", "11.5", { role: "grid", ...phases({ L3: { currentA: 11.5 } }) }],
    ["evu/PfPhase1", "0.98", { role: "grid", ...phases({ L1: { powerFactor: 0.98 } }) }],
    ["evu/Hz", "50.02", { role: "grid", electrical: { frequencyHz: 50.02 } }],
    ["set/evu/WhImported", "890.0999999", { role: "grid", importWh: 890.1 }],
    ["set/evu/W", "420", { role: "grid", powerW: 420 }],
    ["pv/W", "-3600", { channel: "pv", role: "solar", powerW: 3600 }],
    ["pv/WhCounter", "812345", { channel: "pv", role: "solar", importWh: 812_345 }],
    ["pv/2/W", "-100", { channel: "pv-2", role: "solar", powerW: 100 }],
    ["housebattery/W", "-800", { channel: "battery", role: "battery", powerW: -800 }],
    ["housebattery/%Soc", "55", { channel: "battery", role: "battery", socPercent: 55 }],
    ["housebattery/WhImported", "1000", { channel: "battery", role: "battery", importWh: 1000 }],
    ["lp/1/W", "7300", { channel: "lp-1", role: "ev", powerW: 7300 }],
    ["lp/2/kWhCounter", "512.3", { channel: "lp-2", role: "ev", importWh: 512_300 }],
    ["lp/1/VPhase1", "229", { channel: "lp-1", role: "ev", ...phases({ L1: { voltageV: 229 } }) }],
    ["SmartHome/Devices/3/Watt", "1800", { channel: "device-3", role: "load", powerW: 1800 }],
    ["SmartHome/Devices/3/Wh", "9000", { channel: "device-3", role: "load", importWh: 9000 }],
    ["global/WHouseConsumption", "640", { channel: "home", role: "load", powerW: 640 }],
    ["counter/0/get/power", "-77.25", { channel: "counter-0", role: "grid", powerW: -77.25 }],
    ["counter/0/get/imported", "123456.78", { channel: "counter-0", role: "grid", importWh: 123_456.78 }],
    ["counter/5/get/power", "300", { channel: "counter-5", powerW: 300 }],
    ["bat/get/power", "1500", { channel: "battery", role: "battery", powerW: 1500 }],
    ["bat/7/get/soc", "31", { channel: "battery-7", role: "battery", socPercent: 31 }],
    ["pv/get/power", "-2000.5", { channel: "pv", role: "solar", powerW: 2000.5 }],
    ["pv/get/exported", "5000", { channel: "pv", role: "solar", importWh: 5000 }],
    ["chargepoint/4/get/power", "11000", { channel: "chargepoint-4", role: "ev", powerW: 11_000 }],
    ["chargepoint/4/get/imported", "99000", { channel: "chargepoint-4", role: "ev", importWh: 99_000 }],
    ["counter/set/home_consumption", "512", { channel: "home", role: "load", powerW: 512 }],
    [
      "counter/0/get/voltages",
      "[230.1, 231.2, 229.9]",
      {
        channel: "counter-0",
        role: "grid",
        ...phases({ L1: { voltageV: 230.1 }, L2: { voltageV: 231.2 }, L3: { voltageV: 229.9 } }),
      },
    ],
    [
      "chargepoint/4/get/powers",
      "[3600, 0, 0]",
      {
        channel: "chargepoint-4",
        role: "ev",
        powerW: 3600,
        ...phases({ L1: { powerW: 3600 }, L2: { powerW: 0 }, L3: { powerW: 0 } }),
      },
    ],
  ])("reads %s %s", (path, payload, reading) => {
    expect(hear(`openWB/${path}`, payload)).toEqual(readings({ ...openWB, ...reading }));
  });

  it("finds the topic behind a bridge's prefix", () => {
    expect(hear("garage/openWB/evu/W", "5")).toEqual(readings({ name: "garage-openWB", role: "grid", powerW: 5 }));
  });

  it.each([
    ["openWB/lp/1/kWhActualCharged", "12"],
    ["openWB/lp/1/kWhDailyCharged", "12"],
    ["openWB/lp/W", "12"],
    ["openWB/pv/DailyYieldKwh", "12"],
    ["openWB/global/WAllChargePoints", "7300"],
    ["openWB/chargepoint/get/power", "7300"],
    ["openWB/chargepoint/4/get/daily_imported", "12"],
    ["openWB/chargepoint/4/set/current", "16"],
    ["openWB/evu/faultState", "0"],
    ["openWB/system/Timestamp", "1773144000"],
    ["openWB/counter/0/get/power", "null"],
    ["openWB/evu/Hz", "0"],
  ])("says nothing about energy with %s %s", (topic, payload) => {
    expect(hear(topic, payload)).toEqual(nothing);
  });

  it.each([
    ["openWB/evu/W", "lots"],
    ["openWB/counter/0/get/powers", '["lots"]'],
  ])("refuses %s %s", (topic, payload) => {
    expect(hear(topic, payload)).toMatchObject({ kind: "refused", reason: "not-a-number" });
  });

  it("takes the counter at the root of the tree for the grid's, and the others for loads", () => {
    const tell = listen();
    const tree = [{ id: 6, type: "counter", children: [{ id: 0, type: "counter", children: [] }] }];
    expect(tell("openWB/counter/get/hierarchy", JSON.stringify(tree))).toEqual(nothing);

    expect(tell("openWB/counter/6/get/power", "90")).toEqual(
      readings({ ...openWB, channel: "counter-6", role: "grid", powerW: 90 }),
    );
    expect(tell("openWB/counter/0/get/power", "40")).toEqual(
      readings({ ...openWB, channel: "counter-0", role: "load", powerW: 40 }),
    );
  });

  it("passes over single inverters while it hears of all of them together", () => {
    const tell = listen();
    tell("openWB/pv/W", "-5000");

    expect(tell("openWB/pv/1/W", "-2500", 1000)).toEqual(nothing);
  });
});
