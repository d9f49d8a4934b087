import { describe, expect, it } from "vitest";
import { hear, hearJson, listen, nothing, readings } from "../said";

const deye = { name: "deye" };
const phases = (of: object) => ({ electrical: { phases: of } });

describe("Deye", () => {
  it.each([
    ["ac/active_power", "1523.4", { role: "solar", powerW: 1523.4 }],
    ["total_energy", "4321.5", { role: "solar", importWh: 4_321_500 }],
    ["dc/total_power", "1600.0", { role: "solar", powerW: 1600 }],
    ["dc/pv1/power", "312.5", { role: "solar", channel: "pv1", powerW: 312.5 }],
    ["dc/pv2/total_energy", "88.1", { role: "solar", channel: "pv2", importWh: 88_100 }],
    ["ac/l1/voltage", "231.2", { role: "solar", ...phases({ L1: { voltageV: 231.2 } }) }],
    ["ac/l2/current", "6.5", { role: "solar", ...phases({ L2: { currentA: 6.5 } }) }],
    ["ac/l1/power", "1500", { role: "solar", ...phases({ L1: { powerW: 1500 } }) }],
    ["ac/freq", "49.99", { role: "solar", electrical: { frequencyHz: 49.99 } }],
    ["ac/total_grid_power", "-700", { role: "grid", channel: "grid", powerW: -700 }],
    ["ac/total_power", "-700", { role: "grid", channel: "grid", powerW: -700 }],
    ["ac/total_energy_bought", "12.5", { role: "grid", channel: "grid", importWh: 12_500 }],
    ["ac/total_energy_sold", "9.1", { role: "grid", channel: "grid", exportWh: 9100 }],
    ["ac/l3/ct/external", "-50", { role: "grid", channel: "grid", ...phases({ L3: { powerW: -50 } }) }],
    ["ac/ups/total_power", "430", { role: "load", channel: "home", powerW: 430 }],
    ["ac/ups/total_energy", "1000.1", { role: "load", channel: "home", importWh: 1_000_100 }],
    ["ac/ups/l2/voltage", "230", { role: "load", channel: "home", ...phases({ L2: { voltageV: 230 } }) }],
    ["battery/power", "850", { role: "battery", channel: "battery", powerW: -850 }],
    ["battery/total_charge", "77.7", { role: "battery", channel: "battery", importWh: 77_700 }],
    ["battery/total_discharge", "66.6", { role: "battery", channel: "battery", exportWh: 66_600 }],
    ["battery/soc", "91", { role: "battery", channel: "battery", socPercent: 91 }],
    ["micro_inverter_power", "300", { role: "solar", channel: "micro", powerW: 300 }],
    ["ct2/active_power", "120", { channel: "1", ...phases({ L2: { powerW: 120 } }) }],
    ["ct4/total_positive_energy", "5.5", { channel: "2", ...phases({ L1: { importWh: 5500 } }) }],
    ["total/2/active_power", "99", { channel: "2", powerW: 99 }],
    ["total/1/frequency", "50", { channel: "1", electrical: { frequencyHz: 50 } }],
  ])("reads %s %s", (path, payload, reading) => {
    expect(hear(`deye/${path}`, payload)).toEqual(readings({ ...deye, ...reading }));
    expect(hear(`roof/deye/2/${path}`, payload)).toEqual(readings({ name: "roof-deye-2", ...reading }));
  });

  it.each([
    ["deye/day_energy", "4.5"],
    ["deye/dc/pv1/day_energy", "4.5"],
    ["deye/dc/pv1/voltage", "35.1"],
    ["deye/ac/l12/voltage", "400.1"],
    ["deye/ac/l1/ct/internal", "40"],
    ["deye/ac/daily_energy_sold", "1.1"],
    ["deye/operating_power", "100"],
    ["deye/uptime", "512"],
    ["deye/radiator_temp", "41.5"],
    ["deye/battery/daily_charge", "3"],
    ["deye/settings/active_power_regulation", "100"],
    ["deye/timeofuse/power/1", "3000"],
    ["deye/status", "online"],
    ["deye/ct1/nothing", "1"],
    ["deye/total/3/active_power", "1"],
  ])("says nothing about energy with %s %s", (topic, payload) => {
    expect(hear(topic, payload)).toEqual(nothing);
  });

  it("refuses a power that is none", () => {
    expect(hear("deye/ac/active_power", "lots")).toMatchObject({ kind: "refused", reason: "not-a-number" });
  });

  it("passes over the strings' power while it hears what the inverter makes of it", () => {
    const tell = listen();
    tell("deye/ac/active_power", "900");

    expect(tell("deye/dc/pv1/power", "450", 1000)).toEqual(nothing);
    expect(tell("deye/dc/total_power", "930", 1000)).toEqual(nothing);
  });

  it("adds the strings up where the inverter counts them together and says no power", () => {
    const tell = listen();
    tell("deye/total_energy", "100");
    tell("deye/dc/pv1/power", "400");
    tell("deye/dc/pv2/power", "50");

    expect(tell("deye/dc/pv1/power", "410", 10_000)).toEqual(readings({ ...deye, role: "solar", powerW: 460 }));
    expect(tell("deye/dc/pv1/power", "420", 90_000)).toEqual(nothing);
    expect(tell("deye/dc/pv1/total_energy", "60", 90_000)).toEqual(nothing);
  });

  it("takes total_power for the inverter's where another topic is the grid's", () => {
    const tell = listen();
    tell("deye/ac/total_grid_power", "10");

    expect(tell("deye/ac/total_power", "2000")).toEqual(nothing);
  });

  it("reads the document of a monitor: a battery's power is positive when it is discharged", () => {
    const body = {
      ...{ id: "m", name: "Cellar", ctime: 1_773_144_000_500, type: "live-stats" },
      battery: { temperature: 17.5, voltage: 51.5, capacity: 64, power: -500, current: -9.7 },
      pv: { power_PV1: 800, power_PV2: 150.5, voltage_PV1: 300 },
      grid: {
        ...{ grid_voltage_phase_A: 231, grid_voltage_phase_B: 232, gird_power_phase_A: 20, gird_power_phase_B: 30 },
        ...{ gird_power_total: 50, frequency: 49.98, grid_power_factor: 65535 },
      },
      load: { voltage_phase_A: 231, power_phase_A: 450, current_phase_A: 1.9, power_total: 450, frequency: 0 },
      generator: { power_total: 0 },
    };
    const own = { name: "Cellar", at: 1_773_144_000_500 };

    expect(hearJson("", body)).toEqual(
      readings(
        { ...own, role: "solar", powerW: 950.5 },
        {
          ...{ ...own, role: "grid", channel: "grid", powerW: 50 },
          electrical: {
            frequencyHz: 49.98,
            phases: { L1: { powerW: 20, voltageV: 231 }, L2: { powerW: 30, voltageV: 232 } },
          },
        },
        {
          ...{ ...own, role: "battery", channel: "battery", powerW: 500, socPercent: 64, temperatureC: 17.5 },
          electrical: { voltageV: 51.5, currentA: -9.7 },
        },
        {
          ...{ ...own, role: "load", channel: "home", powerW: 450 },
          ...phases({ L1: { powerW: 450, voltageV: 231, currentA: 1.9 } }),
        },
      ),
    );
  });

  it("does not take amperes of 0 beside a power for measured", () => {
    const load = { power_total: 100, power_phase_A: 100, voltage_phase_A: 230, current_phase_A: 0 };

    expect(hearJson("", { load })).toEqual(
      readings({ role: "load", channel: "home", powerW: 100, ...phases({ L1: { powerW: 100, voltageV: 230 } }) }),
    );
  });
});
