import type { AddressInfo } from "node:net";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";

/** An SMTP server on this machine that notes each mail as it came. */
export interface MailServer {
  readonly port: number;
  readonly mails: { readonly from: string; readonly to: readonly string[]; readonly source: string }[];
  close(): Promise<void>;
}

export async function startMailServer(options: SMTPServerOptions = {}): Promise<MailServer> {
  const mails: MailServer["mails"] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS"],
    allowInsecureAuth: true,
    onData: (stream, { envelope }, done) => {
      let source = "";
      stream.on("data", (chunk: Buffer) => (source += chunk.toString("utf8")));
      stream.on("end", () => {
        const from = envelope.mailFrom === false ? "" : envelope.mailFrom.address;
        mails.push({ from, to: envelope.rcptTo.map(({ address }) => address), source });
        done();
      });
    },
    ...options,
  });
  // A client that turns away from a bad certificate is what some tests are about.
  server.on("error", () => undefined);
  await new Promise<void>((listening) => void server.listen(0, "127.0.0.1", listening));
  return {
    port: (server.server.address() as AddressInfo).port,
    mails,
    close: () => new Promise((closed) => void server.close(closed)),
  };
}
