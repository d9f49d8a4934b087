import { describe, expect, it } from "vitest";
import { ARRIVAL, hear, hearJson, nothing, readings } from "../said";

const SENSOR = "glow/AABBCCDDEEFF/SENSOR";
const timestamp = "2026-03-10T11:59:00Z";
const periods = { day: 3.5, week: 20, month: 80 };

describe("Hildebrand Glow", () => {
  it("says power in the unit it names, and the registers, never a day's or a month's", () => {
    const energy = {
      export: { cumulative: 1.5, units: "kWh" },
      import: {
        cumulative: 4321.125,
        ...periods,
        units: "kWh",
        mpan: "1",
        price: { unitrate: 0.25, standingcharge: 0.4 },
      },
    };
    const meter = { timestamp, energy, power: { value: 0.825, units: "kW" } };

    expect(hearJson(`${SENSOR}/electricitymeter`, { electricitymeter: meter })).toEqual(
      readings({
        role: "grid",
        powerW: 825,
        importWh: 4_321_125,
        exportWh: 1500,
        name: "AABBCCDDEEFF",
        at: ARRIVAL - 60_000,
      }),
    );
    expect(hearJson("", { electricitymeter: { ...meter, power: { value: -825, units: "W" } } })).toMatchObject(
      readings({ powerW: -825 }),
    );
  });

  it("says gas by its volume", () => {
    const gas = { cumulative: 5000, units: "kWh", cumulativevol: 450.25, cumulativevolunits: "m3", ...periods };

    expect(hearJson(`${SENSOR}/gasmeter`, { gasmeter: { timestamp, energy: { import: gas } } })).toEqual(
      readings({ channel: "gas", role: "gas", volumeM3: 450.25, name: "AABBCCDDEEFF", at: ARRIVAL - 60_000 }),
    );
  });

  it("says gas by its energy where it has no volume", () => {
    const gas = { cumulative: 5000, units: "kWh" };

    expect(hearJson(`${SENSOR}/gasmeter`, { gasmeter: { timestamp, energy: { import: gas } } })).toMatchObject(
      readings({ channel: "gas", role: "gas", importWh: 5_000_000 }),
    );
  });

  it.each([
    ["glow/AABBCCDDEEFF/STATE", '{"software":"v1","timestamp":"2026-03-10T11:59:00Z","han":{"rssi":-75,"lqi":100}}'],
    [`${SENSOR}/electricitymeter`, '{"electricitymeter":{"timestamp":"2026-03-10T11:59:00Z","energy":{}}}'],
    [`${SENSOR}/electricitymeter`, '{"electricitymeter":{"power":{"value":null,"units":"kW"}}}'],
    [`${SENSOR}/electricitymeter`, '{"electricitymeter":{"power":{"value":5,"units":"bananas"}}}'],
  ])("says nothing of energy with %s %s", (topic, payload) => {
    expect(hear(topic, payload)).toEqual(nothing);
  });
});
