import { connectAsync, type MqttClient } from "mqtt";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { afterEach } from "vitest";
import { createBroker } from "../../scripts/demo/create-broker";

/** A real MQTT broker on a port of its own, and a client of it. */
export interface TestBroker {
  readonly url: string;
  readonly client: MqttClient;
  /** How many clients but ours are connected. */
  readonly guests: () => number;
  /** Whether any of them has subscribed to the topic, alone or in a group: what is published before is not for them. */
  readonly isAwaited: (topic: string) => boolean;
  /** Every message that passed, oldest first. */
  readonly seen: readonly { readonly topic: string; readonly payload: string }[];
  /** Cuts every connection and takes none until `open`. */
  shut(): Promise<void>;
  open(): Promise<void>;
}

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
});

/** Starts one; it ends by itself after the test. */
export async function startBroker(login?: { readonly user: string; password: string }): Promise<TestBroker> {
  const aedes = await createBroker({
    // Read anew at each try: a test may mend the password. Our own client is let in.
    authenticate: (client, user, password, done) => {
      const right = !login || client.id === "test" || (user === login.user && password?.toString() === login.password);
      done(right ? null : Object.assign(new Error("bad login"), { returnCode: 4 as const }), right);
    },
  });
  const sockets = new Set<Socket>();
  const listen = async (port: number) => {
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on("close", () => sockets.delete(socket));
      aedes.handle(socket);
    });
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    return server;
  };
  let server = await listen(0);
  const { port } = server.address() as AddressInfo;

  const awaited: string[] = [];
  aedes.on("subscribe", (subscriptions) => awaited.push(...subscriptions.map(({ topic }) => topic)));
  const seen: { topic: string; payload: string }[] = [];
  aedes.on("publish", ({ topic, payload }) => {
    if (!topic.startsWith("$SYS")) seen.push({ topic, payload: payload.toString() });
  });

  const shut = async (): Promise<void> => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  const url = `mqtt://127.0.0.1:${port}`;
  const client = await connectAsync(url, { reconnectPeriod: 100, clientId: "test" });
  cleanUps.push(async () => {
    await client.endAsync(true);
    if (server.listening) await shut();
    await new Promise<void>((resolve) => aedes.close(resolve));
  });
  return {
    url,
    client,
    guests: () => aedes.connectedClients - 1,
    isAwaited: (topic) =>
      awaited.some((one) => one === topic || (one.startsWith("$share/") && one.endsWith(`/${topic}`))),
    seen,
    shut,
    open: async () => {
      server = await listen(port);
    },
  };
}
