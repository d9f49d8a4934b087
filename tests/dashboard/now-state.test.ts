import { describe, expect, it } from "vitest";
import type { MeterDoc, StateDoc } from "../../lib/api/types";
import { withDevice, withReadings } from "../../dashboard/src/model/now-state";
import { emptyScene } from "../support/dashboard-server";

const NOW = Date.UTC(2026, 0, 2, 12);
const EMPTY = emptyScene(NOW).state;
const meter = (key: string, role: MeterDoc["role"], kw?: number, stale = false): MeterDoc => ({
  key,
  role,
  stale,
  quarantined: 1,
  ...(kw !== undefined && { kw, at: new Date(NOW).toISOString() }),
});
const stateOf = (...meters: MeterDoc[]): StateDoc => ({ ...EMPTY, meters });

describe("withReadings", () => {
  it("takes the house's power as the server said it", () => {
    const state = withReadings(stateOf(meter("grid", "grid", 1)), [{ meter: "grid", at: NOW + 1, kw: 2, homeKw: 2.5 }]);
    expect(state.power).toEqual({ homeKw: 2.5, gridKw: 2 });
  });

  it("works it out from the meters where the server did not say it: sun and battery give what they export", () => {
    const meters = [meter("grid", "grid", 1), meter("roof", "solar", -3), meter("box", "battery", 0.5)];
    const state = withReadings(stateOf(...meters), [{ meter: "grid", at: NOW + 1, kw: -0.5 }]);
    expect(state.power).toEqual({ homeKw: 2, gridKw: -0.5, solarKw: 3, batteryKw: 0.5 });
  });

  it("adds up the loads where there is no meter at the grid", () => {
    const meters = [meter("heater", "load", 1.5), meter("car", "ev", 7)];
    const state = withReadings(stateOf(...meters), [{ meter: "heater", at: NOW + 1, kw: 2 }]);
    expect(state.power).toEqual({ homeKw: 9 });
  });

  it.each([
    ["the sun", [meter("grid", "grid", 1), meter("roof", "solar", -1, true)]],
    ["a second grid meter", [meter("grid", "grid", 1), meter("annex", "grid")]],
  ])("does not guess the house while %s says nothing", (_, meters) => {
    const state = withReadings(stateOf(...meters), [{ meter: "grid", at: NOW + 1, kw: 2 }]);
    expect(state.power.homeKw).toBeUndefined();
  });

  it("ignores a reading older than what the meter said last", () => {
    const before = stateOf(meter("grid", "grid", 1));
    const state = withReadings(before, [{ meter: "grid", at: NOW - 1, kw: 9 }]);
    expect(state.meters).toEqual(before.meters);
  });

  it("keeps how many values of a meter wait for a person", () => {
    const state = withReadings(stateOf(meter("grid", "grid", 1)), [{ meter: "grid", at: NOW + 1, kw: 2 }]);
    expect(state.meters).toMatchObject([{ key: "grid", kw: 2, quarantined: 1 }]);
  });

  it("takes in a meter that it did not know", () => {
    const state = withReadings(EMPTY, [{ meter: "new", role: "load", at: NOW, kw: 1.25, homeKw: 1.25 }]);
    expect(state.meters).toMatchObject([{ key: "new", role: "load", kw: 1.25, stale: false, quarantined: 0 }]);
  });
});

it("withDevice replaces what is known of a device, or adds it", () => {
  const on = { id: "a", name: "A", state: "on" } as const;
  const off = { id: "a", name: "A", state: "off" } as const;
  const once = withDevice(EMPTY, on);
  expect(once.devices).toEqual([on]);
  expect(withDevice(once, off).devices).toEqual([off]);
});
