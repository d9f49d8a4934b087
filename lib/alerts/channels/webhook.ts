import { lookup as resolve } from "node:dns/promises";
import http from "node:http";
import https from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { asError, EnergyError } from "../../errors";
import type { WebhookSettings } from "./channel-settings";
import { closedToInside, type AddressPolicy } from "./address-policy";
import type { Channel, Notification } from "./channel";
import { redact } from "./redact";
import { escapeFor, escapeHeader, escapeUrl, fillTemplate, type TemplateValues } from "./template";

const TIMEOUT_MS = 10_000;
/** HTTP answers that a later try may turn into a success. */
const PASSING = [408, 425, 429];

interface Address {
  readonly address: string;
  readonly family: number;
}

/** What tests hand over in place of the strict policy and the system's resolver. */
export interface WebhookNetwork {
  readonly allowed: AddressPolicy;
  readonly resolve: (hostname: string) => Promise<readonly Address[]>;
  readonly timeoutMs: number;
}
const NETWORK: WebhookNetwork = {
  allowed: closedToInside,
  resolve: (hostname) => resolve(hostname, { all: true }),
  timeoutMs: TIMEOUT_MS,
};

interface Outgoing {
  readonly url: URL;
  readonly method: WebhookSettings["method"];
  readonly headers: Record<string, string>;
  readonly body: string | undefined;
}

/** Calls a URL. The host is resolved once and only allowed addresses are connected to; a redirect is a failure. */
export function makeWebhook(settings: WebhookSettings, network: Partial<WebhookNetwork> = {}): Channel {
  const net = { ...NETWORK, ...network };
  return {
    send: async (notification) => {
      const outgoing = fill(settings, notification);
      const limit = AbortSignal.timeout(net.timeoutMs);
      const status = await request(outgoing, net, limit).catch((caught: unknown) => {
        throw failure(settings, outgoing.url, asError(caught), limit);
      });
      if (status >= 200 && status < 300) return;
      const passing = status >= 500 || PASSING.includes(status);
      const what =
        status >= 300 && status < 400 ? `redirected (HTTP ${status}), which is not followed` : `HTTP ${status}`;
      throw problem(settings, outgoing.url, passing ? "channel-failed" : "invalid-config", what);
    },
  };
}

function fill(settings: WebhookSettings, notification: Notification): Outgoing {
  const { to = "", user = "", secret = "" } = settings;
  const values: TemplateValues = { ...notification, to, user, secret };
  const headers = Object.fromEntries(
    Object.entries(settings.headers).map(([name, value]) => [name, header(name, value, values)]),
  );
  const sendsBody = settings.method !== "GET";
  return {
    url: parseUrl(settings, values),
    method: settings.method,
    headers: { "user-agent": "vatio", ...(sendsBody && { "content-type": settings.contentType }), ...headers },
    body: sendsBody ? fillTemplate(settings.body, values, escapeFor(settings.contentType)) : undefined,
  };
}

/** Basic credentials may be written as `Basic user:password`: Base64 has no colon, so this is never ambiguous. */
function header(name: string, template: string, values: TemplateValues): string {
  const basic =
    name.toLowerCase() === "authorization" ? /^Basic\s+(.*:.*)$/is.exec(fillTemplate(template, values, String)) : null;
  if (basic?.[1] !== undefined) return `Basic ${Buffer.from(basic[1]).toString("base64")}`;
  return escapeHeader(fillTemplate(template, values, String));
}

function parseUrl(settings: WebhookSettings, values: TemplateValues): URL {
  const wrong = (why: string): EnergyError =>
    new EnergyError("invalid-config", `webhook "${settings.id}": ${why}`, { field: settings.id });
  const host = /^https?:\/\/([^/?#\\]+)/i.exec(settings.url.trim())?.[1];
  if (host === undefined) throw wrong("the address must start with http:// or https://");
  if (host.includes("{{")) throw wrong("the host of the address must be written out");
  if (host.includes("@")) throw wrong("name and password do not belong in the address: use the secret");

  const filled = fillTemplate(settings.url.trim(), values, escapeUrl);
  if (!URL.canParse(filled)) throw wrong("the address is not a valid URL");
  return new URL(filled);
}

/** Resolves to the HTTP status; the answer's body is not read. */
async function request(outgoing: Outgoing, net: WebhookNetwork, signal: AbortSignal): Promise<number> {
  const { url, method, headers, body } = outgoing;
  const addresses = await orAborted(allowedAddresses(url, net), signal);
  const pinned: LookupFunction = (_, options, done) => {
    const [first] = addresses;
    if (options.all) done(null, [...addresses]);
    else done(null, first?.address ?? "", first?.family);
  };

  return await new Promise<number>((answered, failed) => {
    const send = url.protocol === "https:" ? https.request : http.request;
    const outgoingRequest = send(url, { method, headers, lookup: pinned, agent: false, signal }, (response) => {
      answered(response.statusCode ?? 0);
      response.destroy();
    });
    outgoingRequest.on("error", failed);
    // As bytes: before a text Node would write the headers in the text's encoding.
    outgoingRequest.end(body && Buffer.from(body));
  });
}

async function allowedAddresses(url: URL, net: WebhookNetwork): Promise<readonly Address[]> {
  const hostname = url.hostname.replace(/^\[|\]$/g, "");
  const literal = isIP(hostname);
  const found = literal ? [{ address: hostname, family: literal }] : await net.resolve(hostname);
  const allowed = found.filter(({ address }) => net.allowed(address));
  if (allowed.length === 0) {
    throw new EnergyError("forbidden", "this address is on this machine or link-local, where webhooks may not go");
  }
  return allowed;
}

/** A look-up cannot be stopped, but nobody must wait for it. */
async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  return await new Promise<T>((resolved, rejected) => {
    const abort = (): void => rejected(asError(signal.reason));
    signal.addEventListener("abort", abort, { once: true });
    work.then(resolved, rejected).finally(() => signal.removeEventListener("abort", abort));
  });
}

function failure(
  settings: WebhookSettings,
  url: URL,
  error: Error & { code?: string },
  limit: AbortSignal,
): EnergyError {
  if (error instanceof EnergyError) return problem(settings, url, error.code, error.message);
  const why = limit.aborted ? "no answer in time" : redact(error.message, settings.secret, settings.user);
  return problem(settings, url, "channel-failed", why);
}

/** Names the host alone: path, query and headers may hold the secret. */
function problem(settings: WebhookSettings, url: URL, code: EnergyError["code"], why: string): EnergyError {
  return new EnergyError(code, `webhook "${settings.id}" to ${url.host}: ${why}`, { field: settings.id });
}
