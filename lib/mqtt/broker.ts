/** One MQTT message as it came. */
export interface MqttMessage {
  readonly topic: string;
  readonly payload: Buffer;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
  readonly dup: boolean;
  /** Absent at QoS 0. */
  readonly packetId?: number;
  /** The session it came through. */
  readonly session: string;
}

/** Why a connection does not stand; picks the status text of every node that uses the broker. */
export type BrokerFailure = "wrong-password" | "unknown-host" | "refused-tls" | "unreachable" | "storage-busy";

export type BrokerState =
  | { readonly kind: "connecting" }
  | { readonly kind: "connected" }
  | { readonly kind: "failed"; readonly failure: BrokerFailure; readonly message: string };

/** Why nothing can be overheard; `refuses-all`: the broker does not tell this login everything, or hung up when asked for it. */
export type OverhearFailure = BrokerFailure | "refuses-all";

/** Whoever overhears a broker. */
export interface Overhearing {
  onMessage(topic: string, payload: Buffer, retained: boolean): void;
  /** Every topic is subscribed to. */
  onListening(): void;
  /** May come again: the connection is tried again until it is closed. */
  onFailed(failure: OverhearFailure): void;
  /** The broker was closed: there is nothing more to hear. */
  onClosed(): void;
}

/** Our own connections to one MQTT broker: ingest, which waits for storage, and commands, which never do. */
export interface Broker {
  /**
   * Ingest at QoS 1. The message is acknowledged when every subscriber it matches has resolved; when one rejects,
   * ingest disconnects, keeps its session and tries again later.
   */
  subscribe(filter: string, onMessage: (message: MqttMessage) => Promise<void>): () => void;
  /** Device reports, on the command connection: never delayed by ingest. */
  listen(filter: string, onMessage: (message: MqttMessage) => void): () => void;
  /** Resolves when the broker has it (QoS 1); rejects `broker-offline` at once while disconnected: a command never waits in a queue. */
  publish(topic: string, payload: string, options?: { retain?: boolean; expirySeconds?: number }): Promise<void>;
  /** Tells the state now and at each change. */
  onState(listener: (state: BrokerState) => void): () => void;
  /** Everything that is said there, on a connection of its own that never publishes; gives back how to end. */
  overhear(listener: Overhearing): () => Promise<void>;
  /** While the flows change: every message waits, unacknowledged. */
  hold(): void;
  /** The flows run: connects, and subscribes to exactly what is wanted now. */
  release(): void;
  close(): Promise<void>;
}

export interface BrokerSettings {
  /** mqtt, mqtts, ws or wss. */
  readonly url: string;
  readonly user?: string;
  readonly password?: string;
  readonly tls: TlsSettings;
  /** Of the sessions; each connection adds its number. */
  readonly clientId: string;
  /** 4 is MQTT 3.1.1, which is also spoken where a broker does not know 5. */
  readonly version: 4 | 5;
  /** The broker keeps what arrives while we are away. */
  readonly persistent: boolean;
  /** Shares the messages with every client of the same group. */
  readonly group?: string;
  /** Ingest connections; more than one share a group. */
  readonly connections: number;
}

export interface TlsSettings {
  /** PEM. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly passphrase?: string;
  readonly verify: boolean;
}
