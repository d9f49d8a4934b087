import type { NodeAPI } from "node-red";
import { makeDiscoveries, type Discoveries, type LentBroker } from "../../lib/api/answers/discover";
import { Refused } from "../../lib/api/refused";
import { EnergyError } from "../../lib/errors";
import { borrowDefaultBroker, brokerLending } from "./borrow";

const made = new WeakMap<object, Discoveries>();

/** Those of this Node-RED: who asks through the editor and who asks through the API listen together. */
export function discoveriesOf(RED: NodeAPI): Discoveries {
  const before = made.get(RED.events);
  if (before) return before;
  const discoveries = makeDiscoveries({
    lend: (broker) => lend(RED, broker),
    now: Date.now,
    onProblem: (error) => RED.log.warn(`[vatio] ${error.message}`),
  });
  made.set(RED.events, discoveries);
  return discoveries;
}

function lend(RED: NodeAPI, id: string): LentBroker {
  if (id === "") {
    const { thing, giveBack } = borrowDefaultBroker(RED);
    return { broker: thing, giveBack };
  }
  try {
    return { broker: brokerLending.borrow(id), giveBack: () => Promise.resolve() };
  } catch (error) {
    if (!(error instanceof EnergyError)) throw error;
    throw new Refused("not-found", "noBroker", { field: "broker" });
  }
}
