import { EnergyError } from "../../lib/errors";

interface Closable {
  close(): Promise<void>;
}

/** What a config node lends by its id, and what stands in for nodes that name none. */
export interface Lending<Thing> {
  lend(id: string, thing: Thing): () => Promise<void>;
  /** Throws `invalid-config` when the config node is missing or has an error. */
  borrow(id: string): Thing;
  /** The one for nodes that name none: opened by its first borrower, closed by its last. */
  borrowDefault(open: () => Thing): { thing: Thing; giveBack: () => Promise<void> };
}

export function makeLending<Thing extends Closable>(what: string): Lending<Thing> {
  const lent = new Map<string, Thing>();
  let standIn: { thing: Thing; users: number } | undefined;

  return {
    lend: (id, thing) => {
      lent.set(id, thing);
      return async () => {
        if (lent.get(id) === thing) lent.delete(id);
        await thing.close();
      };
    },
    borrow: (id) => {
      const thing = lent.get(id);
      if (thing) return thing;
      throw new EnergyError("invalid-config", `the ${what} that this node names is missing, disabled or has an error`);
    },
    borrowDefault: (open) => {
      const mine = (standIn ??= { thing: open(), users: 0 });
      mine.users += 1;
      return {
        thing: mine.thing,
        giveBack: async () => {
          mine.users -= 1;
          if (mine.users > 0) return;
          if (standIn === mine) standIn = undefined;
          await mine.thing.close();
        },
      };
    },
  };
}
