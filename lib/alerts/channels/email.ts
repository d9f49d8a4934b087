import { createTransport } from "nodemailer";
import { asError, EnergyError } from "../../errors";
import type { EmailSettings } from "./channel-settings";
import { oneLine } from "../../texts/render-text";
import type { Channel } from "./channel";
import { redact } from "./redact";

const TIMEOUT_MS = 10_000;
/** Over these a password needs no encryption: it never leaves the machine. */
const THIS_MACHINE = ["localhost", "127.0.0.1", "::1"];
/** nodemailer's codes for what trying again cannot mend. */
const FOR_GOOD = ["EAUTH", "EENVELOPE"];

/** Sends plain text by SMTP. A password goes only over TLS with a certificate that holds. */
export function makeEmail(settings: EmailSettings): Channel {
  const { host, port, secure, user, password } = settings;
  return {
    send: async ({ title, message, site }) => {
      const transport = createTransport({
        host,
        port,
        secure,
        requireTLS: Boolean(password) && !THIS_MACHINE.includes(host),
        ...(user && { auth: { user, pass: password ?? "" } }),
        connectionTimeout: TIMEOUT_MS,
        greetingTimeout: TIMEOUT_MS,
        socketTimeout: TIMEOUT_MS,
        dnsTimeout: TIMEOUT_MS,
        disableFileAccess: true,
        disableUrlAccess: true,
      });
      try {
        await transport.sendMail({
          from: settings.from,
          to: settings.to,
          subject: oneLine(`${site}: ${title}`),
          text: message,
        });
      } catch (caught) {
        throw failure(settings, asError(caught));
      } finally {
        transport.close();
      }
    },
  };
}

/** The driver's error is not kept as cause: its fields repeat what was said to the server. */
function failure({ id, host, user, password }: EmailSettings, error: Error & { code?: string }): EnergyError {
  const code = error.code !== undefined && FOR_GOOD.includes(error.code) ? "invalid-config" : "channel-failed";
  const why = redact(error.message, password, user);
  return new EnergyError(code, `e-mail "${id}" by ${host}: ${why}`, { field: id });
}
