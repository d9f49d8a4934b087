import type { NodeAPI } from "node-red";

type FlowEvent = "flows:stopping" | "flows:started";

/** A thousand meters listen; Node-RED's emitter hears of us once an event. */
const heard = new WeakMap<object, Map<FlowEvent, Set<() => void>>>();

/** Calls `listener` each time the flows are about to stop, or run; the function returned ends that. */
export function onFlows({ events }: Pick<NodeAPI, "events">, event: FlowEvent, listener: () => void): () => void {
  const byEvent = heard.get(events) ?? new Map<FlowEvent, Set<() => void>>();
  heard.set(events, byEvent);
  let listeners = byEvent.get(event);
  if (!listeners) {
    const all = new Set<() => void>();
    listeners = all;
    byEvent.set(event, all);
    events.on(event, () => {
      for (const each of [...all]) each();
    });
  }
  listeners.add(listener);
  return () => void listeners.delete(listener);
}
