import { connect, type IClientOptions, type IPublishPacket, type MqttClient } from "mqtt";
import { asError, EnergyError } from "../errors";
import { acknowledgeWhenKept } from "./acknowledge";
import type { BrokerFailure, BrokerSettings, BrokerState } from "./broker";

const CONNECT_TIMEOUT_MS = 9_000;
/** A connection that carries nothing any more is given up after one and a half times as long. */
const KEEPALIVE_S = 10;
const SESSION_EXPIRY_S = 7 * 86_400;
/**
 * Waits between tries, doubled from `first`; a connection that stood longer than `longest` was sound. A wrong password is
 * tried twice a minute at most, or brokers lock the user out.
 */
const RETRY_MS = { first: 500, longest: 4_000, wrongPassword: 31_000, storage: 8_000 };

export interface ConnectionSettings extends Omit<BrokerSettings, "connections" | "group"> {
  /** How many messages may wait for `onMessage` at a time. */
  readonly window: number;
  /** What the broker says, and keeps, once this connection is gone. */
  readonly will?: { readonly topic: string; readonly payload: string };
  /** Called for each message; it is acknowledged when the promise resolves, and kept by the broker when it rejects. */
  onMessage(packet: IPublishPacket): Promise<void>;
  /** Connected anew; `resumed` when the broker kept the session and with it the subscriptions. */
  onConnected(resumed: boolean): void;
  onState(state: BrokerState): void;
}

/** One connection that heals by itself: each try is a new client of the same session. */
export interface Connection {
  connect(): void;
  /** What stands, if it does. */
  readonly client: MqttClient | undefined;
  publish(topic: string, payload: string, options: { retain: boolean; expirySeconds?: number }): Promise<void>;
  /** Gives the connection up and tries again later: the broker keeps what was not acknowledged. */
  interrupt(failure: BrokerFailure, message: string): void;
  /** Ends without acknowledging what is under way. */
  close(): Promise<void>;
}

export function openConnection(settings: ConnectionSettings): Connection {
  let client: MqttClient | undefined;
  let closed = false;
  let { version } = settings;
  let failures = 0;
  /** On the monotonic clock; infinite until the connection stands. */
  let connectedAtMs = Infinity;
  let timer: NodeJS.Timeout | undefined;

  const retryIn = (failure: BrokerFailure): number => {
    if (failure === "wrong-password") return RETRY_MS.wrongPassword;
    const longest = failure === "storage-busy" ? RETRY_MS.storage : RETRY_MS.longest;
    return Math.min(RETRY_MS.first * 2 ** (failures - 1), longest) * (0.8 + Math.random() * 0.2);
  };

  const retry = (failure: BrokerFailure, message: string): void => {
    failures += 1;
    clearTimeout(timer);
    timer = setTimeout(start, retryIn(failure));
    settings.onState({ kind: "failed", failure, message });
  };

  const giveUp = (attempt: MqttClient, failure: BrokerFailure, message: string): void => {
    if (client !== attempt || closed) return;
    client = undefined;
    abandon(attempt).end(true);
    // Storage shows that it is well by what it keeps, not by a connection that stands while it waits.
    if (failure !== "storage-busy" && performance.now() - connectedAtMs > RETRY_MS.longest) failures = 0;
    connectedAtMs = Infinity;
    retry(failure, message);
  };

  const speakOlder = (attempt: MqttClient): void => {
    version = 4;
    client = undefined;
    abandon(attempt).end(true);
    start();
  };

  const start = (): void => {
    if (closed || client) return;
    let attempt: MqttClient;
    try {
      attempt = connect(settings.url, toOptions({ ...settings, version }));
    } catch (cause) {
      // A certificate or key that cannot be read, before anything was sent.
      const error = asError(cause);
      retry(toFailure(error), error.message);
      return;
    }
    client = attempt;
    let cause: Error | undefined;

    acknowledgeWhenKept(attempt, settings.window, settings.onMessage, {
      onKept: () => {
        if (client === attempt) failures = 0;
      },
      onFailed: (error) => giveUp(attempt, "storage-busy", String(error)),
    });
    attempt.on("connect", ({ sessionPresent }) => {
      connectedAtMs = performance.now();
      settings.onState({ kind: "connected" });
      settings.onConnected(sessionPresent);
    });
    attempt.on("error", (error) => (cause = error));
    attempt.on("close", () => {
      if (version === 5 && UNKNOWN_VERSION.includes(codeOf(cause))) speakOlder(attempt);
      else giveUp(attempt, toFailure(cause), cause?.message ?? "the broker does not answer");
    });
  };

  return {
    connect: start,
    get client() {
      return client?.connected ? client : undefined;
    },
    publish: async (topic, payload, { retain, expirySeconds }) => {
      const standing = client;
      if (!standing?.connected)
        throw new EnergyError("broker-offline", "the broker is not connected: the command was not sent");
      const properties = version === 5 &&
        expirySeconds !== undefined && { properties: { messageExpiryInterval: expirySeconds } };
      await new Promise<void>((resolve, reject) => {
        const lost = (): void =>
          reject(new EnergyError("broker-offline", "the connection broke before the broker had the command"));
        standing.stream.once("close", lost);
        standing.publish(topic, payload, { qos: 1, retain, ...properties }, (error) => {
          standing.stream.off("close", lost);
          if (error) reject(new EnergyError("broker-offline", error.message, { cause: error }));
          else resolve();
        });
      });
      failures = 0;
    },
    interrupt: (failure, message) => {
      if (client) giveUp(client, failure, message);
    },
    close: async () => {
      closed = true;
      clearTimeout(timer);
      const last = client;
      client = undefined;
      if (!last) return;
      await abandon(last).endAsync(true);
    },
  };
}

