import { describe, expect, it } from "vitest";
import { ARRIVAL, hear, hearJson, listen, nothing, readings } from "../said";

describe("DSMR-reader", () => {
  it.each([
    ["electricity_currently_delivered", "0.512", { powerW: 512 }],
    ["electricity_currently_returned", "1.5", { powerW: -1500 }],
    ["electricity_delivered_1", "1000.5", { tariffs: [{ name: "1", importWh: 1_000_500 }] }],
    ["electricity_returned_2", "20.25", { tariffs: [{ name: "2", exportWh: 20_250 }] }],
    ["phase_currently_delivered_l1", "0.1", { electrical: { phases: { L1: { powerW: 100 } } } }],
    ["phase_voltage_l2", "231", { electrical: { phases: { L2: { voltageV: 231 } } } }],
    ["phase_power_current_l3", "4", { electrical: { phases: { L3: { currentA: 4 } } } }],
  ])("says %s under a topic of its own, in kW and kWh", (name, payload, measures) => {
    expect(hear(`dsmr/reading/${name}`, payload)).toEqual(readings({ name: "dsmr", role: "grid", ...measures }));
  });

  it("is one meter for all topics, below a prefix too", () => {
    const say = listen();
    say("site1/dsmr/reading/electricity_delivered_1", "100");

    expect(say("site1/dsmr/reading/electricity_delivered_2", "50")).toMatchObject(
      readings({ name: "site1-dsmr", importWh: 150_000 }),
    );
    expect(say("site1/dsmr/consumption/gas/delivered", "12.5")).toEqual(
      readings({ name: "site1-dsmr", channel: "gas", role: "gas", volumeM3: 12.5 }),
    );
  });

  it("says all at once as JSON, with two stamps", () => {
    const body = {
      ...{
        id: 5,
        timestamp: "2026-03-10T12:59:58+01:00",
        electricity_delivered_1: "100.000",
        electricity_returned_1: "1.000",
      },
      ...{
        electricity_delivered_2: "50.000",
        electricity_returned_2: "2.000",
        electricity_currently_delivered: "0.000",
      },
      ...{
        electricity_currently_returned: "0.250",
        phase_voltage_l1: 230,
        phase_power_current_l1: 1,
        phase_voltage_l2: null,
      },
      ...{ extra_device_timestamp: "2026-03-10T11:55:00Z", extra_device_delivered: "12.345" },
    };

    expect(hearJson("dsmr/json", body)).toEqual(
      readings(
        {
          name: "dsmr",
          role: "grid",
          powerW: -250,
          importWh: 150_000,
          exportWh: 3000,
          tariffs: [
            { name: "1", importWh: 100_000, exportWh: 1000 },
            { name: "2", importWh: 50_000, exportWh: 2000 },
          ],
          electrical: { phases: { L1: { voltageV: 230, currentA: 1 } } },
          at: ARRIVAL - 2000,
        },
        { name: "dsmr", channel: "gas", role: "gas", volumeM3: 12.345, at: ARRIVAL - 300_000 },
      ),
    );
  });

  it.each([
    ["dsmr/reading/timestamp", "2026-03-10T12:00:00+00:00"],
    ["dsmr/reading/id", "5"],
    ["dsmr/day-consumption/electricity1", "3.5"],
    ["dsmr/day-consumption/total_cost", "1.25"],
    ["dsmr/meter-stats/power_failure_count", "3"],
    ["dsmr/current-month/electricity1", "80"],
    ["dsmr/consumption/gas/currently_delivered", "0.1"],
    ["dsmr/day-totals", '{"electricity1":3.5,"gas":1,"total":5}'],
    ["dsmr/reading/phase_voltage_l3", "None"],
  ])("says nothing of energy with %s %s", (topic, payload) => {
    expect(hear(topic, payload)).toEqual(nothing);
  });
});
