import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { InstanceStore } from "../../../lib/storage/instance-store";

/** An instance store and the means to let time pass for it. */
export interface TestInstances {
  readonly store: InstanceStore;
  /** As if the instance had said nothing for too long. */
  age(instance: string): Promise<void>;
  /** As if what was handed over were older. */
  ageHandover(ms: number): Promise<void>;
  close(): Promise<void>;
}

/** How several instances share one database, whatever the database. */
export function describeInstances(name: string, open: () => Promise<TestInstances>): void {
  describe(`instances on ${name}`, () => {
    let opened: TestInstances;
    let store: InstanceStore;
    beforeEach(async () => {
      opened = await open();
      ({ store } = opened);
    });
    afterEach(() => opened.close());
    const join = async (...names: string[]) => {
      for (const one of names) await store.join(one);
    };
    const held = async (me: string, ...wants: string[]) => (await store.beat(me, wants))?.held.toSorted();

    it("know of each other until one leaves or falls silent", async () => {
      await join("a", "b", "c");
      const others = async () => (await store.beat("a", []))?.others.toSorted();
      expect(await others()).toEqual(["b", "c"]);
      await store.leave("b");
      expect(await others()).toEqual(["c"]);
      await opened.age("c");
      expect(await others()).toEqual([]);
    });

    it("hold a lease one at a time, and keep it as long as they are there", async () => {
      await join("a", "b");
      expect(await held("a", "rule", "plug")).toEqual(["plug", "rule"]);
      expect(await held("b", "rule", "plug", "other")).toEqual(["other"]);
      expect(await held("a", "rule", "plug", "other")).toEqual(["plug", "rule"]);
      expect(await held("b", "rule", "plug", "other")).toEqual(["other"]);
    });

    it("of many that want one at once, one has it", async () => {
      const names = ["a", "b", "c", "d", "e"];
      await join(...names, "dead");
      expect(await held("dead", "old")).toEqual(["old"]);
      await opened.age("dead");
      const wants = ["old", ...Array.from({ length: 20 }, (_, index) => `rule ${index}`)];
      await Promise.all(names.map((one) => held(one, ...wants)));
      const all: string[] = [];
      for (const one of names) all.push(...((await held(one, ...wants)) ?? []));
      expect(all.toSorted()).toEqual(wants.toSorted());
    });

    it("take what one held that gave it back, left, or fell silent", async () => {
      await join("a", "b");
      await held("a", "1", "2", "3");
      await store.release("a", "1");
      expect(await held("b", "1", "2", "3")).toEqual(["1"]);
      await store.release("a", "1");
      expect(await held("a", "2", "3")).toEqual(["2", "3"]);
      await opened.age("a");
      expect(await held("b", "1", "2", "3")).toEqual(["1", "2", "3"]);
      await store.leave("b");
      await join("c");
      expect(await held("c", "1", "2", "3")).toEqual(["1", "2", "3"]);
    });

    it("learn that they were away for too long, and hold nothing under the old name", async () => {
      await join("a", "b");
      await held("a", "rule");
      await opened.age("a");
      expect(await held("b", "rule")).toEqual(["rule"]);
      expect(await held("a", "rule")).toBeUndefined();
      expect(await held("b", "rule")).toEqual(["rule"]);
    });

    it("one that was late keeps its leases while nobody else asked", async () => {
      await join("a");
      await held("a", "rule");
      await opened.age("a");
      expect(await held("a", "rule")).toEqual(["rule"]);
    });

    it("hand over to whoever holds a lease: in order, until it was handled", async () => {
      const rows = [1, 2, 3].map((n) => ({ target: n === 3 ? "plug" : "rule", sender: "a", n, body: { said: n } }));
      await store.handOver(rows);
      await store.handOver(rows.slice(0, 1));
      expect(await store.handedOver(["rule"], [])).toEqual(rows.slice(0, 2));
      expect(await store.handedOver(["rule", "plug"], [])).toEqual(rows);
      await store.handled(rows.slice(0, 1));
      expect(await store.handedOver(["rule", "none"], [])).toEqual(rows.slice(1, 2));
      expect(await store.handedOver([], [])).toEqual([]);
    });

    it("tell all others, each of whom reads on from where it was", async () => {
      const tell = (sender: string, n: number) => ({ target: "", sender, n, body: n });
      await store.handOver([tell("a", 1), tell("a", 2), tell("b", 1), { ...tell("a", 3), target: "rule" }]);
      const read = (after: number) => store.handedOver([], [{ sender: "a", after }]);
      expect((await read(-1)).map(({ n }) => n)).toEqual([1, 2]);
      expect((await read(1)).map(({ n }) => n)).toEqual([2]);
      expect(await read(2)).toEqual([]);
    });

    it("forget what nobody took for a minute", async () => {
      await join("a");
      await store.handOver([{ target: "rule", sender: "a", n: 1, body: 1 }]);
      await opened.ageHandover(50_000);
      await held("a");
      expect(await store.handedOver(["rule"], [])).toHaveLength(1);
      await opened.ageHandover(11_000);
      await held("a");
      expect(await store.handedOver(["rule"], [])).toEqual([]);
    });
  });
}
