import { createHash, randomBytes, randomUUID, timingSafeEqual } from "node:crypto";
import type { AccessStore, Scope, TokenRecord } from "../storage/access-store";
import { Refused } from "./refused";

const PREFIX = "vatio_";
const MOST_TOKENS = 100;
/** How old the stored "last used" may be. */
const LAST_USE_MS = 60_000;

export interface NewToken {
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly expiresAt?: number;
}

/** The tokens of one site, in memory too: nobody waits for the database to be let in. */
export interface Tokens {
  list(): readonly TokenRecord[];
  /** The secret is in this answer and nowhere else. */
  make(wish: NewToken): Promise<{ readonly record: TokenRecord; readonly secret: string }>;
  /** Refuses `not-found` what is not there. */
  revoke(id: string): Promise<void>;
  /** The token with this secret, noted as used; nothing when it is unknown or has expired. */
  use(secret: string): TokenRecord | undefined;
  /** Its record while it lives. */
  valid(id: string): TokenRecord | undefined;
}

/** 256 random bits, URL-safe. */
export const makeSecret = (prefix = ""): string => prefix + randomBytes(32).toString("base64url");

/** Plain SHA-256: the secret is random, there is nothing to guess. */
export const hashSecret = (secret: string): string => createHash("sha256").update(secret).digest("hex");

/** In a time that says nothing of where two hashes differ. */
export function sameHash(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one, "hex"), Buffer.from(other, "hex")];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** `onError` hears of what happens in the background: a last use that cannot be stored. */
export async function openTokens(
  store: AccessStore,
  now: () => number,
  onError: (error: unknown) => void,
): Promise<Tokens> {
  const records = new Map((await store.tokens()).map((record) => [record.id, record]));
  const storedUse = new Map<string, number>();

  const isValid = ({ expiresAt }: TokenRecord): boolean => expiresAt === undefined || expiresAt > now();

  return {
    list: () => [...records.values()].sort((one, other) => one.createdAt - other.createdAt),

    make: async ({ name, scopes, expiresAt }) => {
      if (records.size >= MOST_TOKENS)
        throw new Refused("forbidden", "tooManyTokens", { values: { limit: MOST_TOKENS } });
      if (expiresAt !== undefined && expiresAt <= now())
        throw new Refused("invalid-query", "expiryPast", { field: "expiresAt" });
      const secret = makeSecret(PREFIX);
      const record: TokenRecord = {
        id: randomUUID(),
        name,
        hash: hashSecret(secret),
        scopes: [...new Set(scopes)],
        createdAt: now(),
        ...(expiresAt !== undefined && { expiresAt }),
      };
      await store.putToken(record);
      records.set(record.id, record);
      return { record, secret };
    },

    revoke: async (id) => {
      if (!records.has(id)) throw new Refused("not-found", "noToken");
      await store.removeToken(id);
      records.delete(id);
    },

    use: (secret) => {
      const hash = hashSecret(secret);
      let found: TokenRecord | undefined;
      for (const record of records.values()) if (sameHash(record.hash, hash)) found = record;
      if (!found || !isValid(found)) return undefined;

      const used: TokenRecord = { ...found, lastUsedAt: now() };
      records.set(used.id, used);
      if (now() - (storedUse.get(used.id) ?? -Infinity) > LAST_USE_MS) {
        storedUse.set(used.id, now());
        store.putToken(used).then(
          // Revoked while this was under way: it must not come back.
          () => (records.has(used.id) ? undefined : store.removeToken(used.id).catch(onError)),
          onError,
        );
      }
      return used;
    },

    valid: (id) => {
      const record = records.get(id);
      return record && isValid(record) ? record : undefined;
    },
  };
}
