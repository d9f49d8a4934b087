import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Reading } from "../../../lib/energy/reading";
import type { Alert, EnergyStore } from "../../../lib/storage/energy-store";

const ZONE = "Europe/Madrid";
const MINUTE = 60_000;
const QUARTER = 15 * MINUTE;
const HOUR = 4 * QUARTER;
/** 10 May 2025, 12:00 UTC: an hour and a quarter begin. */
const NOON = Date.UTC(2025, 4, 10, 12);

const power = (meter: string, at: number, powerW: number): Reading => ({ meter, at, powerW });
const register = (meter: string, at: number, importWh: number): Reading => ({ meter, at, importWh });

/** What every store must do, whatever the database behind it. */
export function describeStore(name: string, open: () => Promise<EnergyStore>): void {
  describe(`the store on ${name}`, () => {
    let store: EnergyStore;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(() => store.close());

    const all = { from: 0, to: NOON * 2 };
    const append = (...readings: Reading[]) => store.append({ readings });

    it("gives back every measure of a reading as it came", async () => {
      const reading: Reading = {
        meter: "grid",
        at: NOON,
        powerW: -120.5,
        importWh: 1234.5,
        exportWh: 0,
        volumeM3: 3.25,
        electrical: { voltageV: 231.4, phases: { L1: { powerW: -120.5, currentA: 0.6 } } },
        tariffs: [{ name: "T1", importWh: 1000 }],
        temperatureC: -3,
        socPercent: 71,
      };
      await append(reading);
      expect(await store.readings(all)).toEqual([{ ...reading, source: "live" }]);
    });

    it("answers oldest first, newest first, by meter, by range, and no more than asked for", async () => {
      await append(power("a", NOON + 2, 2), power("b", NOON + 1, 1), register("a", NOON + 3, 5));
      const instants = async (query: object) => (await store.readings({ ...all, ...query })).map(({ at }) => at - NOON);
      expect(await instants({})).toEqual([1, 2, 3]);
      expect(await instants({ newestFirst: true, limit: 2 })).toEqual([3, 2]);
      expect(await instants({ meters: ["a"], withPower: true })).toEqual([2]);
      expect(await instants({ from: NOON + 1, to: NOON + 3 })).toEqual([1, 2]);
      expect(await instants({ meters: [] })).toEqual([]);
    });

    it("answers nothing of a meter that nobody has heard of", async () => {
      await append(power("a", NOON, 1));
      expect(await store.readings({ ...all, meters: ["nobody"] })).toEqual([]);
      expect(await store.energy({ ...all, meters: ["nobody"], interval: "day", zone: ZONE })).toEqual([]);
    });

    it("merges two readings of one instant whatever their order", async () => {
      const readings: Reading[] = [
        { meter: "m", at: NOON, powerW: 100, source: "imported" },
        { meter: "m", at: NOON, powerW: 90 },
        { meter: "m", at: NOON, importWh: 5 },
        { meter: "m", at: NOON, powerW: -95 },
      ];
      await append(...readings);
      await append(...readings.map((reading) => ({ ...reading, meter: "n" })).reverse());
      const [m, n] = await store.readings(all);
      expect(m).toMatchObject({ powerW: -95, importWh: 5, source: "live" });
      expect({ ...n, meter: "m" }).toEqual(m);
    });

    it("drops a redelivery and keeps a new reading that looks the same", async () => {
      const delivery = { session: "s", packetId: 7, hash: "h", dup: false };
      const first = await store.append({ readings: [power("m", NOON, 1)], delivery });
      const again = await store.append({ readings: [power("m", NOON + 1, 1)], delivery: { ...delivery, dup: true } });
      const reused = await store.append({ readings: [power("m", NOON + 2, 1)], delivery });
      expect([first.length, again.length, reused.length]).toEqual([1, 0, 1]);
      expect(await store.readings(all)).toHaveLength(2);
    });

    it("remembers the last 1,024 deliveries of each session", async () => {
      const deliver = (packetId: number, dup: boolean, at: number, session = "s") =>
        store.append({ readings: [power("m", at, 1)], delivery: { session, packetId, hash: "h", dup } });
      const ids = Array.from({ length: 1_025 }, (_, index) => index + 1);
      await Promise.all(ids.map((packetId) => deliver(packetId, false, NOON + packetId)));
      await deliver(1, false, NOON + 2_000, "other");
      expect(await deliver(2, true, NOON + 2_001)).toHaveLength(0);
      expect(await deliver(1_025, true, NOON + 2_002)).toHaveLength(0);
      expect(await deliver(1, true, NOON + 2_003)).toHaveLength(1);
    });

    it("conserves a register to the Wh over quarters, with what is estimated named", async () => {
      await append(register("m", NOON, 1000), register("m", NOON + HOUR, 1700));
      const quarters = await store.energy({ ...all, from: NOON, to: NOON + HOUR, interval: "quarter", zone: ZONE });
      expect(quarters.map(({ importWh }) => importWh)).toEqual([175, 175, 175, 175]);
      expect(quarters.map(({ estimatedMs }) => estimatedMs)).toEqual([QUARTER, QUARTER, QUARTER, QUARTER]);
      const [total] = await store.energy({ from: NOON, to: NOON + HOUR, interval: "total", zone: ZONE });
      expect(total?.importWh).toBeCloseTo(700, 9);
    });

    it("recomputes what a late reading changes", async () => {
      await append(register("m", NOON, 1000), register("m", NOON + HOUR, 1700));
      await store.energy({ ...all, from: NOON, interval: "quarter", zone: ZONE });
      await append(register("m", NOON + QUARTER, 1600));
      const quarters = await store.energy({ ...all, from: NOON, to: NOON + HOUR, interval: "quarter", zone: ZONE });
      expect(quarters.map(({ importWh }) => Math.round(importWh * 1e6) / 1e6)).toEqual([
        600, 33.333333, 33.333333, 33.333333,
      ]);
    });

    it("holds a power until the next one, no longer than the meter's gap limit", async () => {
      await store.putMeter({ key: "m", role: "load", gapLimitMs: 5 * MINUTE });
      await append(power("m", NOON, 1200), power("m", NOON + MINUTE, 600), power("m", NOON + 30 * MINUTE, 0));
      const [first] = await store.energy({ ...all, from: NOON, interval: "quarter", zone: ZONE });
      expect(first?.importWh).toBeCloseTo(20 + 50, 9);
      expect(first).toMatchObject({ measuredMs: 6 * MINUTE, estimatedMs: 0, minW: 600, maxW: 1200, meanW: 700 });
    });

    it.each([
      ["as they come", [0, 1, 30, 75]],
      ["the last one first", [75, 30, 1, 0]],
      ["one long after the others", [0, 1, 75, 30]],
    ])("holds powers alike whether recomputed at once or after each of them, %s", async (_, minutes) => {
      const ask = () => store.energy({ ...all, from: NOON, interval: "quarter", zone: ZONE });
      const readings = (meter: string) => minutes.map((minute) => power(meter, NOON + minute * MINUTE, 1200));
      await append(...readings("at once"));
      for (const reading of readings("one by one")) {
        await append(reading);
        await ask();
      }
      const quarters = await ask();
      const of = (key: string) => quarters.filter(({ meter }) => meter === key).map(({ meter: __, ...rest }) => rest);
      expect(of("one by one")).toEqual(of("at once"));
      // Each is held for 5 min, but the first for 1 and the last not at all.
      expect(of("at once").reduce((sum, { importWh }) => sum + importWh, 0)).toBeCloseTo(1200 * (11 / 60), 9);
    });

    it("begins with a whole quarter, and says so", async () => {
      for (let at = NOON; at <= NOON + HOUR; at += MINUTE) await append(register("m", at, (at - NOON) / MINUTE));
      const energyOf = async (from: number, to: number) => {
        const range = { from: NOON + from * MINUTE, to: NOON + to * MINUTE };
        const [total] = await store.energy({ ...range, interval: "total", zone: ZONE });
        return total && [(total.from - NOON) / MINUTE, (total.to - NOON) / MINUTE, Math.round(total.importWh)];
      };
      expect(await energyOf(0, 60)).toEqual([0, 60, 60]);
      expect(await energyOf(7, 60)).toEqual([0, 60, 60]);
      expect(await energyOf(15, 30)).toEqual([15, 30, 15]);
    });

    it("counts what a solar meter exports apart from its import", async () => {
      await append(power("sun", NOON, -1000), power("sun", NOON + 5 * MINUTE, 60), power("sun", NOON + 6 * MINUTE, 0));
      const [total] = await store.energy({ from: NOON, to: NOON + HOUR, interval: "total", zone: ZONE });
      expect(total?.exportWh).toBeCloseTo(1000 / 12, 9);
      expect(total?.importWh).toBeCloseTo(1, 9);
    });

    it.each([
      ["Europe/Madrid", "2025-03-30", 23],
      ["Europe/Madrid", "2025-10-26", 25],
      ["Australia/Lord_Howe", "2025-10-05", 23.5],
      ["Asia/Kathmandu", "2025-10-26", 24],
    ])("sums a day in %s that begins on %s over its %d hours", async (zone, date, hours) => {
      const midnight = Date.parse(`${date}T00:00:00Z`) - 14 * HOUR;
      for (let at = midnight; at <= midnight + 60 * HOUR; at += QUARTER) {
        await append(register("m", at, (at - midnight) / HOUR));
      }
      const query = { from: midnight, to: midnight + 60 * HOUR, zone };
      const days = await store.energy({ ...query, interval: "day" });
      const local = new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short" });
      const day = days.find(({ from }) => local.format(from) === date);
      expect(day && (day.to - day.from) / HOUR).toBe(hours);
      expect(day?.importWh).toBeCloseTo(hours, 9);
      const byHour = await store.energy({ ...query, interval: "hour" });
      expect(byHour.reduce((sum, { importWh }) => sum + importWh, 0)).toBeCloseTo(60, 9);
    });

    it("answers days of its own zone from whole days and from parts of them alike", async () => {
      for (let at = NOON; at <= NOON + 72 * HOUR; at += HOUR) await append(register("m", at, (at - NOON) / HOUR));
      const midnight = Date.UTC(2025, 4, 10, 22);
      const whole = await store.energy({ from: midnight, to: midnight + 48 * HOUR, interval: "day", zone: ZONE });
      expect(whole.map(({ importWh }) => Math.round(importWh))).toEqual([24, 24]);
      const part = await store.energy({ from: midnight + HOUR, to: midnight + 48 * HOUR, interval: "day", zone: ZONE });
      expect(part.map(({ importWh }) => Math.round(importWh))).toEqual([23, 24]);
    });

    it("draws a meter's line with its peak and its valley, and from its quarters over a long time", async () => {
      const readings = Array.from({ length: 500 }, (_, index) =>
        power("m", NOON + index * 1_000, index === 250 ? 9_999 : index === 251 ? -50 : 100),
      );
      await store.append({ readings: [...readings, power("other", NOON, 1), register("m", NOON + 1, 5)] });
      for (const to of [NOON + HOUR, NOON + 48 * HOUR]) {
        const line = await store.powerLine({ meter: "m", from: NOON, to, points: 20 });
        expect(line.at.length).toBeLessThanOrEqual(20);
        expect([Math.max(...line.powerW), Math.min(...line.powerW)]).toEqual([9_999, -50]);
        expect(line.at).toEqual([...line.at].sort((a, b) => a - b));
      }
      expect(await store.powerLine({ meter: "nobody", from: NOON, to: NOON + HOUR, points: 20 })).toEqual({
        at: [],
        powerW: [],
      });
    });

    it("keeps meters, alerts, advice, memories, tokens and sessions", async () => {
      const made = await store.putMeter({ key: "m", role: "load", gapLimitMs: 1 });
      const changed = await store.putMeter({ key: "m", role: "grid", gapLimitMs: 2 });
      expect(changed).toEqual({ ...made, role: "grid", gapLimitMs: 2 });
      expect(await store.meters()).toEqual([changed]);

      const alert: Alert = { id: "1", at: 1, rule: "r", severity: "info", kind: "above", values: {} };
      await store.putAlert(alert);
      await store.putAlert({ ...alert, id: "2", at: 2 });
      await store.putAlert({ ...alert, clearedAt: 5 });
      expect((await store.alerts({ limit: 5 })).map(({ id }) => id)).toEqual(["2", "1"]);
      expect((await store.alerts({ limit: 5, openOnly: true })).map(({ id }) => id)).toEqual(["2"]);

      await store.remember("node", "k", { since: 3 });
      await store.remember("node", "k", { since: 4 });
      await store.remember("node", "gone", 1);
      await store.remember("node", "gone", undefined);
      expect(await store.recall("node")).toEqual({ k: { since: 4 } });

      await store.putToken({ id: "t", name: "n", hash: "h", scopes: ["read"], createdAt: 1 });
      await store.putSession({ hash: "s", tokenId: "t", expiresAt: 9 });
      expect(await store.sessions()).toHaveLength(1);
      await store.removeToken("t");
      expect([await store.tokens(), await store.sessions()]).toEqual([[], []]);
    });

    it("replaces what an adviser said before and leaves the others' advice", async () => {
      const evidence = { from: 0, to: 1, figures: {} };
      const advice = (id: string, savingPerYear: number) => ({
        id,
        at: 1,
        kind: "k",
        values: {},
        savingPerYear,
        confidence: 1,
        evidence,
      });
      await store.putAdvice("x", [advice("1", 5), advice("2", 9)]);
      await store.putAdvice("y", [advice("3", 7)]);
      await store.putAdvice("x", [advice("4", 1)]);
      expect((await store.advice()).map(({ id }) => id)).toEqual(["3", "4"]);
    });

    it("knows the newest instant of each meter", async () => {
      await append(power("a", NOON, 1), power("a", NOON + 5, 1), power("b", NOON - HOUR, 1));
      expect(await store.lastInstants(NOON)).toEqual([{ meter: "a", at: NOON + 5 }]);
    });
  });
}
