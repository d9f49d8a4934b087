import { describe, expect, it } from "vitest";
import { EnergyError } from "../../../lib/errors";
import { makeQuarantine } from "../../../lib/site/quarantine";

const NOW = Date.UTC(2025, 5, 1);

/** A store that can be broken, a clock that can be set, and what became of them. */
function openShelf() {
  const told: string[] = [];
  const shelf = {
    told,
    now: NOW,
    asked: 0,
    broken: false,
    rows: [{ meter: "grid", open: 2 }],
    quarantineCounts: () => {
      shelf.asked += 1;
      return shelf.broken
        ? Promise.reject(new EnergyError("storage-busy", "locked"))
        : Promise.resolve(shelf.rows.map((row) => ({ ...row })));
    },
  };
  const quarantine = makeQuarantine(
    shelf,
    () => shelf.now,
    ({ message }) => void told.push(message),
  );
  const open = async (meter: string): Promise<number> => {
    quarantine.open(meter);
    await new Promise(setImmediate);
    return quarantine.open(meter);
  };
  return { shelf, open, quarantine };
}

describe("the open values of a site's meters", () => {
  it("are asked for when somebody asks, once for all meters, and again after 30 s", async () => {
    const { shelf, open, quarantine } = openShelf();
    expect(quarantine.open("grid")).toBe(0);
    expect([await open("grid"), await open("roof"), shelf.asked]).toEqual([2, 0, 1]);

    shelf.rows = [{ meter: "roof", open: 1 }];
    shelf.now += 29_999;
    expect([await open("grid"), shelf.asked]).toEqual([2, 1]);
    shelf.now += 1;
    expect([await open("grid"), await open("roof"), shelf.asked]).toEqual([0, 1, 2]);
  });

  it("are asked for again though the clock was set back by a day", async () => {
    const { shelf, open } = openShelf();
    await open("grid");
    shelf.now -= 86_400_000;
    await open("grid");
    expect(shelf.asked).toBe(2);
  });

  it("stay as last known while the store cannot answer, which is told once, and once more after it could", async () => {
    const { shelf, open } = openShelf();
    await open("grid");
    shelf.broken = true;
    for (let turn = 0; turn < 3; turn += 1) {
      shelf.now += 30_000;
      expect(await open("grid")).toBe(2);
    }
    expect([shelf.told, shelf.asked]).toEqual([["locked"], 4]);

    shelf.broken = false;
    shelf.now += 30_000;
    await open("grid");
    shelf.broken = true;
    shelf.now += 30_000;
    await open("grid");
    expect(shelf.told).toEqual(["locked", "locked"]);
  });
});
