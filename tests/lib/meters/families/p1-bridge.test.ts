import { describe, expect, it } from "vitest";
import { ARRIVAL, hear, hearJson, listen, nothing, readings } from "../said";

const DONGLE = "data/devices/utility_meter";
const said = { name: "devices-utility_meter", role: "grid" };

describe("the dongle of plan-d", () => {
  it.each([
    ["a bare number in kW", "1.72"],
    ["a value and its unit", '{"unit":"kW","value":1.72}'],
    ["a value in another unit", '{"unit":"W","value":1720}'],
  ])("says its power as %s", (_, payload) => {
    expect(hear(`${DONGLE}/active_power_consumption`, payload)).toEqual(readings({ ...said, powerW: 1720 }));
  });

  it("stamps its values, and says elsewhere what they are in the message itself", () => {
    const timestamp = ARRIVAL / 1000 - 5;
    const body = {
      unit: "kW",
      value: 1.72,
      timestamp,
      sensorId: "utility_meter.total_active_power",
      entity: "utility_meter",
    };

    expect(hearJson(`${DONGLE}/total_active_power`, body)).toEqual(
      readings({ ...said, powerW: 1720, at: ARRIVAL - 5000 }),
    );
    expect(hearJson("forwarded/here", body)).toMatchObject(readings({ powerW: 1720, at: ARRIVAL - 5000 }));
  });

  it("gives its gas a reading of its own, with the gas meter's stamp", () => {
    const body = { unit: "m3", value: 12.5, timestamp: ARRIVAL / 1000 - 300 };

    expect(hearJson(`${DONGLE}/natural_gas_consumption`, body)).toEqual(
      readings({ name: said.name, channel: "gas", role: "gas", volumeM3: 12.5, at: ARRIVAL - 300_000 }),
    );
  });

  it("gives one power of both directions, one register of day and night, and each phase", () => {
    const say = listen();
    say(`${DONGLE}/active_power_consumption`, "0");
    say(`${DONGLE}/total_consumption_day`, "100.5");

    expect(say(`${DONGLE}/active_power_injection`, "0.75")).toMatchObject(readings({ powerW: -750 }));
    expect(say(`${DONGLE}/total_consumption_night`, "50.25")).toMatchObject(
      readings({
        importWh: 150_750,
        tariffs: [
          { name: "1", importWh: 100_500 },
          { name: "2", importWh: 50_250 },
        ],
      }),
    );
    expect(say(`${DONGLE}/voltage_phase_2`, "231.5")).toMatchObject(
      readings({ electrical: { phases: { L2: { voltageV: 231.5 } } } }),
    );
  });
});

describe("DSMRloggerAPI", () => {
  it.each([
    ["power_delivered", { value: 0.25, unit: "kW" }, { powerW: 250 }],
    ["power_returned", { value: "1.5", unit: "kW" }, { powerW: -1500 }],
    ["energy_delivered_tariff1", { value: 12.5, unit: "kWh" }, { tariffs: [{ name: "1", importWh: 12_500 }] }],
    ["voltage_l1", { value: 230, unit: "V" }, { electrical: { phases: { L1: { voltageV: 230 } } } }],
    ["current_l3", { value: 2, unit: "A" }, { electrical: { phases: { L3: { currentA: 2 } } } }],
    ["power_delivered_l2", { value: 0.1, unit: "kW" }, { electrical: { phases: { L2: { powerW: 100 } } } }],
  ])("says %s as a list of one", (name, value, measures) => {
    expect(hearJson(`DSMR-API/${name}`, { [name]: [value] })).toEqual(
      readings({ name: "DSMR-API", role: "grid", ...measures }),
    );
  });

  it("answers with all values at once, in a list or by name", () => {
    const values = {
      energy_delivered_tariff1: [10, "kWh"],
      energy_delivered_tariff2: [5, "kWh"],
      power_delivered: [0.3, "kW"],
    };
    const entries = Object.entries(values).map(([name, [value, unit]]) => ({ name, value, unit }));
    const stamp = { name: "timestamp", value: "260310125958W" };
    const all = readings({
      powerW: 300,
      importWh: 15_000,
      tariffs: [
        { name: "1", importWh: 10_000 },
        { name: "2", importWh: 5000 },
      ],
      role: "grid",
      at: ARRIVAL - 2000,
    });

    expect(hearJson("", { actual: [stamp, ...entries] })).toEqual(all);
    expect(hearJson("", Object.fromEntries([stamp, ...entries].map(({ name, ...rest }) => [name, rest])))).toEqual(all);
  });
});

