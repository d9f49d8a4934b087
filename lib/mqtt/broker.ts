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
export type BrokerFailure =
  | "wrong-password"
  | "unknown-host"
  | "refused-tls"
  | "unreachable"
  | "storage-busy";

export type BrokerState =
  | { readonly kind: "connecting" }
  | { readonly kind: "connected" }
  | { readonly kind: "failed"; readonly failure: BrokerFailure; readonly message: string };

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
  close(): Promise<void>;
}
