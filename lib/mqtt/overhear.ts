import type { BrokerSettings, Overhearing } from "./broker";
import { openConnection } from "./connection";

/** Longer work in one turn would hold whatever else runs here. */
const TURN_MS = 8;

/**
 * Hears everything that is said on a broker, and first what it keeps, through a connection of its own that leaves no session
 * behind and never publishes. Gives back how to end.
 */
export function overhear(settings: BrokerSettings, listener: Omit<Overhearing, "onClosed">): () => Promise<void> {
  const turns = makeTurns();
  let asking = false;
  const connection = openConnection({
    ...settings,
    clientId: `${settings.clientId}-discover`,
    persistent: false,
    window: 1,
    onMessage: ({ topic, payload, retain }) => {
      turns.begin();
      listener.onMessage(topic, Buffer.isBuffer(payload) ? payload : Buffer.from(payload), retain);
      return turns.rest();
    },
    onConnected: () => {
      asking = true;
      connection.client?.subscribeAsync("#", { qos: 0 }).then(
        () => {
          asking = false;
          listener.onListening();
        },
        () => {
          if (asking) listener.onFailed("refuses-all");
          asking = false;
        },
      );
    },
    onState: (state) => {
      if (state.kind !== "failed") return;
      listener.onFailed(asking ? "refuses-all" : state.failure);
      asking = false;
    },
  });
  // Whoever listens knows how to end before it hears of a failure.
  queueMicrotask(connection.connect);
  return connection.close;
}

/** Lets others take their turn where messages come faster than they are understood: meanwhile the broker waits. */
function makeTurns(): { begin(): void; rest(): Promise<void> } {
  let began: number | undefined;
  return {
    begin: () => {
      if (began !== undefined) return;
      began = performance.now();
      setImmediate(() => (began = undefined));
    },
    rest: () =>
      began === undefined || performance.now() - began < TURN_MS
        ? Promise.resolve()
        : new Promise((resolve) => void setImmediate(resolve)),
  };
}
