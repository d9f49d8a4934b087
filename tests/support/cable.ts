import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { onTestFinished } from "vitest";

/** A connection to a local server that can be cut. */
export interface Cable {
  readonly port: number;
  /** Both ends are told, and nobody gets through. */
  cut(): void;
  mend(): void;
  /** What is connected now carries nothing any more, for ever, and neither end is told: as behind a router that forgot it. Who comes anew gets through. */
  silence(): void;
}

/** Lies before the server at port `to` until the test is over. */
export async function startCable(to: number): Promise<Cable> {
  const sockets = new Set<Socket>();
  const silencers = new Set<() => void>();
  let isCut = false;
  const server = createServer((socket) => {
    if (isCut) return void socket.destroy();
    const far = connect(to, "127.0.0.1");
    let isSilent = false;
    silencers.add(() => {
      isSilent = true;
    });
    for (const [end, other] of [
      [socket, far],
      [far, socket],
    ] as const) {
      sockets.add(end);
      end.on("data", (bytes) => {
        if (isSilent) return;
        if (!other.write(bytes)) end.pause();
      });
      end.on("drain", () => other.resume());
      end.on("error", () => undefined);
      end.on("close", () => {
        sockets.delete(end);
        if (!isSilent) other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return {
    port: (server.address() as AddressInfo).port,
    cut: () => {
      isCut = true;
      for (const socket of sockets) socket.destroy();
    },
    mend: () => {
      isCut = false;
    },
    silence: () => {
      for (const silence of silencers) silence();
      silencers.clear();
    },
  };
}
