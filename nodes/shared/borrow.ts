import type { Node, NodeAPI } from "node-red";
import { asError } from "../../lib/errors";
import type { Broker } from "../../lib/mqtt/broker";
import { openSite } from "../../lib/site/open-site";
import type { Site } from "../../lib/site/site";
import { openNodeBroker } from "./node-broker";
import { nodeDeliveries } from "./node-deliveries";
import { makeLending } from "./lending";
import { adoptedBy, defaultSiteSettings } from "./site-files";

interface Borrower {
  readonly RED: NodeAPI;
  readonly node: Node;
  readonly def: { readonly site?: string; readonly broker?: string };
}

export const siteLending = makeLending<Site>("site");
export const brokerLending = makeLending<Broker>("broker");

/** The site that a node names, else the default one; given back when the node closes. */
export function borrowSite({ RED, node, def }: Borrower): Site {
  const id = def.site || adoptedBy(RED);
  if (id) return siteLending.borrow(id);
  const { thing, giveBack } = siteLending.borrowDefault(() =>
    openSite(defaultSiteSettings(RED), {
      now: Date.now,
      onProblem: (error) => RED.log.warn(`[vatio] ${error.message}`),
      deliveries: nodeDeliveries(RED),
    }),
  );
  giveBackOnClose(node, giveBack);
  return thing;
}

/** The broker that a node names, else `mqtt://localhost:1883`; given back when the node closes. */
export function borrowBroker({ RED, node, def }: Borrower): Broker {
  if (def.broker) return brokerLending.borrow(def.broker);
  const { thing, giveBack } = brokerLending.borrowDefault(() => openNodeBroker(RED, "default", {}, {}));
  giveBackOnClose(node, giveBack);
  return thing;
}

function giveBackOnClose(node: Node, giveBack: () => Promise<void>): void {
  node.on("close", (done: () => void) => {
    giveBack()
      .catch((error: unknown) => node.error(asError(error).message))
      .finally(done);
  });
}
