import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A web server on this machine that notes what it is sent and answers what the test says. */
export interface HttpReceiver {
  readonly port: number;
  readonly received: Received[];
  answer: { status: number; headers?: Record<string, string> } | "nothing";
  close(): Promise<void>;
}

export async function startReceiver(): Promise<HttpReceiver> {
  const server: Server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
    request.on("end", () => {
      receiver.received.push({ method: request.method ?? "", url: request.url ?? "", headers: request.headers, body });
      if (receiver.answer !== "nothing")
        response.writeHead(receiver.answer.status, receiver.answer.headers).end("answer");
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const receiver: HttpReceiver = {
    port: (server.address() as AddressInfo).port,
    received: [],
    answer: { status: 200 },
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
  return receiver;
}
