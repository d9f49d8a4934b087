import { describe, expect, it } from "vitest";
import { hear, hearJson, nothing, readings } from "../said";

const FRIDGE = "zigbee2mqtt/fridge";

describe("Zigbee2MQTT", () => {
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
