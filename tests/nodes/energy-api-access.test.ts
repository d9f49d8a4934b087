import { hashSync } from "bcryptjs";
import { describe, expect, it } from "vitest";
import { ROUTES, type Route } from "../../lib/api/routes";
import type { ProblemDoc } from "../../lib/api/types";
import { startApi, type RunningApi } from "../support/api-flow";
import { until } from "../support/flow";
import { ask, type Answer } from "../support/http";

const BODIES: Record<string, unknown> = {
  login: { token: "vatio_wrong" },
  alert: { message: "Test" },
  command: { on: true },
  makeToken: { name: "x", scopes: ["read"] },
  edit: { meter: "nothing", from: "2026-01-01T00:00:00Z", to: "2026-01-01T01:00:00Z", kind: "discard" },
  renameMeter: { to: "x" },
  mergeMeter: { into: "x" },
  purgeMeter: { confirm: "nothing" },
  verify: {},
  sendImport: "at,powerW\n2026-01-01T00:00:00Z,5\n",
  sendImportPart: "x",
  sendBackupPart: "x",
  stopImport: {},
  reportImport: { mapping: { format: "csv", zone: "UTC" } },
  runImport: {},
  rule: { meter: "nothing", at: "2026-01-01T00:00:00Z", path: "*", kind: "discard" },
};
const QUERIES: Record<string, string> = {
  readings: "?from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z",
  balance: "?from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z",
  sendImport: "?name=a.csv",
  sendImportPart: "?name=a.csv&upload=abcdefgh&at=0&size=1",
  sendBackupPart: "?name=a.db&upload=abcdefgh&at=0&size=2",
  export: "?from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z",
  discover: "?broker=nothing",
};
const SCOPES = ["read", "ingest", "control", "admin"] as const;
const routes = Object.entries<Route>(ROUTES).filter(([, { scope }]) => scope !== "public");

/** Where a request seems to come from. */
const FROM = {
  "this machine": {},
  "a proxy on this machine": { "X-Forwarded-For": "203.0.113.9" },
  "a rebound name": { Host: "evil.example" },
} as const;

async function reach(port: number, id: string, route: Route, headers: Record<string, string>): Promise<Answer> {
  const path = route.path.replace(/:(id|key|name)/, "nothing");
  const method = route.method.toUpperCase();
  const type = id === "sendBackupPart" ? "application/vnd.sqlite3" : "application/json";
  const writes = route.method !== "get" && { "Content-Type": type, "X-Vatio": "1" };
  // A stream never ends: HEAD asks for its head alone.
  return ask(port, path + (QUERIES[id] ?? ""), {
    method: id === "stream" ? "HEAD" : method,
    headers: { ...writes, ...headers },
    ...(BODIES[id] !== undefined && { body: BODIES[id] }),
  });
}

/** Let in, whatever came of it then: there is no device and no token of that name. */
const isLetIn = ({ status }: Answer): boolean => status < 300 || status === 404;

