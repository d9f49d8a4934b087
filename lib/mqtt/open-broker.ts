import type { IPublishPacket } from "mqtt";
import { asError, EnergyError } from "../errors";
import type { Broker, BrokerSettings, BrokerState, MqttMessage, Overhearing } from "./broker";
import { openConnection, type Connection } from "./connection";
import { makeMembership, sessionOf, type Membership } from "./members";
import { overhear } from "./overhear";
import { makeRoutes } from "./topic-filter";

/** How many messages of a connection are made durable together: far fewer than deliveries are remembered. */
const INGEST_WINDOW = 256;

/** Whoever opens a broker remembers which filters it keeps for us, so that those of nodes long gone are given up. Never throws. */
export interface BrokerHost {
  load(): readonly string[];
  save(filters: readonly string[]): void;
  /** What works less well than it should. */
  warn(message: string): void;
}

/**
 * Connects on `release`. The command connection leads: ingest connections follow once it stands, so that a broker that
 * refuses us is asked by one client alone.
 */
export function openBroker(settings: BrokerSettings, host: BrokerHost): Broker {
  const ingest = makeRoutes<(message: MqttMessage) => Promise<void>>();
  const reports = makeRoutes<(message: MqttMessage) => void>();
  const states = new Set<(state: BrokerState) => void>();
  const overhearing = new Map<Overhearing, () => Promise<void>>();
  const group = settings.group ?? (settings.connections > 1 ? settings.clientId : undefined);
  let state: BrokerState = { kind: "connecting" };
  let ingestFailure: (BrokerState & { readonly kind: "failed" }) | undefined;
  let closed = false;
  let holding: { readonly over: Promise<void>; release(): void } | undefined = makeHold();

  const current = (): BrokerState => (state.kind === "connected" && ingestFailure ? ingestFailure : state);
  const tell = (): void => {
    for (const listener of states) listener(current());
  };

  const tellIngest = (failure: typeof ingestFailure): void => {
    ingestFailure = failure;
    tell();
  };

  const deliver = async (session: string, packet: IPublishPacket): Promise<void> => {
    // Its subscriber may be about to come, and what one sends while wires are changed may get nowhere.
    if (holding) await holding.over;
    if (closed) throw new EnergyError("broker-offline", "closed before the message was heard");
    const message = toMessage(session, packet);
    await Promise.all(ingest.match(packet.topic).map((listener) => listener(message)));
  };

  /** The session of another member: what nothing here listens to is left for one where something does. */
  const openAdopted = (clientId: string): Connection =>
    openConnection({
      ...settings,
      clientId,
      window: INGEST_WINDOW,
      onMessage: async (packet) => {
        if (ingest.match(packet.topic).length === 0) {
          throw new EnergyError("broker-offline", `nothing here listens to ${packet.topic}`);
        }
        await deliver(clientId, packet);
      },
      // It keeps its subscriptions, and tries again by itself.
      onConnected: () => undefined,
      onState: () => undefined,
    });
  const membership =
    settings.group !== undefined && settings.persistent
      ? makeMembership(settings.group, settings, openAdopted)
      : undefined;

  const followers = Array.from({ length: settings.connections }, (_, index) => {
    const clientId = sessionOf(settings.clientId, index);
    const connection: Connection = openConnection({
      ...settings,
      clientId,
      window: INGEST_WINDOW,
      onMessage: async (packet) => {
        await deliver(clientId, packet);
        if (ingestFailure) tellIngest(undefined);
      },
      onConnected: (resumed) => {
        if (!resumed) subscribed.set(connection, new Set());
        syncIngest(connection);
      },
      // Connected again is not yet able to store again: that shows with the message that was not kept, which comes first.
      onState: (told) => {
        if (told.kind === "failed") tellIngest(told);
        else if (ingestFailure?.failure !== "storage-busy") tellIngest(undefined);
      },
    });
    return connection;
  });
  const subscribed = new Map<Connection, Set<string>>(
    followers.map((connection) => [connection, new Set(settings.persistent ? host.load() : [])]),
  );

  const lead = openConnection({
    ...settings,
    clientId: `${settings.clientId}-0`,
    persistent: false,
    window: 1,
    ...(membership && { will: membership.will }),
    onMessage: (packet) => {
      const message = toMessage(settings.clientId, packet);
      for (const listener of reports.match(packet.topic)) listener(message);
      return Promise.resolve();
    },
    onConnected: () => {
      listening.clear();
      syncReports();
      if (membership) sayPresent(membership);
      for (const follower of followers) follower.connect();
    },
    onState: (told) => {
      state = told;
      tell();
    },
  });
  const listening = new Set<string>();
  if (membership) reports.add(membership.filter, ({ topic, payload }) => membership.hear(topic, payload));

  const sayPresent = ({ will, present }: Membership): void => {
    lead.publish(will.topic, present, { retain: true }).catch((error: unknown) => {
      // Where the connection broke, it is said again with the next.
      if (lead.client)
        host.warn(`while this Node-RED is away, none of its group takes its messages: ${asError(error).message}`);
    });
  };

  const syncReports = (): void =>
    void sync(lead, listening, reports.filters(), (error) => lead.interrupt("unreachable", error.message));

  const syncIngest = (connection: Connection): void => {
    const known = subscribed.get(connection);
    if (!known || holding) return;
    const wanted = ingest.filters().map((filter) => (group ? `$share/${group}/${filter}` : filter));
    void sync(connection, known, wanted, (error) => connection.interrupt("unreachable", error.message)).then(
      (changed) => {
        // Only what the broker has confirmed: killed before that, we must ask it again.
        if (changed && settings.persistent) host.save([...known]);
      },
    );
  };

  return {
    subscribe: (filter, onMessage) => {
      const remove = ingest.add(filter, onMessage);
      if (!holding) followers.forEach(syncIngest);
      return remove;
    },
    listen: (filter, onMessage) => {
      const remove = reports.add(filter, onMessage);
      syncReports();
      return () => {
        remove();
        syncReports();
      };
    },
    publish: (topic, payload, { retain = false, expirySeconds } = {}) =>
      lead.publish(topic, payload, { retain, ...(expirySeconds !== undefined && { expirySeconds }) }),
    onState: (listener) => {
      states.add(listener);
      listener(current());
      return () => void states.delete(listener);
    },
    overhear: (listener) => {
      const close = overhear(settings, listener);
      overhearing.set(listener, close);
      return () => {
        overhearing.delete(listener);
        return close();
      };
    },
    hold: () => {
      holding ??= makeHold();
    },
    release: () => {
      holding?.release();
      holding = undefined;
      lead.connect();
      followers.forEach(syncIngest);
    },
    close: async () => {
      closed = true;
      const ends = [lead, ...followers].map(({ close }) => close).concat(...overhearing.values());
      if (membership) ends.push(membership.close);
      for (const listener of [...overhearing.keys()]) listener.onClosed();
      await Promise.all(ends.map((end) => end()));
      holding?.release();
    },
  };
}

