import { createServer, request, type IncomingHttpHeaders, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach } from "vitest";

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** Throws where the answer is not JSON. */
  json<T>(): T;
}

export interface Asking {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  /** Sent as JSON, with the headers that every change needs, unless it is text. */
  readonly body?: unknown;
}

const open: Server[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** Serves an app on a free port of this machine, until the test ends; resolves to its port. */
export async function serve(app: unknown): Promise<number> {
  const server = createServer(app as RequestListener);
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

/** Asks as no browser would: every header, `Host` too, may be said. */
export function ask(port: number, path: string, { method, headers = {}, body }: Asking = {}): Promise<Answer> {
  const json = body !== undefined && typeof body !== "string";
  const all = { ...(json && { "Content-Type": "application/json", "X-Vatio": "1" }), ...headers };
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: "127.0.0.1", port, path, method: method ?? (body === undefined ? "GET" : "POST"), headers: all },
      (response) => {
        const parts: Buffer[] = [];
        response.on("data", (part: Buffer) => parts.push(part));
        response.on("error", reject);
        response.on("end", () => {
          const text = Buffer.concat(parts).toString("utf8");
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text,
            json: <T>() => JSON.parse(text) as T,
          });
        });
      },
    );
    sent.on("error", reject);
    sent.end(json ? JSON.stringify(body) : body);
  });
}
