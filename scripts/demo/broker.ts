import { createServer } from "node:net";
import { createBroker } from "./create-broker.ts";
import { listen } from "./listen.ts";

export interface RunningBroker {
  readonly url: string;
  close(): Promise<void>;
}

/** An MQTT broker on this machine alone: on `port` if that is free, else on any other. */
export async function startBroker(port: number): Promise<RunningBroker> {
  const broker = await createBroker({ queueLimit: 10_000 });
  const server = createServer(broker.handle);
  const taken = await listen(server, port);
  return {
    url: `mqtt://127.0.0.1:${taken}`,
    close: async () => {
      await new Promise<void>((resolve) => broker.close(() => resolve()));
      await new Promise<void>((resolve) => void server.close(() => resolve()));
    },
  };
}
