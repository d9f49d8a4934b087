import type { Node, NodeAPI } from "node-red";
import { EnergyError } from "../../lib/errors";
import type { Broker } from "../../lib/mqtt/broker";
import type { Site } from "../../lib/site/site";

/** What a config node lends to the others, or opens by itself for nodes that name none. */
interface Lent<Thing> {
  lend(id: string, thing: Thing): () => Promise<void>;
  borrow(RED: NodeAPI, node: Node, id: string | undefined): Thing;
}

interface Shared<Thing> {
  readonly thing: Thing;
  users: number;
}

/**
 * Things by config node id. The one for nodes that name none is opened by its first borrower and closed by its last;
 * `defaultId` may name a config node that stands in for it.
 */
function makeLending<Thing extends { close(): Promise<void> }>(
  what: string,
  openDefault: (RED: NodeAPI) => Thing,
  defaultId: (RED: NodeAPI) => string | undefined,
): Lent<Thing> {
  const lent = new Map<string, Thing>();
  let shared: Shared<Thing> | undefined;

  return {
    lend: (id, thing) => {
      lent.set(id, thing);
      return async () => {
        if (lent.get(id) === thing) lent.delete(id);
        await thing.close();
      };
    },
    borrow: (RED, node, id) => {
      const named = id || defaultId(RED);
      if (named) {
        const thing = lent.get(named);
        if (!thing) throw new EnergyError("invalid-config", `the ${what} of this node is missing or has an error: open it and press Done`);
        return thing;
      }
      const mine = (shared ??= { thing: openDefault(RED), users: 0 });
      mine.users += 1;
      node.on("close", (done: () => void) => {
        mine.users -= 1;
        if (mine.users > 0) return done();
        if (shared === mine) shared = undefined;
        mine.thing.close().then(done, (error: unknown) => {
          node.error(String(error));
          done();
        });
      });
      return mine.thing;
    },
  };
}
export { makeLending, type Lent };
export type { Broker, Site };
