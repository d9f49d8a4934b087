import { describe, expect, it } from "vitest";
import { EnergyError } from "../../../lib/errors";
import { makeMeters } from "../../../lib/site/meters";
import type { MeterSettings, MeterStore } from "../../../lib/storage/energy-store";

const NOW = Date.UTC(2025, 5, 1);

/** A store of two things, which can be broken. */
function shelf(lastAt: number): MeterStore & { broken: boolean; put: MeterSettings[] } {
  const put: MeterSettings[] = [];
  const store = {
    broken: false,
    put,
    putMeter: (settings: MeterSettings) => {
      if (store.broken) return Promise.reject(new EnergyError("storage-busy", "locked"));
      put.push(settings);
      return Promise.resolve({ ...settings, id: 1 });
    },
    meters: () =>
      store.broken
        ? Promise.reject(new EnergyError("storage-busy", "locked"))
        : Promise.resolve([{ key: "old", role: "grid", gapLimitMs: 1_000, id: 1 } as const]),
    lastInstants: () => Promise.resolve([{ meter: "old", at: lastAt }]),
  };
  return store;
}

describe("the meters of a site", () => {
  it("count what nobody described and what is behind no other of its kind, as soon as that is known", async () => {
    const meters = makeMeters(
      shelf(NOW),
      () => NOW,
      () => undefined,
    );
    await meters.ready();
    const sub = { key: "fridge", role: "load", gapLimitMs: 1 } as const;
    meters.describe(sub);
    meters.describe({ ...sub, key: "kitchen" });
    expect(["old", "stranger", "fridge", "kitchen"].map(meters.counts)).toEqual([true, true, true, true]);
    meters.describe({ ...sub, parent: "kitchen" });
    expect([meters.counts("fridge"), meters.counts("kitchen")]).toEqual([false, true]);
  });

  it("never stamp two readings of a meter alike, nor before what was stored before a restart", async () => {
    const meters = makeMeters(
      shelf(NOW + 500),
      () => NOW,
      () => undefined,
    );
    await meters.ready();
    expect([meters.stamp("old", NOW), meters.stamp("old", NOW), meters.stamp("old", NOW + 900)]).toEqual([
      NOW + 501,
      NOW + 502,
      NOW + 900,
    ]);
    expect(meters.stamp("new", NOW)).toBe(NOW);
  });

  it("never stamp two readings of a meter alike in two instances that share it", async () => {
    const stamps = await Promise.all(
      [0, 1, 2].map(async (rank) => {
        const meters = makeMeters(
          shelf(NOW),
          () => NOW,
          () => undefined,
          () => ({ rank, of: 3 }),
        );
        await meters.ready();
        return Array.from({ length: 20 }, (_, index) => meters.stamp("old", NOW + Math.floor(index / 4)));
      }),
    );
    expect(new Set(stamps.flat()).size).toBe(60);
    for (const own of stamps) {
      expect(own[0]).toBeLessThanOrEqual(NOW + 3);
      expect(own).toEqual([...own].sort((a, b) => a - b));
    }
  });

  it("stamp by the clock where what was stored lies in a future that no live reading may have", async () => {
    const imported = NOW + 365 * 86_400_000;
    const meters = makeMeters(
      shelf(imported),
      () => NOW,
      () => undefined,
    );
    await meters.ready();
    expect(meters.stamp("old", NOW)).toBe(NOW);
  });

  it("know what was stored, and prefer what their node says now", async () => {
    const store = shelf(NOW);
    const meters = makeMeters(
      store,
      () => NOW,
      () => undefined,
    );
    meters.describe({ key: "mine", role: "solar", gapLimitMs: 5 });
    meters.describe({ key: "mine", role: "solar", gapLimitMs: 5 });
    await meters.ready();
    expect([meters.role("old"), meters.role("mine"), meters.role("nobody")]).toEqual(["grid", "solar", "load"]);
    expect(meters.gapLimitMs("old")).toBe(1_000);
    expect([...meters.keys()].sort()).toEqual(["mine", "old"]);
    expect(store.put).toHaveLength(1);
  });

  it("forget those that the store does not know any more, and store them again when their node speaks of them", async () => {
    const store = shelf(NOW);
    const meters = makeMeters(
      store,
      () => NOW,
      () => undefined,
    );
    const renamed = { key: "renamed", role: "solar", gapLimitMs: 5 } as const;
    meters.describe(renamed);
    await meters.ready();
    expect(await meters.review()).toEqual(new Set(["old"]));
    expect([meters.keys(), meters.role("renamed")]).toEqual([["old"], "load"]);
    meters.describe(renamed);
    expect(store.put).toEqual([renamed, renamed]);
  });

  it("are known by their new keys, and those that could not be stored yet are not forgotten", async () => {
    const store = shelf(NOW);
    const meters = makeMeters(
      store,
      () => NOW,
      () => undefined,
    );
    await meters.ready();
    store.broken = true;
    meters.describe({ key: "waiting", role: "solar", gapLimitMs: 5 });
    await new Promise((resolve) => setImmediate(resolve));
    // Somebody else renamed it while this instance was away.
    store.broken = false;
    store.meters = () => Promise.resolve([{ key: "new", role: "grid", gapLimitMs: 1_000, id: 1 } as const]);
    expect(await meters.review()).toEqual(new Set(["new", "waiting"]));
    expect(["old", "new", "waiting"].map(meters.role)).toEqual(["load", "grid", "solar"]);
    expect(meters.counts("new")).toBe(true);
  });

  it("tell what could not be stored and store it with the next word", async () => {
    const store = shelf(NOW);
    const problems: string[] = [];
    const meters = makeMeters(
      store,
      () => NOW,
      ({ message }) => problems.push(message),
    );
    store.broken = true;
    await expect(meters.ready()).rejects.toThrow("locked");
    meters.describe({ key: "mine", role: "ev", gapLimitMs: 5 });
    await new Promise(setImmediate);
    expect([problems, meters.role("mine")]).toEqual([["locked"], "ev"]);
    store.broken = false;
    meters.describe({ key: "mine", role: "ev", gapLimitMs: 5 });
    await meters.ready();
    expect(store.put).toHaveLength(1);
  });

  it("have room for 10,000 names, since strangers invent them; those that are known stay admitted", async () => {
    const meters = makeMeters(
      shelf(NOW),
      () => NOW,
      () => undefined,
    );
    await meters.ready();
    for (let index = 1; index < 10_000; index += 1) expect(meters.admits(`m${index}`)).toBe(true);
    expect(["one more", "old", "m1", "m9999"].map(meters.admits)).toEqual([false, true, true, true]);
  });
});