describe("P1 Monitor", () => {
  it.each([
    ["smartmeter/consumption_kw", "0.635", { powerW: 635 }],
    ["smartmeter/production_kw", "0.9", { powerW: -900 }],
    ["smartmeter/consumption_kwh_low", "100", { tariffs: [{ name: "1", importWh: 100_000 }] }],
    ["smartmeter/production_kwh_high", "7", { tariffs: [{ name: "2", exportWh: 7000 }] }],
    ["phase/l2_v", "229", { electrical: { phases: { L2: { voltageV: 229 } } } }],
    ["phase/consumption_l1_kw", "0.3", { electrical: { phases: { L1: { powerW: 300 } } } }],
  ])("says %s as a bare number, all of one meter", (topic, payload, measures) => {
    expect(hear(`p1monitor/${topic}`, payload)).toEqual(readings({ name: "p1monitor", role: "grid", ...measures }));
  });

  it("answers over HTTP with names in capitals and W", () => {
    const row = {
      CONSUMPTION_W: 555,
      PRODUCTION_W: 0,
      CONSUMPTION_KWH_LOW: 10,
      CONSUMPTION_KWH_HIGH: 5,
      CONSUMPTION_GAS_M3: 3,
    };

    expect(
      hearJson("", [
        { ...row, TIMESTAMP_UTC: ARRIVAL / 1000 },
        { ...row, CONSUMPTION_W: 1 },
      ]),
    ).toMatchObject(
      readings({ powerW: 555, importWh: 15_000, at: ARRIVAL }, { channel: "gas", role: "gas", volumeM3: 3 }),
    );
  });

  it.each(["timestamp_utc", "timestamp_local", "tarifcode"])("says nothing of energy with %s", (name) => {
    expect(hear(`p1monitor/smartmeter/${name}`, "P")).not.toMatchObject({ kind: "readings" });
  });
});

describe("esp8266_p1meter", () => {
  it.each([
    ["actual_consumption", "478", { role: "grid", powerW: 478 }],
    ["consumption_low_tarif", "1234567", { role: "grid", tariffs: [{ name: "1", importWh: 1_234_567 }] }],
    ["l1_instant_power_current", "1500", { role: "grid", electrical: { phases: { L1: { currentA: 1.5 } } } }],
    ["l1_voltage", "234", { role: "grid", electrical: { phases: { L1: { voltageV: 234 } } } }],
    ["gas_meter_m3", "765432", { channel: "gas", role: "gas", volumeM3: 765.432 }],
  ])("says %s in whole W, Wh, mA, V and litres", (name, payload, measures) => {
    expect(hear(`sensors/power/p1meter/${name}`, payload)).toEqual(readings({ name: "p1meter", ...measures }));
  });

  it("gives the power of the connection itself: none is made of its phases", () => {
    const say = listen();
    say("sensors/power/p1meter/actual_consumption", "300");
    for (const phase of [1, 2]) say(`sensors/power/p1meter/l${phase}_instant_power_usage`, "100");

    expect(say("sensors/power/p1meter/l3_instant_power_usage", "101")).toEqual(
      readings({ name: "p1meter", role: "grid", electrical: { phases: { L3: { powerW: 101 } } } }),
    );
  });

  it.each(["status", "actual_tarif_group", "short_power_outages"])("says nothing of energy with %s offline", (name) => {
    expect(hear(`sensors/power/p1meter/${name}`, "offline")).toEqual(nothing);
  });
});

describe("a gateway from the P1 port", () => {
  it("adds up phases where no power of the connection is said", () => {
    const say = listen();
    say("p1/power_delivered_l1", "0.1");
    say("p1/power_delivered_l2", "0.2");

    expect(say("p1/power_delivered_l3", "0.3")).toMatchObject(readings({ powerW: 600 }));
    expect(say("p1/power_returned_l3", "0.9")).toMatchObject(readings({ powerW: -300 }));
  });

  it("leaves names that others have, too, to them", () => {
    expect(hear("workshop/voltage_l1", "230")).not.toMatchObject(readings({ role: "grid" }));
  });

  it.each([
    "nan",
    "",
    "{}",
    "[]",
    '{"value":null}',
    '{"value":{"value":1}}',
    '{"power_delivered":[]}',
    '{"power_delivered":[[1]]}',
  ])("yields no number from %s", (payload) => {
    expect(hear("p1/power_delivered", payload)).not.toMatchObject({ kind: "readings" });
  });
});
