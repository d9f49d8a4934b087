import type { NodeAPI } from "node-red";
import { makeDeliveries, type Deliveries } from "../../lib/site/deliveries";

const made = new WeakMap<object, Deliveries>();

/** Those of all sites: a wire may lead from a meter of one to the store of another, and a site may be replaced meanwhile. */
export function nodeDeliveries({ events }: NodeAPI): Deliveries {
  const before = made.get(events);
  if (before) return before;
  const deliveries = makeDeliveries();
  made.set(events, deliveries);
  events.on("flows:stopping", deliveries.flowsStop);
  events.on("flows:started", ({ type }: { type?: string }) => deliveries.flowsRun(type === "full"));
  return deliveries;
}
