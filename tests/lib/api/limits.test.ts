import { describe, expect, it } from "vitest";
import { makeFailedLogins } from "../../../lib/api/failed-logins";
import { inTime } from "../../../lib/api/in-time";
import { makeTurns } from "../../../lib/api/turns";

describe("makeFailedLogins", () => {
  it("refuses after the limit and forgets after ten minutes, each address for itself", () => {
    let now = 0;
    const logins = makeFailedLogins(3, () => now);
    for (let n = 0; n < 3; n += 1) logins.count("a");
    expect(() => logins.demandLeft("a")).toThrow(expect.objectContaining({ code: "too-many-requests" }) as Error);
    logins.demandLeft("b");
    now = 599_999;
    expect(() => logins.demandLeft("a")).toThrow();
    now = 600_000;
    logins.demandLeft("a");
  });

  it("does not grow with the number of addresses", () => {
    const logins = makeFailedLogins(1, () => 0);
    logins.count("first");
    for (let n = 0; n < 20_000; n += 1) logins.count(`address ${n}`);
    logins.demandLeft("first");
    expect(() => logins.demandLeft("address 19999")).toThrow();
  });
});

describe("makeTurns", () => {
  it("lets two work at once, the next wait in order, and refuses who comes when the queue is full", async () => {
    const turns = makeTurns(2, 2);
    const began: number[] = [];
    const ends: (() => void)[] = [];
    const work = (n: number) => () => (began.push(n), new Promise<void>((resolve) => ends.push(resolve)));
    const all = [0, 1, 2, 3].map((n) => turns.take(work(n)));
    await expect(turns.take(work(4))).rejects.toMatchObject({ code: "too-many-requests" });
    expect(began).toEqual([0, 1]);

    for (const expected of [3, 4, 4, 4]) {
      ends.shift()?.();
      await new Promise(setImmediate);
      expect(began).toHaveLength(expected);
    }
    await Promise.all(all);
    expect(began).toEqual([0, 1, 2, 3]);
    await expect(turns.take(async () => "again")).resolves.toBe("again");
  });

  it("gives a turn back when the work fails", async () => {
    const turns = makeTurns(1, 0);
    await expect(turns.take(() => Promise.reject(new Error("no")))).rejects.toThrow("no");
    await expect(turns.take(async () => 1)).resolves.toBe(1);
  });
});

describe("inTime", () => {
  it("refuses what takes too long, and passes on what does not", async () => {
    await expect(inTime(new Promise(() => undefined), 5)).rejects.toMatchObject({ code: "not-ready" });
    await expect(inTime(Promise.resolve(1), 1000)).resolves.toBe(1);
  });
});
