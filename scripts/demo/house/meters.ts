import { rounded, type Device } from "./device.ts";

/** A single-phase Shelly Pro EM at the main switch: `…/status/em1:0` and `…/status/em1data:0`. */
export function gridMeter(topic: string, voltageV: (at: number) => number): Device {
  return {
    listensTo: [],
    report: ({ at, powersW, counters }) => {
      const volts = rounded(voltageV(at), 1);
      const watts = rounded(powersW.grid, 1);
      const power = {
        id: 0,
        current: rounded(Math.abs(watts) / volts, 3),
        voltage: volts,
        act_power: watts,
        aprt_power: Math.abs(watts),
        pf: 1,
        freq: 50,
        calibration: "factory",
      };
      const energy = {
        id: 0,
        total_act_energy: rounded(counters.gridImport, 2),
        total_act_ret_energy: rounded(counters.gridExport, 2),
      };
      return [
        { topic: `${topic}/status/em1data:0`, payload: JSON.stringify(energy) },
        { topic: `${topic}/status/em1:0`, payload: JSON.stringify(power) },
      ];
    },
  };
}

/** An inverter that says JSON of its own making; what it produces is positive there. */
export function solarInverter(topic: string): Device {
  return {
    listensTo: [],
    report: ({ at, powersW, counters }) => {
      const said = {
        time: new Date(at).toISOString(),
        ac_power_w: rounded(powersW.solar, 1),
        energy_total_wh: rounded(counters.solar, 1),
      };
      return [{ topic, payload: JSON.stringify(said) }];
    },
  };
}
