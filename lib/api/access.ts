import type { IncomingHttpHeaders } from "node:http";
import { BlockList, isIP } from "node:net";
import type { Scope } from "../storage/access-store";
import { Refused } from "./refused";

/** What of a request tells who asks. */
export interface Asker {
  /** The socket's own address: what a header says of it proves nothing. */
  readonly remoteAddress: string | undefined;
  readonly httpVersion: string;
  readonly headers: IncomingHttpHeaders;
}

/** The two doors that a person may open for those who do not log in. */
export interface Doors {
  readonly localMayControl: boolean;
  readonly lanMayRead: boolean;
  /** Names and addresses by which this machine is called on the LAN. */
  readonly lanHosts: readonly string[];
}

/** Who asks, as far as it is known, and what they may do. */
export interface Principal {
  readonly by: "token" | "session" | "node-auth" | "machine" | "lan" | "nobody";
  /** What limits are counted by. */
  readonly key: string;
  readonly scopes: readonly Scope[];
  readonly tokenId?: string;
}

const JSON_TYPE = "application/json";

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet("127.0.0.0", 8, "ipv4");
LOOPBACK.addAddress("::1", "ipv6");

const PRIVATE = new BlockList();
for (const [net, bits] of [
  ["10.0.0.0", 8],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
  ["169.254.0.0", 16],
] as const) {
  PRIVATE.addSubnet(net, bits, "ipv4");
}
PRIVATE.addSubnet("fc00::", 7, "ipv6");
PRIVATE.addSubnet("fe80::", 10, "ipv6");

const LOCAL_NAMES: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** Headers by which a proxy tells for whom it asks; any of them means that the asker is not who holds the socket. */
const PROXY_HEADER =
  /^(forwarded|via|x-forwarded(-.*)?|x-real-.*|(.+-)?client-ip|x-original-.*|x-proxy.*|x-envoy-.*|x-(azure|arr|amzn|appengine)-.*|x-(scheme|url-scheme|host)|front-end-https|(cf|cdn|fastly|fly|tailscale)-.*)$/;

/** What someone who shows no token, session or password may do. `canLogIn`: somebody can already. */
export function anonymous(asker: Asker, doors: Doors, canLogIn: boolean): Principal {
  const key = addressKey(asker.remoteAddress);
  if (isThisMachine(asker)) {
    if (doors.localMayControl) return { by: "machine", key, scopes: ["read", "control"] };
    // Once somebody can log in, everybody does: the open door is for a fresh install alone.
    if (!canLogIn) return { by: "machine", key, scopes: ["read"] };
  }
  if (doors.lanMayRead && isTrustedLan(asker, doors)) return { by: "lan", key, scopes: ["read"] };
  return { by: "nobody", key, scopes: [] };
}

/** Throws the refusal that says what to do, unless `who` has `scope`. */
export function demand(scope: Scope, who: Principal, canLogIn: boolean): void {
  if (who.scopes.includes(scope)) return;
  if (who.by === "token" || who.by === "session") {
    throw new Refused("forbidden", "missingScope", { values: { scope } });
  }
  throw new Refused("not-logged-in", canLogIn ? "logIn" : "logInFresh");
}

/**
 * Throws unless a request that changes something comes from our own page or a program, never from another site's page. `types` are
 * what its body may be.
 */
export function demandOwnRequest(headers: IncomingHttpHeaders, types: readonly string[] = [JSON_TYPE]): void {
  demandSameOrigin(headers);
  if (!headers["x-vatio"]) throw new Refused("forbidden", "ownHeader", { field: "X-Vatio" });
  const type = headers["content-type"]?.split(";")[0]?.trim().toLowerCase();
  if (types.includes(type ?? "")) return;
  const sentence = types.length === 1 ? "contentType" : "fileType";
  throw new Refused("wrong-content-type", sentence, { field: "Content-Type", values: { types: types.join(", ") } });
}

/** A browser says which site a request comes from; a program says nothing and cannot be tricked into it. */
function demandSameOrigin(headers: IncomingHttpHeaders): void {
  const site = headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin" && site !== "none") throw new Refused("forbidden", "crossSite");
  const { origin, host } = headers;
  if (origin === undefined) return;
  const from = URL.canParse(origin) ? new URL(origin).host : undefined;
  if (!from || from !== host?.toLowerCase()) throw new Refused("forbidden", "crossSite");
}

/** Throws when another site's page reads with what the browser adds by itself. */
export function demandNoForeignPage(headers: IncomingHttpHeaders, who: Principal): void {
  if (who.by !== "token" && headers["sec-fetch-site"] === "cross-site") throw new Refused("forbidden", "crossSite");
}

/**
 * A loopback socket, no sign of a proxy, and a Host that only this machine is called by: without the second a reverse proxy,
 * without the third a rebound DNS name would make the whole world local. HTTP/1.0 is how nginx asks when nobody
 * configured more than `proxy_pass`.
 */
export function isThisMachine({ remoteAddress, httpVersion, headers }: Asker): boolean {
  return (
    inList(LOOPBACK, remoteAddress) &&
    httpVersion === "1.1" &&
    !isProxied(headers) &&
    LOCAL_NAMES.has(hostName(headers.host))
  );
}

function isTrustedLan({ remoteAddress, httpVersion, headers }: Asker, { lanHosts }: Doors): boolean {
  const near = inList(PRIVATE, remoteAddress) || inList(LOOPBACK, remoteAddress);
  const name = hostName(headers.host);
  return (
    near &&
    httpVersion === "1.1" &&
    !isProxied(headers) &&
    name !== "" &&
    lanHosts.some((host) => host.toLowerCase() === name)
  );
}

const isProxied = (headers: IncomingHttpHeaders): boolean =>
  Object.keys(headers).some((name) => PROXY_HEADER.test(name));

/** The Host header without its port, in small letters; empty when it is absent or not a host. */
function hostName(host: string | undefined): string {
  return /^(\[[0-9a-f:.]+\]|[^:[\]@/\s]+)(:\d{1,5})?$/.exec(host?.toLowerCase() ?? "")?.[1] ?? "";
}

function inList(list: BlockList, address: string | undefined): boolean {
  if (address === undefined) return false;
  const plain = plainAddress(address);
  const family = isIP(plain);
  return family !== 0 && list.check(plain, family === 4 ? "ipv4" : "ipv6");
}

/** Without the IPv6 coat of an IPv4 address and without a zone. */
const plainAddress = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, "").replace(/%.*$/, "");

/** Limits count an IPv6 network of 64 bits as one: anybody has as many addresses in theirs as they like. */
export function addressKey(address: string | undefined): string {
  const plain = plainAddress(address ?? "");
  if (isIP(plain) !== 6) return `address ${plain}`;
  const [head = "", tail] = plain.toLowerCase().split("::");
  const first = head.split(":").filter(Boolean);
  const groups =
    tail === undefined
      ? first
      : [
          ...first,
          ...Array<string>(Math.max(0, 8 - first.length - tail.split(":").filter(Boolean).length)).fill("0"),
          ...tail.split(":").filter(Boolean),
        ];
  return `address ${groups
    .slice(0, 4)
    .map((group) => parseInt(group, 16).toString(16))
    .join(":")}::/64`;
}