describe("who is let in", () => {
  it("lets each scope do what the table of routes says, and nothing else, wherever it comes from", async () => {
    const api = await startApi({ api: { readsPerMinute: "10000", commandsPerMinute: "10000", failedLogins: "10000" } });
    const tokens = new Map(await Promise.all(SCOPES.map(async (scope) => [scope, await api.token([scope])] as const)));

    const wrong: string[] = [];
    for (const [id, route] of routes) {
      for (const [place, from] of Object.entries<Record<string, string>>(FROM)) {
        for (const [scope, token] of tokens) {
          const name = scope === "control" ? "X-Energy-Token" : "Authorization";
          const value = scope === "control" ? token : `Bearer ${token}`;
          const answer = await reach(api.port, id, route, { ...from, [name]: value });
          const right = scope === route.scope ? isLetIn(answer) : answer.status === 403;
          if (!right) wrong.push(`${scope} at ${id} from ${place}: ${answer.status} ${answer.text}`);
        }
        for (const token of ["vatio_wrong", "", "x"]) {
          const answer = await reach(api.port, id, route, { ...from, "X-Energy-Token": token });
          if (answer.status !== 401) wrong.push(`wrong token at ${id} from ${place}: ${answer.status}`);
        }
        const nobody = await reach(api.port, id, route, from);
        if (nobody.status !== 401) wrong.push(`nobody at ${id} from ${place}: ${nobody.status}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it.each<[string, Record<string, unknown>, (route: Route) => boolean]>([
    ["a fresh install: this machine reads", {}, ({ scope }) => scope === "read"],
    [
      "this machine may control: it reads and controls",
      { localMayControl: true },
      ({ scope }) => scope === "read" || scope === "control",
    ],
  ])("without any token, %s, and nobody else does anything", async (_, settings, mayLocally) => {
    const api = await startApi({ api: settings });
    for (const [id, route] of routes) {
      for (const [place, from] of Object.entries<Record<string, string>>(FROM)) {
        const answer = await reach(api.port, id, route, from);
        const may = place === "this machine" && mayLocally(route);
        expect([id, place, may ? isLetIn(answer) : answer.status]).toEqual([id, place, may || 401]);
      }
    }
  });

  it.each([
    ["Forwarded", "for=203.0.113.9"],
    ["X-Forwarded-For", "203.0.113.9"],
    ["X-Forwarded-Host", "energy.example"],
    ["X-Forwarded-Proto", "https"],
    ["Via", "1.1 proxy"],
    ["X-Real-IP", "203.0.113.9"],
    ["Client-IP", "203.0.113.9"],
    ["Fastly-Client-IP", "203.0.113.9"],
    ["Fly-Client-IP", "203.0.113.9"],
    ["X-ProxyUser-Ip", "203.0.113.9"],
    ["Tailscale-User-Login", "eve@evil.example"],
    ["Front-End-Https", "on"],
    ["Host", "evil.example"],
    ["Host", "localhost.evil.example"],
    ["Host", "evil.example@localhost"],
    ["Host", "192.168.1.20:1880"],
    ["Host", "[::2]"],
    ["Sec-Fetch-Site", "cross-site"],
  ])("does not take a request with %s: %s for one of this machine", async (name, value) => {
    const { port } = await startApi();
    const answer = await ask(port, "/api/energy", { headers: { [name]: value } });
    expect([401, 403]).toContain(answer.status);
    expect(answer.text).not.toContain("consumption");
  });

  it.each(["localhost", "LOCALHOST:1880", "127.0.0.1", "127.0.0.1:8080", "[::1]", "[::1]:1880"])(
    "knows this machine by the name %s",
    async (host) => {
      const { port } = await startApi();
      expect((await ask(port, "/api/energy", { headers: { Host: host } })).status).toBe(200);
    },
  );

  it("refuses with a sentence that says what to do, in the asker's language", async () => {
    const { port, token } = await startApi();
    const fresh = await ask(port, "/api/v1/state", {
      headers: { Host: "evil.example", "Accept-Language": "es-MX,es;q=0.9" },
    });
    expect(fresh.headers["content-type"]).toContain("application/problem+json");
    expect(fresh.headers["www-authenticate"]).toContain("Bearer");
    expect(fresh.json<ProblemDoc>()).toMatchObject({ status: 401, code: "not-logged-in", title: "Sin identificar" });
    expect(fresh.json<ProblemDoc>().detail).toContain("energy-api");

    await token(["read"]);
    const later = await ask(port, "/api/v1/state", { headers: { "Accept-Language": "en" } });
    expect(later.json<ProblemDoc>().detail).toContain("Log in with a token");
  });

  it("lets an expired and a revoked token in no more, nor the sessions that began with them", async () => {
    const { port, token } = await startApi();
    const admin = { Authorization: `Bearer ${await token(["admin"])}` };
    const soon = await token(["read"], Date.now() + 1500);
    const revoked = await token(["read"]);
    const cookies = await Promise.all([soon, revoked].map((secret) => logIn(port, secret)));
    for (const cookie of cookies) expect((await ask(port, "/api/energy", { headers: { cookie } })).status).toBe(200);

    const list = (await ask(port, "/api/v1/tokens", { headers: admin })).json<{ id: string; name: string }[]>();
    const last = list.at(-1);
    const gone = await ask(port, `/api/v1/tokens/${last?.id}`, {
      method: "DELETE",
      headers: { ...admin, "X-Vatio": "1", "Content-Type": "application/json" },
    });
    expect(gone.status).toBe(204);
    const first = { headers: { cookie: cookies[0] ?? "" } };
    await until("the token's end", async () => (await ask(port, "/api/energy", first)).status === 401);
    for (const cookie of cookies) expect((await ask(port, "/api/energy", { headers: { cookie } })).status).toBe(401);
    for (const secret of [soon, revoked]) {
      expect((await ask(port, "/api/energy", { headers: { Authorization: `Bearer ${secret}` } })).status).toBe(401);
    }
  });

  it("lets whoever passes httpNodeAuth do everything, and asks for the password even where Node-RED did not", async () => {
    const settings = { httpNodeAuth: { user: "ana", pass: hashSync("secreto", 8) } };
    const { port } = await startApi({ settings });
    const basic = (text: string) => ({ Authorization: `Basic ${Buffer.from(text).toString("base64")}` });

    const state = await ask(port, "/api/v1/state", { headers: { ...basic("ana:secreto"), Host: "energy.example" } });
    expect(state.json<{ scopes: string[] }>().scopes).toEqual(["read", "ingest", "control", "admin"]);
    const made = await ask(port, "/api/v1/tokens", {
      headers: { ...basic("ana:secreto"), Host: "energy.example" },
      body: { name: "x", scopes: ["read"] },
    });
    expect(made.status).toBe(201);

    for (const text of ["ana:wrong", "eve:secreto", "ana", ":", "ana:secreto:"]) {
      expect((await ask(port, "/api/v1/state", { headers: basic(text) })).status).toBe(401);
    }
    expect((await ask(port, "/api/v1/state")).status).toBe(401);
  });

  it("lets the local network read under the names it was told, and no more", async () => {
    const { port } = await startApi({ api: { lanMayRead: true, lanHosts: "energy.local, 192.168.1.20" } });
    const from = (Host: string, more = {}) => ({ headers: { Host, ...more } });
    expect((await ask(port, "/api/energy", from("energy.local:1880"))).status).toBe(200);
    expect((await ask(port, "/api/energy", from("192.168.1.20"))).status).toBe(200);
    expect((await ask(port, "/api/energy", from("evil.example"))).status).toBe(401);
    expect((await ask(port, "/api/energy", from("energy.local", { Via: "1.1 x" }))).status).toBe(401);
    expect((await ask(port, "/api/alert", { ...from("energy.local"), body: { message: "x" } })).status).toBe(401);
  });
});

describe("a request that changes something", () => {
  const change = async ({ port }: RunningApi, headers: Record<string, string>, body = '{"message":"x"}') =>
    (await ask(port, "/api/alert", { method: "POST", headers, body })).status;

  it("must come from our own page or a program, in JSON, with our header", async () => {
    const api = await startApi({ api: { localMayControl: true } });
    const good = { "Content-Type": "application/json", "X-Vatio": "1" };
    const here = `127.0.0.1:${api.port}`;
    expect(await change(api, good)).toBe(202);
    expect(await change(api, { ...good, Origin: `http://${here}`, "Sec-Fetch-Site": "same-origin" })).toBe(202);

    expect(await change(api, { "Content-Type": "application/json" })).toBe(403);
    expect(await change(api, { ...good, Origin: "https://evil.example" })).toBe(403);
    expect(await change(api, { ...good, Origin: "null" })).toBe(403);
    expect(await change(api, { ...good, Origin: `http://127.0.0.1:${api.port + 1}` })).toBe(403);
    expect(await change(api, { ...good, "Sec-Fetch-Site": "cross-site" })).toBe(403);
    expect(await change(api, { ...good, "Sec-Fetch-Site": "same-site" })).toBe(403);
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]) {
      expect(await change(api, { "X-Vatio": "1", "Content-Type": type })).toBe(415);
    }
  });

  it("is refused to a session from another site's page, and to a form", async () => {
    const api = await startApi();
    const cookie = await logIn(api.port, await api.token(["control"]));
    const good = { cookie, "Content-Type": "application/json", "X-Vatio": "1" };
    expect(await change(api, good)).toBe(202);
    expect(await change(api, { ...good, Origin: "https://evil.example" })).toBe(403);
    expect(await change(api, { cookie, "Content-Type": "application/json" })).toBe(403);
    expect(await change(api, { cookie, "X-Vatio": "1", "Content-Type": "application/x-www-form-urlencoded" })).toBe(
      415,
    );
  });

  it("is refused with a body above 64 kB, and with one that is not what the schema says", async () => {
    const { port, site } = await startApi({ api: { localMayControl: true } });
    const post = (body: unknown) => ask(port, "/api/alert", { body });
    const raw = (body: string) =>
      ask(port, "/api/alert", {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-Vatio": "1" },
        body,
      });

    expect((await post({ message: "x".repeat(70_000) })).status).toBe(413);
    for (const [body, field] of [
      ["{", "body"],
      ["[]", "body"],
      ["", "message"],
      ['"text"', "body"],
      ["{}", "message"],
      ['{"message":"x","__proto__":{"severity":"critical"}}', "__proto__"],
      ['{"message":"x","constructor":{"prototype":{"polluted":1}}}', "constructor"],
      ['{"message":"x","severity":"fatal"}', "severity"],
      ['{"message":{"toString":"x"}}', "message"],
      ['{"message":"x","channels":["none-such"]}', "channels"],
      ['{"message":"x","channels":"all"}', "channels"],
    ] as const) {
      const answer = await raw(body);
      expect([body, answer.status, answer.json<ProblemDoc>().field]).toEqual([body, 400, field]);
    }
    expect("polluted" in {}).toBe(false);
    expect(await site.store.alerts({ limit: 10 })).toEqual([]);
  });
});

it("lets no flood of reads queue up before what is stored", async () => {
  const { port, site } = await startApi({ api: { readsPerMinute: "10000" } });
  const at = site.now() - 3_600_000;
  const many = Array.from({ length: 100_000 }, (_, index) => ({ meter: "grid", at: at + index, powerW: index }));
  const stored = site.store.append({ readings: many });
  const answers = await Promise.all(Array.from({ length: 150 }, () => ask(port, "/api/energy?limit=1")));
  await stored;
  const statuses = answers.map(({ status }) => status);
  expect(new Set(statuses)).toEqual(new Set([200, 429]));
  expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(102);
  expect(answers.find(({ status }) => status === 429)?.headers["retry-after"]).toBe("2");
});

describe("logging in", () => {
  it("gives a session cookie that no script and no other site can use, and takes it back", async () => {
    const { port, token, site } = await startApi();
    const secret = await token(["read"]);
    const answer = await ask(port, "/energy/login", { body: { token: secret } });
    expect(answer.status).toBe(204);
    expect(answer.text).toBe("");
    const [header = ""] = answer.headers["set-cookie"] ?? [];
    expect(header).toMatch(/^vatio_session=[\w-]{43}; Max-Age=\d+; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Strict$/);

    const cookie = header.split(";")[0] ?? "";
    const stored = JSON.stringify([await site.store.sessions(), await site.store.tokens()]);
    expect(stored).not.toContain(cookie.split("=")[1]);
    expect(stored).not.toContain(secret);

    expect((await ask(port, "/api/energy", { headers: { cookie } })).status).toBe(200);
    expect((await ask(port, "/energy/logout", { headers: { cookie }, body: {} })).status).toBe(204);
    expect((await ask(port, "/api/energy", { headers: { cookie } })).status).toBe(401);
  });

  it.each([
    ["https", true],
    ["https, http", true],
    ["http", false],
  ])("keeps the cookie to HTTPS where a proxy says that the browser speaks %s: %s", async (proto, secure) => {
    const { port, token } = await startApi();
    const headers = { "X-Forwarded-Proto": proto };
    const answer = await ask(port, "/energy/login", { headers, body: { token: await token(["read"]) } });
    expect(answer.headers["set-cookie"]?.[0]?.includes("; Secure")).toBe(secure);
  });

  it("is refused after ten wrong tokens, the right one included, and wrong tokens elsewhere count too", async () => {
    const { port, token } = await startApi();
    const secret = await token(["read"]);
    for (let n = 0; n < 5; n += 1) {
      expect((await ask(port, "/energy/login", { body: { token: `vatio_${n}` } })).status).toBe(401);
      expect((await ask(port, "/api/energy", { headers: { "X-Energy-Token": `vatio_${n}` } })).status).toBe(401);
    }
    const refused = await ask(port, "/energy/login", { body: { token: secret } });
    expect(refused.status).toBe(429);
    expect(Number(refused.headers["retry-after"])).toBeGreaterThan(500);
    expect((await ask(port, "/api/energy", { headers: { "X-Energy-Token": "vatio_x" } })).status).toBe(429);
    // A program with the right token is not locked out by a neighbour with a wrong one.
    expect((await ask(port, "/api/energy", { headers: { "X-Energy-Token": secret } })).status).toBe(200);
  });

  it("never takes a token from the address", async () => {
    const { port, token } = await startApi();
    const secret = await token(["read"]);
    for (const name of ["token", "apikey", "access_token"]) {
      expect((await ask(port, `/api/energy?${name}=${secret}`)).status).toBe(401);
    }
  });
});

async function logIn(port: number, token: string): Promise<string> {
  const answer = await ask(port, "/energy/login", { body: { token } });
  return answer.headers["set-cookie"]?.[0]?.split(";")[0] ?? "";
}
