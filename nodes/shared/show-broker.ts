import type { Broker, BrokerState } from "../../lib/mqtt/broker";
import type { NodeContext } from "./define-node";
import type { NodeDef } from "node-red";

const TEXTS = "@vatio/node-red-energy/energy-broker:energy-broker.state";

/**
 * Keeps the node's status at why its broker does not stand, until the function returned is called; `onConnected` shows the
 * node's own word when it does.
 */
export function showBroker<Def extends NodeDef>(
  { status }: NodeContext<Def>,
  broker: Broker,
  onConnected: () => void,
): () => void {
  const show = (state: BrokerState): void => {
    if (state.kind === "connected") onConnected();
    else if (state.kind === "connecting") status("waiting", `${TEXTS}.connecting`);
    // A broker that is not there yet is waited for; one that refuses us needs somebody.
    else status(state.failure === "unreachable" ? "waiting" : "failed", `${TEXTS}.${state.failure}`);
  };
  return broker.onState(show);
}
