import type { NodeDef } from "node-red";
import type { Site } from "../../lib/site/site";
import type { Message, NodeContext, NodeHandlers, Output } from "./define-node";

/** Where the text stands that the nodes share. */
const STANDBY = "@vatio/node-red-energy/energy-site:energy-site.standby";

/**
 * A node that works in one instance at a time of those that share the site's database: `start` is called whenever it is this
 * one's turn, `standBy` whenever it is not; what that returns ends it. What its input is sent meanwhile goes to where it works,
 * as if it had been sent there.
 */
export function leased<Def extends NodeDef>(
  context: NodeContext<Def>,
  site: Pick<Site, "leases">,
  start: () => NodeHandlers,
  standBy: (handOver: (msg: object) => void) => () => void = () => () => undefined,
): NodeHandlers {
  const { node, status, fail } = context;
  let running: NodeHandlers | undefined;
  let endStandBy: (() => void) | undefined;
  const wait = (): void => {
    status("waiting", STANDBY);
    endStandBy = standBy((msg) => lease.handOver(msg));
  };

  const take = async (msg: Message): Promise<void> => {
    const send = (output: Output): void => {
      if (output) node.send(output);
    };
    try {
      send(await running?.input?.(msg, send));
    } catch (error) {
      node.error(fail(error).message, msg);
    }
  };

  const lease = site.leases.want(node.id, {
    gained: () => {
      endStandBy?.();
      try {
        running = start();
      } catch (error) {
        running = {};
        node.error(fail(error).message);
      }
    },
    lost: () => {
      const last = running;
      running = undefined;
      wait();
      Promise.resolve(last?.close?.(false)).catch((error: unknown) => node.error(fail(error).message));
    },
    take: (body) => take(body as Message),
  });
  if (!running) wait();

  return {
    input: (msg, send) => {
      if (running && lease.isHeld()) return running.input?.(msg, send);
      // An HTTP request can be answered only where it came in.
      const { req: _, res: __, ...rest } = msg as Message & { req?: unknown; res?: unknown };
      lease.handOver(JSON.parse(JSON.stringify(rest)));
    },
    close: async (removed) => {
      endStandBy?.();
      await running?.close?.(removed);
      await lease.end();
    },
  };
}
