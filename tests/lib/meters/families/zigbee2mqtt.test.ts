import { describe, expect, it } from "vitest";
import { hear, hearJson, listen, nothing, readings } from "../said";

const FRIDGE = "zigbee2mqtt/fridge";

describe("Zigbee2MQTT", () => {
  it("turns what a clamp says that it produces", () => {
    expect(hearJson(FRIDGE, { power: 500, energy_flow: "producing" })).toEqual(readings({ powerW: -500 }));
    expect(hearJson(FRIDGE, { power: 500, energy_flow: "consuming" })).toEqual(readings({ powerW: 500 }));
  });

  it("is one connection with three clamps that have directions", () => {
    const body = { power_a: 100, power_b: 200, power_c: 300, energy: 10, produced_energy: 3 };
    const flows = { energy_flow_a: "consuming", energy_flow_b: "consuming", energy_flow_c: "producing" };

    expect(hearJson(FRIDGE, { ...body, ...flows })).toEqual(
      readings({
        powerW: 0,
        importWh: 10_000,
        exportWh: 3000,
        electrical: { phases: { L1: { powerW: 100 }, L2: { powerW: 200 }, L3: { powerW: -300 } } },
      }),
    );
  });

  it("reads a gas meter's volume, and no detector's alarm", () => {
    expect(hearJson(FRIDGE, { gas: 12.5, battery: 90 })).toEqual(readings({ role: "gas", volumeM3: 12.5 }));
    expect(hearJson(FRIDGE, { gas: false, battery: 90 })).toEqual(nothing);
  });

  it("reads a plug: W, kWh, V, A and a power factor in percent", () => {
    const body = {
      state: "ON",
      power: 85,
      energy: 12.34,
      voltage: 231,
      current: 0.4,
      power_factor: 92,
      linkquality: 120,
    };

    expect(hearJson(FRIDGE, body)).toEqual(
      readings({
        powerW: 85,
        importWh: 12_340,
        electrical: { voltageV: 231, currentA: 0.4, powerFactor: 0.92 },
      }),
    );
  });

  it.each([
    ["an ISO text", "2026-03-10T13:00:00+01:00"],
    ["milliseconds", 1_773_144_000_000],
    ["a look-alike's seconds", 1_773_144_000],
  ])("takes the stamp from last_seen as %s", (_, last_seen) => {
    expect(hearJson(FRIDGE, { power: 1, last_seen })).toEqual(readings({ powerW: 1, at: 1_773_144_000_000 }));
  });

  it.each([
    ["zigbee2mqtt/fridge/power", "85.5", { powerW: 85.5 }],
    ["zigbee2mqtt/kitchen/fridge/energy", "2", { importWh: 2000 }],
    ["zigbee2mqtt/fridge/voltage", "230", { electrical: { voltageV: 230 } }],
  ])("reads %s where each value has a topic of its own", (topic, payload, reading) => {
    expect(hear(topic, payload)).toEqual(readings(reading));
  });

  it("adds up the phases where the first has no suffix", () => {
    expect(hearJson(FRIDGE, { power: 10, power_phase_b: 20, power_phase_c: 30, energy: 1 })).toEqual(
      readings({
        powerW: 60,
        importWh: 1000,
        electrical: { phases: { L1: { powerW: 10 }, L2: { powerW: 20 }, L3: { powerW: 30 } } },
      }),
    );
  });

  it("takes _l1 and _l2 as two circuits", () => {
    expect(hearJson(FRIDGE, { power_l1: 10, energy_l1: 1, power_l2: 20, energy_l2: 2, state_l1: "ON" })).toEqual(
      readings({ channel: "1", powerW: 10, importWh: 1000 }, { channel: "2", powerW: 20, importWh: 2000 }),
    );
  });

  it("treats sentinels and nulls as not said", () => {
    expect(hearJson(FRIDGE, { power: -32768, energy: 3, voltage: null, current: 65535 })).toEqual(
      readings({ importWh: 3000 }),
    );
  });

  it.each([
    [FRIDGE, '{"linkquality":80}'],
    [FRIDGE, '{"state":"ON","linkquality":80}'],
    ["zigbee2mqtt/door", '{"battery":100,"contact":true,"voltage":3000,"linkquality":80}'],
    ["zigbee2mqtt/room", '{"temperature":21.4,"humidity":40,"battery":80,"linkquality":80}'],
    ["zigbee2mqtt/fridge/availability", '{"state":"online"}'],
    ["zigbee2mqtt/fridge/availability", "online"],
    ["zigbee2mqtt/fridge/set", '{"state":"ON"}'],
    ["zigbee2mqtt/fridge/linkquality", "80"],
    ["zigbee2mqtt/bridge/state", '{"state":"online"}'],
    ["zigbee2mqtt/bridge/devices", '[{"power":5}]'],
    ["zigbee2mqtt/fridge", "[1,2,3]"],
  ])("says nothing about energy with %s %s", (topic, payload) => {
    expect(hear(topic, payload)).toEqual(nothing);
  });
});

