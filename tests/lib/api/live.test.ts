import { describe, expect, it } from "vitest";
import type { Reading, Role } from "../../../lib/energy/reading";
import { makeLive, type LiveEvent } from "../../../lib/api/live";

const NOW = Date.UTC(2025, 5, 1);
const roles = new Map<string, Role>([
  ["grid", "grid"],
  ["sun", "solar"],
  ["heater", "load"],
]);
const facts = { role: (meter: string) => roles.get(meter) ?? "load", gapLimitMs: () => 60_000, counts: () => true };
const live = () => makeLive(facts, () => NOW);
const reading = (meter: string, powerW: number, at = NOW, more: Partial<Reading> = {}): LiveEvent => ({
  kind: "reading",
  reading: { meter, at, powerW, ...more },
});

describe("what a site tells live", () => {
  it("numbers events so that they rise across restarts", () => {
    const before = live();
    before.publish(reading("grid", 1));
    expect(makeLive(facts, () => NOW + 1_000).lastId).toBeGreaterThan(before.lastId);
  });

  it("repeats what a listener missed, and says when that is too much", () => {
    const site = live();
    const start = site.lastId;
    expect(site.since(start)).toEqual([]);
    for (let index = 0; index < 3; index += 1) site.publish(reading("grid", index));
    expect(site.since(start + 1)?.map(({ id }) => id - start)).toEqual([2, 3]);
    expect(site.since(start - 5)).toBeUndefined();
    expect(site.since(start + 99)).toBeUndefined();

    for (let index = 0; index < 30_000; index += 1) site.publish(reading("grid", index));
    expect(site.since(start + 1)).toBeUndefined();
    expect(site.since(site.lastId - 9_000)).toHaveLength(9_000);
  });

  it("knows the newest power of each meter, however late an older one comes", () => {
    const site = live();
    site.publish(reading("grid", 5, NOW));
    site.publish(reading("grid", 4, NOW - 1));
    site.publish(reading("grid", 3, NOW + 1, { source: "retained" }));
    site.publish({ kind: "reading", reading: { meter: "grid", at: NOW + 2, importWh: 1 } });
    expect(site.latest().get("grid")?.powerW).toBe(5);
  });

  it.each<[string, LiveEvent[], number | undefined]>([
    ["nothing is known", [], undefined],
    ["a house without a grid meter is the sum of its loads", [reading("heater", 100), reading("fridge", 50)], 150],
    [
      "a load that fell silent is left out of a sum of loads",
      [reading("heater", 100), reading("fridge", 50, NOW - 120_000)],
      100,
    ],
    [
      "grid and sun together feed the house",
      [reading("grid", 100), reading("sun", -900), reading("heater", 700)],
      1_000,
    ],
    ["exported sun is not used", [reading("grid", -300), reading("sun", -900)], 600],
    [
      "a grid meter that fell silent leaves it unknown",
      [reading("grid", 100, NOW - 120_000), reading("heater", 1)],
      undefined,
    ],
  ])("%s", (_, events, expected) => {
    const site = live();
    events.forEach(site.publish);
    expect(site.sitePowerW(NOW)).toBe(expected);
  });

  it("counts no power twice that another meter counts", () => {
    const site = makeLive({ ...facts, counts: (meter) => meter !== "fridge" }, () => NOW);
    [reading("kitchen", 150), reading("fridge", 50)].forEach(site.publish);
    expect(site.sitePowerW(NOW)).toBe(150);
  });
});