/** A client that was given up may still report how its socket ended; its successor tells what matters. */
function abandon(client: MqttClient): MqttClient {
  return client.removeAllListeners().on("error", () => undefined);
}

function toOptions(settings: ConnectionSettings): IClientOptions {
  const { user, password, tls, version, persistent, clientId, window, will } = settings;
  return {
    protocolVersion: version,
    clientId,
    clean: !persistent,
    ...(version === 5 && {
      properties: { receiveMaximum: window, ...(persistent && { sessionExpiryInterval: SESSION_EXPIRY_S }) },
    }),
    ...(will && { will: { topic: will.topic, payload: Buffer.from(will.payload), qos: 1, retain: true } }),
    ...(user !== undefined && { username: user }),
    ...(password !== undefined && { password }),
    ...(tls.ca && { ca: tls.ca }),
    ...(tls.cert && { cert: tls.cert }),
    ...(tls.key && { key: tls.key }),
    ...(tls.passphrase && { passphrase: tls.passphrase }),
    rejectUnauthorized: tls.verify,
    reconnectPeriod: 0,
    connectTimeout: CONNECT_TIMEOUT_MS,
    keepalive: KEEPALIVE_S,
    resubscribe: false,
    queueQoSZero: false,
    // Every packet number ready in bytes would take 14 MB.
    writeCache: false,
  };
}

/** What a broker answers that does not speak MQTT 5: as MQTT 3.1.1 says it, and as MQTT 5 does. */
const UNKNOWN_VERSION: readonly unknown[] = [1, 132];
/** MQTT 3.1.1 answers 4 or 5 to a wrong login, MQTT 5 134 or 135. */
const REFUSED_LOGIN: readonly unknown[] = [4, 5, 134, 135];
/** Of the handshake, of our own certificate and key (`ERR_OSSL`), and of the broker's certificate. */
const TLS_ERROR =
  /^(ERR_TLS|ERR_SSL|ERR_OSSL|EPROTO|CERT_|CRL_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERROR_IN_|HOSTNAME_MISMATCH|INVALID_(CA|PURPOSE)|PATH_LENGTH)/;

const codeOf = (error: (Error & { code?: unknown }) | undefined): unknown => error?.code;

function toFailure(error: Error | undefined): BrokerFailure {
  const code = codeOf(error);
  if (REFUSED_LOGIN.includes(code)) return "wrong-password";
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return "unknown-host";
  return typeof code === "string" && TLS_ERROR.test(code) ? "refused-tls" : "unreachable";
}
