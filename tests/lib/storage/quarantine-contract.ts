import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Reading } from "../../../lib/energy/reading";
import type { EnergyStore, NewRuling, RulingKind } from "../../../lib/storage/energy-store";
import { expectMonthsOfDays } from "../../support/months";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** 10 May 2025, 12:00 UTC: an hour and a quarter begin. */
const NOON = Date.UTC(2025, 4, 10, 12);
const ZONE = "Europe/Madrid";
const ALL = { from: 0, to: 2 * NOON };
const PAGE = { limit: 100 };

const register = (at: number, importWh: number): Reading => ({ meter: "m", at, importWh });
const power = (at: number, powerW: number): Reading => ({ meter: "m", at, powerW });

/** What every store must do with what is not believed, and with what people decide on it. */
export function describeQuarantine(name: string, open: () => Promise<EnergyStore>): void {
  describe(`the quarantine of the store on ${name}`, () => {
    let store: EnergyStore;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(async () => {
      await expectMonthsOfDays(store, "Europe/Madrid");
      await store.close();
    });

    const append = (...readings: Reading[]) => store.append({ readings });
    const rule = (kind: RulingKind, at: number, path: string, more: Partial<NewRuling> = {}) =>
      store.rule({ meter: "m", at, path, kind, by: "Ana", ...more });
    const importWh = async (): Promise<number> => {
      const rows = await store.energy({ from: NOON - 24 * HOUR, to: NOON + 24 * HOUR, interval: "total", zone: ZONE });
      return Math.round(rows.reduce((sum, row) => sum + row.importWh, 0) * 1e6) / 1e6;
    };
    const instants = async () => (await store.readings(ALL)).map(({ at }) => at - NOON);
    const statuses = async () =>
      (await store.quarantine(PAGE)).map(({ at, path, status }) => [at - NOON, path, status]);

    it("lists what was set aside and what lost at one instant, with the value that won", async () => {
      await store.setAside([{ ...power(NOON + HOUR, 5), source: "live" }], "instant");
      await append(register(NOON, 1_000), register(NOON, 900), { meter: "n", at: NOON, temperatureC: 20 });
      await append({ meter: "n", at: NOON, temperatureC: 21 });

      expect(await store.quarantine(PAGE)).toEqual([
        {
          meter: "m",
          at: NOON + HOUR,
          path: "*",
          value: '{"powerW":5,"source":"live"}',
          reason: "instant",
          status: "open",
        },
        { meter: "m", at: NOON, path: "importWh", value: "900", reason: "differs", winner: 1_000, status: "open" },
        { meter: "n", at: NOON, path: "temperatureC", value: "20", reason: "differs", status: "open" },
      ]);
      const of = async (query: object) => (await store.quarantine({ ...PAGE, ...query })).map(({ path }) => path);
      expect(await of({ meters: ["n"] })).toEqual(["temperatureC"]);
      expect(await of({ meters: ["m"], at: NOON })).toEqual(["importWh"]);
      expect(await of({ meters: [] })).toEqual([]);
      expect(await of({ limit: 1 })).toEqual(["*"]);
      expect((await store.quarantineCounts()).sort((a, b) => a.meter.localeCompare(b.meter))).toEqual([
        { meter: "m", open: 2 },
        { meter: "n", open: 1 },
      ]);
    });

    it("keeps on the list what was ruled, with its ruling and after what is open", async () => {
      await store.setAside([power(NOON, 1), power(NOON + 1, 2)], "instant");
      const ruling = await rule("discard", NOON + 1, "*");
      expect(ruling).toMatchObject({ meter: "m", at: NOON + 1, path: "*", kind: "discard", by: "Ana" });

      const [first, second] = await store.quarantine(PAGE);
      expect([first?.at, first?.status, first?.ruling]).toEqual([NOON, "open", undefined]);
      expect([second?.at, second?.status, second?.ruling]).toEqual([NOON + 1, "ruled", ruling]);
      expect(await store.quarantine({ ...PAGE, openOnly: true })).toHaveLength(1);
      expect(await store.quarantineCounts()).toEqual([{ meter: "m", open: 1 }]);
    });

    it("takes an accepted reading among the others as an import, energy included, and out again on undo", async () => {
      await append(register(NOON, 1_000), register(NOON + 2 * HOUR, 1_700));
      await store.setAside([{ ...register(NOON + 3 * HOUR, 2_500), source: "live" }], "instant");
      expect(await importWh()).toBe(700);

      const { id } = await rule("accept", NOON + 3 * HOUR, "*");
      expect((await store.readings(ALL)).at(-1)).toEqual({
        ...register(NOON + 3 * HOUR, 2_500),
        source: "imported",
      });
      expect(await importWh()).toBe(1_500);

      const undone = await store.undoRuling(id, "Luis");
      expect(undone).toMatchObject({ id, by: "Ana", undoneBy: "Luis" });
      expect(await instants()).toEqual([0, 2 * HOUR]);
      expect(await importWh()).toBe(700);
      expect(await statuses()).toEqual([[3 * HOUR, "*", "open"]]);
    });

    it("puts an edited reading at the instant that a person gives, and leaves a discarded one out", async () => {
      await append(register(NOON, 1_000));
      await store.setAside([register(NOON + 30 * HOUR, 1_300), register(NOON + 31 * HOUR, 9_999)], "instant");
      await rule("edit", NOON + 30 * HOUR, "*", { value: NOON + HOUR });
      await rule("discard", NOON + 31 * HOUR, "*");
      expect(await instants()).toEqual([0, HOUR]);
      expect(await importWh()).toBe(300);
    });

    it("lets the newest ruling stand, and the one before it again when that is undone", async () => {
      await append(register(NOON, 1_000));
      await store.setAside([register(NOON + 2 * HOUR, 1_400)], "instant");
      const accepted = await rule("accept", NOON + 2 * HOUR, "*");
      const moved = await rule("edit", NOON + 2 * HOUR, "*", { value: NOON + HOUR, by: "Luis" });
      const dropped = await rule("discard", NOON + 2 * HOUR, "*");
      expect(await instants()).toEqual([0]);

      await store.undoRuling(dropped.id, "Ana");
      expect(await instants()).toEqual([0, HOUR]);
      await store.undoRuling(moved.id, "Ana");
      expect(await instants()).toEqual([0, 2 * HOUR]);
      await store.undoRuling(accepted.id, "Ana");
      expect(await instants()).toEqual([0]);
      for (const { id } of [accepted, moved, dropped]) {
        await expect(store.undoRuling(id, "Ana")).rejects.toMatchObject({ code: "invalid-query" });
      }

      const again = await rule("accept", NOON + 2 * HOUR, "*");
      await rule("discard", NOON + 2 * HOUR, "*", { by: "Luis" });
      await expect(store.undoRuling(again.id, "Ana")).rejects.toMatchObject({ code: "invalid-query" });
      const log = await store.rulings(PAGE);
      expect(log.map(({ kind, by, undoneBy }) => [kind, by, undoneBy])).toEqual([
        ["discard", "Luis", undefined],
        ["accept", "Ana", "Luis"],
        ["discard", "Ana", "Ana"],
        ["edit", "Luis", "Ana"],
        ["accept", "Ana", "Ana"],
      ]);
      expect(await store.rulings({ meters: ["nobody"], limit: 5 })).toEqual([]);
      expect(await store.rulings({ meters: ["m"], limit: 1 })).toHaveLength(1);
    });

    it("merges what was set aside under one instant, and takes out no more than that", async () => {
      await store.setAside([register(NOON, 1_000), power(NOON, 50)], "instant");
      await append({ meter: "m", at: NOON, temperatureC: 20 });
      const { id } = await rule("accept", NOON, "*");
      expect(await store.readings(ALL)).toEqual([
        { meter: "m", at: NOON, importWh: 1_000, powerW: 50, temperatureC: 20, source: "live" },
      ]);
      await append({ meter: "m", at: NOON, powerW: 40 });
      await store.undoRuling(id, "Ana");
      expect(await store.readings(ALL)).toEqual([{ ...power(NOON, 40), temperatureC: 20, source: "live" }]);
    });

    it("refuses a reading where there is one that says the same already, and changes nothing", async () => {
      await append(power(NOON, 1));
      await store.setAside([power(NOON + HOUR, 2)], "instant");
      await expect(rule("edit", NOON + HOUR, "*", { value: NOON })).rejects.toMatchObject({ code: "invalid-query" });
      expect([await store.rulings(PAGE), await instants()]).toEqual([[], [0]]);
      expect(await statuses()).toEqual([[HOUR, "*", "open"]]);
    });

    it("forgets how long a power was held once the reading that told it is taken out", async () => {
      await store.putMeter({ key: "m", role: "load", gapLimitMs: 3 * HOUR });
      await append(power(NOON, 1_000));
      await store.setAside([power(NOON + 10 * HOUR, 0)], "instant");
      const { id } = await rule("accept", NOON + 10 * HOUR, "*");
      expect(await importWh()).toBe(3_000);
      await store.undoRuling(id, "Ana");
      expect(await importWh()).toBe(0);
    });

    it("records of two values that differ which one stands", async () => {
      await append(register(NOON, 1_000), register(NOON, 900));
      const believed = await rule("accept", NOON, "importWh");
      expect([believed.kind, believed.value]).toEqual(["edit", 900]);
      const kept = await rule("discard", NOON, "importWh");
      expect([kept.kind, kept.value]).toEqual(["edit", 1_000]);
      expect(await statuses()).toEqual([[0, "importWh", "ruled"]]);

      await append(register(NOON, 800));
      await expect(rule("accept", NOON, "importWh")).rejects.toMatchObject({ code: "invalid-query" });
      expect((await rule("edit", NOON, "importWh", { value: 800 })).value).toBe(800);
    });

    it("lets a value that no energy is made of be left out, and no more", async () => {
      const volts = (voltageV: number): Reading => ({ meter: "m", at: NOON, electrical: { voltageV } });
      await append(volts(230), volts(231));
      const path = "electrical.voltageV";
      for (const more of [{ kind: "accept" }, { kind: "edit", value: 230 }] as const) {
        await expect(rule(more.kind, NOON, path, more)).rejects.toMatchObject({ code: "invalid-query" });
      }
      await rule("discard", NOON, path);
      expect(await statuses()).toEqual([[0, path, "ruled"]]);
    });

    it("believes all that a reading says which a person took in, and again nothing of it after undo", async () => {
      await store.putMeter({ key: "m", role: "load", gapLimitMs: 15 * MINUTE, maxPowerW: 5_000 });
      await append(power(NOON - 15 * MINUTE, 400), { ...power(NOON + 15 * MINUTE, 0) }, register(NOON + HOUR, 1_000));
      await store.setAside([power(NOON, 40_000)], "beyond");
      expect(await importWh()).toBe(100);
      const { id } = await rule("accept", NOON, "*");
      expect(await importWh()).toBe(100 + 10_000);
      expect(await statuses()).toEqual([[0, "*", "ruled"]]);
      await store.undoRuling(id, "Ana");
      expect(await importWh()).toBe(100);
      expect(await statuses()).toEqual([[0, "*", "open"]]);
    });

    it("believes nothing else that was said at the instant of what a person took in", async () => {
      await append(
        ...[0, 1, 2, 3, 4].map((minute) => register(NOON + minute * MINUTE, minute === 2 ? 0 : 5_000 + minute)),
      );
      await store.setAside([power(NOON + 2 * MINUTE, 200_000)], "beyond");
      await rule("accept", NOON + 2 * MINUTE, "*");
      expect(await importWh()).toBe(4);
      expect(await statuses()).toEqual([
        [2 * MINUTE, "importWh", "open"],
        [2 * MINUTE, "*", "ruled"],
      ]);
    });

    it.each<[string, RulingKind, Partial<NewRuling>, number]>([
      ["accepted", "accept", {}, 901_200],
      ["left out", "discard", {}, 100],
      ["edited", "edit", { value: 1_150 }, 150],
    ])(
      "counts what follows from a jump that is %s, and what stood before once that is undone",
      async (_, kind, more, wh) => {
        await store.putMeter({ key: "m", role: "load", gapLimitMs: 15 * MINUTE, maxPowerW: 5_000 });
        const jumped = [100, 150, 200].map((more, index) => register(NOON + (index + 1) * 10 * MINUTE, 902_000 + more));
        await append(register(NOON, 1_000), ...jumped);
        const [found] = await store.quarantine(PAGE);
        expect(found).toMatchObject({ path: "importWh", reason: "jump", energyWh: 901_100, status: "open" });
        expect(await importWh()).toBe(100);
        const { id } = await rule(kind, NOON + 10 * MINUTE, "importWh", more);
        expect(await importWh()).toBe(wh);
        expect(await statuses()).toContainEqual([10 * MINUTE, "importWh", "ruled"]);
        await store.undoRuling(id, "Ana");
        expect(await importWh()).toBe(100);
        expect(await statuses()).toEqual([[10 * MINUTE, "importWh", "open"]]);
      },
    );

    it("takes a meter swap that nobody doubted before", async () => {
      await append(register(NOON, 1_000));
      const swap = await rule("swap", NOON + HOUR, "*");
      expect(await store.rulings(PAGE)).toEqual([swap]);
      await store.undoRuling(swap.id, "Ana");
      expect(await instants()).toEqual([0]);
    });

    it.each<[string, Partial<NewRuling>]>([
      ["a meter that is not there", { meter: "nobody" }],
      ["a reading that was not set aside", { at: NOON + 1 }],
      ["an edit without a value", { kind: "edit" }],
    ])("refuses to rule on %s", async (_, more) => {
      await append(register(NOON, 1_000));
      await expect(rule("accept", NOON, "*", more)).rejects.toMatchObject({ code: "invalid-query" });
      expect(await store.rulings(PAGE)).toEqual([]);
    });
  });
}