describe("Zigbee2MQTT's meters of several phases and clamps", () => {
  it("takes a total as it is beside phases without a sign", () => {
    const body = {
      power: -500,
      power_a: 300,
      power_b: 100,
      power_c: 100,
      voltage_a: 230,
      energy: 7,
      produced_energy: 3,
    };

    expect(hearJson(FRIDGE, body)).toEqual(
      readings({
        powerW: -500,
        importWh: 7000,
        exportWh: 3000,
        electrical: { phases: { L1: { powerW: 300, voltageV: 230 }, L2: { powerW: 100 }, L3: { powerW: 100 } } },
      }),
    );
  });

  it("adds the registers of phases up where there is no other, and reads factors in percent", () => {
    const body = { power: 600, energy_a: 1, energy_b: 2, energy_c: 3.5, power_factor_a: 97, power_factor_c: 100 };

    expect(hearJson(FRIDGE, body)).toEqual(
      readings({
        powerW: 600,
        importWh: 6500,
        electrical: {
          phases: {
            L1: { powerFactor: 0.97, importWh: 1000 },
            L2: { importWh: 2000 },
            L3: { powerFactor: 1, importWh: 3500 },
          },
        },
      }),
    );
  });

  it("takes the direction of a clamp from the text beside its power, and each clamp's own instant", () => {
    const body = {
      ...{ power_a: 300, power_b: 120, power_ab: -180, energy_flow_a: "producing", energy_flow_b: "consuming" },
      ...{ energy_a: 5, energy_produced_a: 9, energy_b: 2, current_a: 1.3, voltage: 231, ac_frequency: 50 },
      ...{ timestamp_a: "2026-03-10T12:00:00Z", timestamp_b: "2026-03-10T11:59:59Z", linkquality: 90 },
    };

    expect(hearJson(FRIDGE, body)).toEqual(
      readings(
        {
          ...{ channel: "a", powerW: -300, importWh: 5000, exportWh: 9000, at: 1_773_144_000_000 },
          electrical: { currentA: 1.3, voltageV: 231, frequencyHz: 50 },
        },
        {
          ...{ channel: "b", powerW: 120, importWh: 2000, at: 1_773_143_999_000 },
          electrical: { voltageV: 231, frequencyHz: 50 },
        },
      ),
    );
  });

  it("knows phase A by the others where each value has a topic of its own", () => {
    const say = listen();
    const round = (afterMs: number): unknown[] =>
      ["power", "power_phase_b", "power_phase_c"].map((leaf, index) =>
        say(`zigbee2mqtt/main/${leaf}`, String(100 * (index + 1)), afterMs + index),
      );
    round(0);

    const name = "main";
    expect(round(10_000)).toEqual([
      readings({ powerW: 600, electrical: { phases: { L1: { powerW: 100 } } } }),
      readings({ name, powerW: 600, electrical: { phases: { L2: { powerW: 200 } } } }),
      readings({ name, powerW: 600, electrical: { phases: { L3: { powerW: 300 } } } }),
    ]);
    expect(say("zigbee2mqtt/main/energy", "5", 11_000)).toEqual(readings({ importWh: 5000 }));
  });

  it("knows circuits and directions where each value has a topic of its own", () => {
    const say = listen();

    expect(say("zigbee2mqtt/hall/double/power_l2", "20")).toEqual(
      readings({ name: "hall-double", channel: "2", powerW: 20 }),
    );
    expect(say("zigbee2mqtt/clamps/energy_flow_a", "producing")).toEqual(nothing);
    expect(say("zigbee2mqtt/clamps/power_a", "300")).toEqual(readings({ name: "clamps", channel: "a", powerW: -300 }));
  });

  it("does not count a value twice that comes in JSON and under a topic of its own", () => {
    const say = listen();
    say(FRIDGE, '{"power": 85, "energy": 2}');

    expect(say(`${FRIDGE}/power`, "85", 5)).toEqual(nothing);
    expect(say(`${FRIDGE}/power`, "90", 61_000)).toEqual(readings({ powerW: 90 }));
  });

  it("lets a power wait whose current has not come yet, and refuses one that never fits", () => {
    const say = listen();
    const plug = (power: number, current: number, voltage = 230): unknown =>
      say(FRIDGE, JSON.stringify({ power, current, voltage, energy: 1 }));
    const electrical = { voltageV: 230, currentA: 0.1 };

    expect(plug(2000, 0.1)).toEqual(readings({ importWh: 1000, electrical }));
    expect(plug(2000, 8.7)).toEqual(
      readings({ powerW: 2000, importWh: 1000, electrical: { voltageV: 230, currentA: 8.7 } }),
    );

    plug(16_900, 30, 50);
    expect(plug(16_900, 30, 50)).toMatchObject({ reason: "inconsistent", detail: "16900 W at 50 V and 30 A" });
    expect(plug(2000, 8.7)).toMatchObject({ kind: "readings" });
  });
});
