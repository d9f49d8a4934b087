export const SCOPES = ["read", "ingest", "control", "admin"] as const;
export type Scope = (typeof SCOPES)[number];

export interface TokenRecord {
  readonly id: string;
  readonly name: string;
  /** SHA-256, hex. */
  readonly hash: string;
  readonly scopes: readonly Scope[];
  readonly createdAt: number;
  readonly expiresAt?: number;
  readonly lastUsedAt?: number;
}

/** A logged-in browser: the cookie's SHA-256 and the token it stands for. */
export interface SessionRecord {
  readonly hash: string;
  readonly tokenId: string;
  readonly expiresAt: number;
}

export interface AccessStore {
  putToken(token: TokenRecord): Promise<void>;
  tokens(): Promise<TokenRecord[]>;
  removeToken(id: string): Promise<void>;
  putSession(session: SessionRecord): Promise<void>;
  sessions(): Promise<SessionRecord[]>;
  removeSession(hash: string): Promise<void>;
}
