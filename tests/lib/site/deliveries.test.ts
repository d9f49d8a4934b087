import { describe, expect, it } from "vitest";
import { makeDeliveries } from "../../../lib/site/deliveries";

const settled = async (promise: Promise<unknown>): Promise<boolean> => {
  const pending = Symbol("pending");
  return (await Promise.race([promise, new Promise((resolve) => setImmediate(() => resolve(pending)))])) !== pending;
};

describe("deliveries", () => {
  it("ends once all readings that a store took are settled", async () => {
    const deliveries = makeDeliveries();
    const outcome = deliveries.open("m", 2);
    const first = deliveries.take("m");
    const second = deliveries.take("m");
    first?.settle();
    expect(await settled(outcome)).toBe(false);
    second?.settle();
    expect(await outcome).toBe("stored");
    expect(deliveries.waiting).toBe(0);
  });

  it("waits for every store that took it", async () => {
    const deliveries = makeDeliveries();
    const outcome = deliveries.open("m", 1);
    const stores = [deliveries.take("m"), deliveries.take("m")];
    stores[0]?.settle();
    expect(await settled(outcome)).toBe(false);
    stores[1]?.settle();
    expect(await outcome).toBe("stored");
  });

  it("rejects with the error of the store that could not keep it, and ignores what comes after", async () => {
    const deliveries = makeDeliveries();
    const outcome = deliveries.open("m", 1);
    const taken = deliveries.take("m");
    taken?.settle(new Error("full"));
    taken?.settle();
    await expect(outcome).rejects.toThrow("full");
    expect(deliveries.take("m")).toBeUndefined();
  });

  it("hands the store what tells a redelivery", () => {
    const deliveries = makeDeliveries();
    const delivery = { session: "s", packetId: 1, hash: "h", dup: true };
    void deliveries.open("m", 1, delivery);
    expect(deliveries.take("m")?.delivery).toBe(delivery);
    expect(deliveries.take("other")).toBeUndefined();
  });

  it("gives up on what no store takes, at once after the first two, until a store takes one after all", async () => {
    const deliveries = makeDeliveries();
    const timed = async (msgid: string): Promise<number> => {
      const startedAt = performance.now();
      expect(await deliveries.open(msgid, 1)).toBe("not-stored");
      return performance.now() - startedAt;
    };
    expect(await timed("1")).toBeGreaterThan(4_900);
    const second = await timed("2");
    expect(second).toBeGreaterThan(45);
    expect(second).toBeLessThan(2_500);
    expect(await timed("3")).toBeLessThan(second + 1_000);

    // Something slow stands before the store: it is waited for again.
    expect(deliveries.take("3")).toBeUndefined();
    const outcome = deliveries.open("4", 1);
    await new Promise((resolve) => setTimeout(resolve, 200));
    deliveries.take("4")?.settle();
    expect(await outcome).toBe("stored");
  }, 20_000);

  it("joins a redelivery to the message that is still on the wires, and to no other", async () => {
    const deliveries = makeDeliveries();
    const delivery = { session: "s", packetId: 1, hash: "h", dup: false };
    const outcome = deliveries.open("m", 1, delivery);
    expect(deliveries.underWay(delivery)).toBeUndefined();
    expect(deliveries.underWay({ ...delivery, dup: true, hash: "other" })).toBeUndefined();
    expect(deliveries.underWay({ ...delivery, dup: true })).toBe(outcome);
    deliveries.take("m")?.settle();
    expect(await outcome).toBe("stored");
    expect(deliveries.underWay({ ...delivery, dup: true })).toBeUndefined();
  });

  it("has what no store had taken delivered again once all flows are new, and waits for what one took", async () => {
    const deliveries = makeDeliveries();
    const lost = deliveries.open("lost", 1);
    const kept = deliveries.open("kept", 1);
    const taken = deliveries.take("kept");
    deliveries.flowsStop();
    expect(await settled(lost.catch(() => undefined))).toBe(false);
    deliveries.flowsRun(true);
    await expect(lost).rejects.toMatchObject({ code: "storage-busy" });
    taken?.settle();
    expect(await kept).toBe("stored");
  });

  it("never acknowledges what was on its way while only some nodes were new, unless a store takes it", async () => {
    const deliveries = makeDeliveries();
    const lost = deliveries.open("lost", 1);
    const slow = deliveries.open("slow", 1);
    deliveries.flowsStop();
    deliveries.flowsRun(false);
    deliveries.take("slow")?.settle();
    expect(await slow).toBe("stored");
    await expect(lost).rejects.toMatchObject({ code: "storage-busy" });
  });

  it("never gives up on what a store took", async () => {
    const deliveries = makeDeliveries();
    const outcome = deliveries.open("m", 1);
    const taken = deliveries.take("m");
    await new Promise((resolve) => setTimeout(resolve, 5_200));
    expect(await settled(outcome)).toBe(false);
    taken?.settle();
    expect(await outcome).toBe("stored");
  }, 20_000);
});
