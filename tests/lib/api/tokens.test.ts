import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { keysOf, revokeToken, type Keys } from "../../../lib/api/gate";
import { openSessions } from "../../../lib/api/sessions";
import { hashSecret, openTokens } from "../../../lib/api/tokens";
import type { EnergyStore } from "../../../lib/storage/energy-store";
import { openStore } from "../../../lib/storage/open-store";
import { until } from "../../support/flow";

const DAY = 86_400_000;
let folder: string;
let store: EnergyStore;
let now: number;
const clock = () => now;
const fail = (error: unknown): never => {
  throw error;
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "vatio-test-"));
  store = openStore({ file: join(folder, "site.db"), durability: "crash", zone: "Europe/Madrid" });
  now = Date.UTC(2026, 5, 1);
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

/** As after a restart: everything read anew from the store. */
async function reopen(): Promise<Keys> {
  const tokens = await openTokens(store, clock, fail);
  return { tokens, sessions: await openSessions(store, tokens, clock) };
}

describe("tokens", () => {
  it("are 256 random bits of which only the SHA-256 is kept, and outlive a restart", async () => {
    const keys = await keysOf(store, clock, fail);
    const [one, other] = [
      await keys.tokens.make({ name: "a", scopes: ["read"] }),
      await keys.tokens.make({ name: "b", scopes: ["admin"] }),
    ];
    expect(one.secret).toMatch(/^vatio_[\w-]{43}$/);
    expect(one.secret).not.toBe(other.secret);
    expect(await store.tokens()).toMatchObject([{ hash: hashSecret(one.secret) }, { hash: hashSecret(other.secret) }]);
    expect(JSON.stringify(await store.tokens())).not.toContain(one.secret);

    const { tokens } = await reopen();
    expect(tokens.use(one.secret)?.scopes).toEqual(["read"]);
    expect(tokens.use(`${one.secret}x`)).toBeUndefined();
    expect(tokens.use(hashSecret(one.secret))).toBeUndefined();
  });

  it("end at their instant, and with them the sessions that they began", async () => {
    const { tokens, sessions } = await keysOf(store, clock, fail);
    const { record, secret } = await tokens.make({ name: "a", scopes: ["read"], expiresAt: now + DAY });
    const { cookie, lifeMs } = await sessions.start(record);
    expect(lifeMs).toBe(DAY);
    now += DAY - 1;
    expect([tokens.use(secret)?.id, sessions.token(cookie)?.id]).toEqual([record.id, record.id]);
    now += 1;
    expect([tokens.use(secret), sessions.token(cookie)]).toEqual([undefined, undefined]);
    await reopen();
    expect(await store.sessions()).toEqual([]);
  });

  it("remember their last use, which never brings a revoked one back", async () => {
    const keys = await keysOf(store, clock, fail);
    const { record, secret } = await keys.tokens.make({ name: "a", scopes: ["read"] });
    now += 5000;
    keys.tokens.use(secret);
    await until("the last use is stored", async () => (await store.tokens())[0]?.lastUsedAt === now);

    now += DAY;
    keys.tokens.use(secret);
    await revokeToken(keys, record.id);
    await until("it is gone", async () => (await store.tokens()).length === 0);
    expect((await reopen()).tokens.list()).toEqual([]);
  });

  it("are a hundred at most", async () => {
    const { tokens } = await keysOf(store, clock, fail);
    for (let n = 0; n < 100; n += 1) await tokens.make({ name: `${n}`, scopes: ["read"] });
    await expect(tokens.make({ name: "101", scopes: ["read"] })).rejects.toMatchObject({ code: "forbidden" });
  });
});

describe("sessions", () => {
  it("are fifty a token: the oldest makes room", async () => {
    const { tokens, sessions } = await keysOf(store, clock, fail);
    const { record } = await tokens.make({ name: "a", scopes: ["read"] });
    const cookies: string[] = [];
    for (let n = 0; n < 51; n += 1) {
      now += 1;
      cookies.push((await sessions.start(record)).cookie);
    }
    expect(sessions.token(cookies[0] ?? "")).toBeUndefined();
    expect(sessions.token(cookies[1] ?? "")?.id).toBe(record.id);
    expect(await store.sessions()).toHaveLength(50);
  });

  it("end when they are logged out, after thirty days, and with their token", async () => {
    const keys = await keysOf(store, clock, fail);
    const { record } = await keys.tokens.make({ name: "a", scopes: ["read"] });
    const [out, old, gone] = [
      await keys.sessions.start(record),
      await keys.sessions.start(record),
      await keys.sessions.start(record),
    ];
    await keys.sessions.end(out.cookie);
    expect(keys.sessions.token(out.cookie)).toBeUndefined();
    now += 30 * DAY;
    expect(keys.sessions.token(old.cookie)).toBeUndefined();
    now -= DAY;
    expect(keys.sessions.token(gone.cookie)?.id).toBe(record.id);
    await revokeToken(keys, record.id);
    expect(await store.sessions()).toEqual([]);
  });
});
