import type { EnergyStore } from "../../lib/storage/energy-store";
import type { Engine } from "../../lib/storage/engine";

/** An engine in which everything is sealed as soon as it came: nothing that it answers may differ. */
export const sealedEngine = (engine: Engine): Engine => ({
  ...engine,
  appendAll: async (batches) => {
    const kept = await engine.appendAll(batches);
    await engine.sealUntil(Infinity);
    return kept;
  },
});

/** An engine as the store that its thread makes of it: one append at a time. */
export function asStore(engine: Engine): EnergyStore {
  let last: Promise<unknown> = Promise.resolve();
  return {
    ...engine,
    append: async (batch) => {
      const appended = last.then(() => engine.appendAll([batch]));
      last = appended.catch(() => undefined);
      const [kept] = await appended;
      return kept ? batch.readings : [];
    },
  };
}