/**
 * Subscribes to what is new in `wanted` and gives up what is no longer; `known` is what the broker has of us. Resolves once it
 * confirmed, to whether anything was new.
 */
async function sync(
  { client }: Connection,
  known: Set<string>,
  wanted: readonly string[],
  onRefused: (error: Error) => void,
): Promise<boolean> {
  if (!client) return false;
  const gone = [...known].filter((filter) => !wanted.includes(filter));
  const added = wanted.filter((filter) => !known.has(filter));
  for (const filter of gone) known.delete(filter);
  for (const filter of added) known.add(filter);
  try {
    await Promise.all([
      gone.length > 0 && client.unsubscribeAsync(gone),
      added.length > 0 && client.subscribeAsync(added, { qos: 1 }),
    ]);
    return gone.length + added.length > 0;
  } catch (error) {
    for (const filter of added) known.delete(filter);
    onRefused(new EnergyError("broker-offline", `the broker refuses a subscription: ${asError(error).message}`));
    return false;
  }
}

function makeHold(): { over: Promise<void>; release(): void } {
  let release = (): void => undefined;
  const over = new Promise<void>((resolve) => (release = resolve));
  return { over, release };
}

function toMessage(session: string, packet: IPublishPacket): MqttMessage {
  const { topic, qos, retain, dup, messageId } = packet;
  return {
    topic,
    payload: Buffer.isBuffer(packet.payload) ? packet.payload : Buffer.from(packet.payload),
    qos,
    retain,
    dup,
    ...(qos > 0 && messageId !== undefined && { packetId: messageId }),
    session,
  };
}
