import type { AccessStore, SessionRecord, TokenRecord } from "../storage/access-store";
import { hashSecret, makeSecret, sameHash, type Tokens } from "./tokens";

const LIFE_MS = 30 * 86_400_000;
/** Of one token; the one that ends first makes room. */
const MOST_SESSIONS = 50;

/** The cookie's name. */
export const SESSION_COOKIE = "vatio_session";

/** Browsers that logged in with a token. A session can do what its token can, and ends with it. */
export interface Sessions {
  /** The cookie's value, and how long it lives. */
  start(token: TokenRecord): Promise<{ readonly cookie: string; readonly lifeMs: number }>;
  /** The token behind a cookie, while both live. */
  token(cookie: string): TokenRecord | undefined;
  end(cookie: string): Promise<void>;
  /** Ends whatever began with this token. */
  endAll(tokenId: string): Promise<void>;
}

export async function openSessions(store: AccessStore, tokens: Tokens, now: () => number): Promise<Sessions> {
  const records = new Map<string, SessionRecord>();

  const forget = async (record: SessionRecord): Promise<void> => {
    records.delete(record.hash);
    await store.removeSession(record.hash);
  };
  const of = (tokenId: string): SessionRecord[] => [...records.values()].filter((record) => record.tokenId === tokenId);
  const find = (cookie: string): SessionRecord | undefined => {
    const hash = hashSecret(cookie);
    const record = records.get(hash);
    return record && sameHash(record.hash, hash) && record.expiresAt > now() ? record : undefined;
  };

  for (const record of await store.sessions()) {
    records.set(record.hash, record);
    if (record.expiresAt <= now() || !tokens.valid(record.tokenId)) await forget(record);
  }

  return {
    start: async (token) => {
      const mine = of(token.id).sort((one, other) => one.expiresAt - other.expiresAt);
      for (const oldest of mine.slice(0, Math.max(0, mine.length - MOST_SESSIONS + 1))) await forget(oldest);

      const cookie = makeSecret();
      const expiresAt = Math.min(now() + LIFE_MS, token.expiresAt ?? Infinity);
      const record: SessionRecord = { hash: hashSecret(cookie), tokenId: token.id, expiresAt };
      await store.putSession(record);
      records.set(record.hash, record);
      return { cookie, lifeMs: expiresAt - now() };
    },
    token: (cookie) => {
      const record = find(cookie);
      return record && tokens.valid(record.tokenId);
    },
    end: async (cookie) => {
      const record = find(cookie);
      if (record) await forget(record);
    },
    endAll: async (tokenId) => {
      for (const record of of(tokenId)) await forget(record);
    },
  };
}
