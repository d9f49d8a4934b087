import { onTestFinished } from "vitest";
import type { Broker, BrokerSettings, BrokerState } from "../../lib/mqtt/broker";
import { openBroker } from "../../lib/mqtt/open-broker";
import { until } from "./until";

/** Our side of a broker, with all that it said of its state. */
export interface OpenedBroker extends Broker {
  readonly states: readonly BrokerState[];
  readonly warned: readonly string[];
  /** The last failure, if there was one. */
  failure(): string | undefined;
  connected(): boolean;
}

export const brokerSettings = (url: string, more: Partial<BrokerSettings> = {}): BrokerSettings => ({
  url,
  tls: { verify: true },
  clientId: `test-${Math.random().toString(36).slice(2)}`,
  version: 5,
  persistent: true,
  connections: 1,
  ...more,
});

/** Opened, not yet connected; closed when the test ends. */
export function openTestBroker(settings: BrokerSettings): OpenedBroker {
  let filters: readonly string[] = [];
  const warned: string[] = [];
  const broker = openBroker(settings, {
    load: () => filters,
    save: (saved) => (filters = saved),
    warn: (message) => warned.push(message),
  });
  const states: BrokerState[] = [];
  broker.onState((state) => states.push(state));
  onTestFinished(() => broker.close());
  return {
    ...broker,
    states,
    warned,
    failure: () => states.flatMap((state) => (state.kind === "failed" ? [state.failure] : [])).at(-1),
    connected: () => states.at(-1)?.kind === "connected",
  };
}

/** Connects and listens: what comes on `filter`, by the session that it came through. */
export async function hear(
  broker: OpenedBroker,
  filter: string,
): Promise<{ readonly text: string; readonly session: string }[]> {
  const heard: { text: string; session: string }[] = [];
  broker.subscribe(filter, ({ payload, session }) => {
    heard.push({ text: payload.toString(), session });
    return Promise.resolve();
  });
  broker.release();
  await until("the connection", broker.connected);
  return heard;
}
