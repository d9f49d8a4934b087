import { SCOPES, type AccessStore, type Scope, type TokenRecord } from "../storage/access-store";
import { addressKey, anonymous, type Asker, type Doors, type Principal } from "./access";
import type { FailedLogins } from "./failed-logins";
import type { Guesses } from "./node-auth";
import { Refused } from "./refused";
import { openSessions, SESSION_COOKIE, type Sessions } from "./sessions";
import { openTokens, type Tokens } from "./tokens";

/** Who has been let into a site: its tokens and the sessions that began with them. */
export interface Keys {
  readonly tokens: Tokens;
  readonly sessions: Sessions;
}

const opened = new WeakMap<AccessStore, Promise<Keys>>();

/** One for a store, whoever asks: what the editor revokes is revoked for the API in the same instant. */
export function keysOf(store: AccessStore, now: () => number, onError: (error: unknown) => void): Promise<Keys> {
  const known = opened.get(store);
  if (known) return known;
  const keys = openTokens(store, now, onError).then(async (tokens) => ({
    tokens,
    sessions: await openSessions(store, tokens, now),
  }));
  opened.set(store, keys);
  // A database that could not be read is asked again by whoever comes next.
  keys.catch(() => opened.delete(store));
  return keys;
}

/** Removes a token and every session that began with it. */
export async function revokeToken({ tokens, sessions }: Keys, id: string): Promise<void> {
  await tokens.revoke(id);
  await sessions.endAll(id);
}

export interface Gate {
  readonly keys: Keys;
  readonly doors: Doors;
  readonly failedLogins: FailedLogins;
  /** `httpNodeAuth` is set: somebody can log in, even where nobody has a token. */
  readonly hasNodeAuth: boolean;
  passedNodeAuth(authorization: string | undefined, guesses: Guesses): Promise<boolean>;
}

/** Whether anybody can log in at all. */
export const canLogIn = ({ keys, hasNodeAuth }: Gate): boolean => hasNodeAuth || keys.tokens.list().length > 0;

/** Who asks. A token that is shown must be right; throws `not-logged-in` when it is not. */
export async function whoAsks(asker: Asker, gate: Gate): Promise<Principal> {
  const { keys, doors, failedLogins } = gate;
  const address = addressKey(asker.remoteAddress);
  const { authorization } = asker.headers;
  const shown = asker.headers["x-energy-token"] ?? /^bearer +(\S+)$/i.exec(authorization ?? "")?.[1];
  if (shown !== undefined) {
    const token = tokenShown(String(shown), asker, gate);
    return { by: "token", key: `token ${token.id}`, scopes: token.scopes, tokenId: token.id };
  }

  const cookie = readCookie(asker.headers.cookie, SESSION_COOKIE);
  const token = cookie === undefined ? undefined : keys.sessions.token(cookie);
  if (token) return { by: "session", key: `token ${token.id}`, scopes: token.scopes, tokenId: token.id };

  const guesses = { demandLeft: () => failedLogins.demandLeft(address), count: () => failedLogins.count(address) };
  if (await gate.passedNodeAuth(authorization, guesses)) return { by: "node-auth", key: address, scopes: SCOPES };
  return anonymous(asker, doors, canLogIn(gate));
}

/** Whether who was let in may still do it, now: for what goes on long after it was asked for. */
export function stillMay(scope: Scope, who: Principal, asker: Asker, gate: Gate): boolean {
  const { keys, doors } = gate;
  switch (who.by) {
    case "token":
      return keys.tokens.valid(who.tokenId ?? "")?.scopes.includes(scope) ?? false;
    case "session":
      return (
        keys.sessions.token(readCookie(asker.headers.cookie, SESSION_COOKIE) ?? "")?.scopes.includes(scope) ?? false
      );
    case "node-auth":
      return true;
    case "machine":
    case "lan":
    case "nobody":
      return anonymous(asker, doors, canLogIn(gate)).scopes.includes(scope);
  }
}

/** The token with this secret. A wrong one is counted and refused, from the limit on as too many. */
export function tokenShown(secret: string, asker: Asker, { keys, failedLogins }: Gate): TokenRecord {
  const token = keys.tokens.use(secret);
  if (token) return token;
  failedLogins.count(addressKey(asker.remoteAddress));
  throw new Refused("not-logged-in", "wrongToken");
}

/** The value of a cookie; the first of that name, as it came. */
export function readCookie(header: string | undefined, name: string): string | undefined {
  const parts = (header ?? "").split(";").map((part) => part.trim());
  return parts.find((part) => part.startsWith(`${name}=`))?.slice(name.length + 1);
}
