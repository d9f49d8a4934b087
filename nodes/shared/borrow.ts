import type { Node, NodeAPI } from "node-red";
import { asError } from "../../lib/errors";
import type { Broker } from "../../lib/mqtt/broker";
import { openSite } from "../../lib/site/open-site";
import type { Site } from "../../lib/site/site";
import { makeFollowedSite, type FollowedSite } from "./followed-site";
import { openNodeBroker } from "./node-broker";
import { nodeDeliveries } from "./node-deliveries";
import { makeLending } from "./lending";
import { onFlows } from "./on-flows";
import { adoptedBy, defaultSiteSettings } from "./site-files";

interface Borrower {
  readonly RED: NodeAPI;
  readonly node: Node;
  readonly def: { readonly site?: string; readonly broker?: string };
}

export const siteLending = makeLending<Site>("site");
export const brokerLending = makeLending<Broker>("broker");

/** The site that a node names, else the home site; given back when the node closes. */
export function borrowSite({ RED, node, def }: Borrower): Site {
  if (def.site) return siteLending.borrow(def.site);
  const { site, giveBack } = borrowHome(RED);
  giveBackOnClose(node, giveBack);
  return site;
}

interface Home {
  readonly followed: FollowedSite;
  readonly end: () => void;
  giveBack: () => Promise<void>;
  users: number;
}
let home: Home | undefined;

/**
 * The site of the nodes that name none: the one that adopted the default site's file, else the default one. Node-RED does not
 * know that they belong to it, and lets them run on while it is made, changed or deleted: they follow.
 */
function borrowHome(RED: NodeAPI): { site: Site; giveBack: () => Promise<void> } {
  const mine = (home ??= openHome(RED));
  mine.users += 1;
  return {
    site: mine.followed.site,
    giveBack: async () => {
      mine.users -= 1;
      if (mine.users > 0) return;
      if (home === mine) home = undefined;
      mine.end();
      await mine.giveBack();
    },
  };
}

function openHome(RED: NodeAPI): Home {
  const { thing, giveBack } = currentHome(RED);
  const followed = makeFollowedSite(thing);
  const end = onFlows(RED, "flows:started", () => {
    try {
      const next = currentHome(RED);
      const last = opened.giveBack;
      opened.giveBack = next.giveBack;
      followed.follow(next.thing);
      last().catch(warn);
    } catch (error) {
      warn(error);
    }
  });
  const warn = (error: unknown): void => RED.log.warn(`[vatio] ${asError(error).message}`);
  const opened: Home = { followed, end, giveBack, users: 0 };
  return opened;
}

function currentHome(RED: NodeAPI): { thing: Site; giveBack: () => Promise<void> } {
  const id = adoptedBy(RED);
  if (id) return { thing: siteLending.borrow(id), giveBack: () => Promise.resolve() };
  return siteLending.borrowDefault(() =>
    openSite(defaultSiteSettings(RED), {
      now: Date.now,
      onProblem: (error) => RED.log.warn(`[vatio] ${error.message}`),
      deliveries: nodeDeliveries(RED),
    }),
  );
}

/** The broker that a node names, else `mqtt://localhost:1883`; given back when the node closes. */
export function borrowBroker({ RED, node, def }: Borrower): Broker {
  if (def.broker) return brokerLending.borrow(def.broker);
  const { thing, giveBack } = borrowDefaultBroker(RED);
  giveBackOnClose(node, giveBack);
  return thing;
}

/** `mqtt://localhost:1883`, until it is given back. */
export function borrowDefaultBroker(RED: NodeAPI): { thing: Broker; giveBack: () => Promise<void> } {
  return brokerLending.borrowDefault(() => openNodeBroker(RED, "default", {}, {}));
}

function giveBackOnClose(node: Node, giveBack: () => Promise<void>): void {
  node.on("close", (done: () => void) => {
    giveBack()
      .catch((error: unknown) => node.error(asError(error).message))
      .finally(done);
  });
}
