import type { IncomingMessage, ServerResponse } from "node:http";
import { describe, expect, it } from "vitest";
import type { DeviceDoc, MadeTokenDoc, ProblemDoc, SeriesDoc, SimpleReadingDoc, StateDoc } from "../../lib/api/types";
import type { Site } from "../../lib/site/site";
import energyApi from "../../nodes/energy-api/energy-api";
import energySite from "../../nodes/energy-site/energy-site";
import { startApi } from "../support/api-flow";
import { startFlow, until } from "../support/flow";
import { ask, serve } from "../support/http";

/** A reading a second, ending now, of the powers in turn. */
async function keep(site: Site, meter: string, role: "grid" | "solar" | "load" | "gas", powersW: readonly number[]) {
  site.meters.describe({ key: meter, role, gapLimitMs: 300_000 });
  const now = site.now();
  const readings = powersW.map((powerW, index) => ({ meter, at: now - (powersW.length - 1 - index) * 1000, powerW }));
  await site.keep({ readings });
  return readings;
}

describe("GET /api/energy", () => {
  it("answers the last readings that carry power, newest first, in kW and on the site's clock", async () => {
    const { port, site } = await startApi();
    const readings = await keep(site, "energy/consumption", "load", [1000, 1250, 1234.5678]);
    await keep(site, "boiler gas", "gas", [500]);
    await site.keep({ readings: [{ meter: "energy/consumption", at: site.now() + 1, importWh: 12 }] });

    const answer = await ask(port, "/api/energy");
    expect(answer.headers["content-type"]).toContain("application/json");
    expect(answer.headers["cache-control"]).toBe("private, no-cache");
    const rows = answer.json<SimpleReadingDoc[]>();
    expect(rows.map(({ consumption }) => consumption)).toEqual([1.234568, 1.25, 1]);
    expect(rows.map(({ timestamp }) => Date.parse(timestamp))).toEqual(readings.map(({ at }) => at).reverse());
    expect(rows[0]?.id).toMatch(new RegExp(`^\\d+-${readings[2]?.at}$`));
    expect(rows[0]?.timestamp).toMatch(/\+0[12]:00$/);

    const same = await ask(port, "/api/energy", { headers: { "If-None-Match": String(answer.headers.etag) } });
    expect(same.status).toBe(304);
  });

  it("answers what is newer than `since` only, so that a poll never repeats, however the plus sign was sent", async () => {
    const { port, site } = await startApi();
    const readings = await keep(site, "a", "load", [1, 2, 3, 4]);
    const [, second] = (await ask(port, "/api/energy")).json<SimpleReadingDoc[]>().reverse();
    for (const since of [second?.timestamp ?? "", encodeURIComponent(second?.timestamp ?? "")]) {
      const rows = (await ask(port, `/api/energy?since=${since}`)).json<SimpleReadingDoc[]>();
      expect(rows.map(({ timestamp }) => Date.parse(timestamp))).toEqual([readings[3]?.at, readings[2]?.at]);
    }
    const limited = await ask(port, "/api/energy?limit=1&meter=a");
    expect(limited.json<SimpleReadingDoc[]>().map(({ consumption }) => consumption)).toEqual([0.004]);
  });

  it.each([
    ["limit=0", 400, "limit"],
    ["limit=1001", 400, "limit"],
    ["limit=1.5", 400, "limit"],
    ["limit=", 400, "limit"],
    ["limit=5&limit=6", 400, "limit"],
    ["limit[]=5", 400, "limit"],
    ["limit[$gt]=5", 400, "limit"],
    ["meter[__proto__]=x", 400, "meter"],
    ["since=yesterday", 400, "since"],
    ["since=2026-01-01", 400, "since"],
    ["meter=", 400, "meter"],
    ["colour=blue", 400, "colour"],
    ["meter=none", 404, "meter"],
    ["meter=a%00'; DROP TABLE reading;--", 404, "meter"],
  ])("says what is wrong with ?%s", async (query, status, field) => {
    const { port, site } = await startApi();
    await keep(site, "a", "load", [1]);
    const answer = await ask(port, `/api/energy?${query.replaceAll(" ", "%20")}`);
    expect(answer.headers["content-type"]).toContain("application/problem+json");
    expect(answer.json<ProblemDoc>()).toMatchObject({ status, field });
  });
});

describe("POST /api/alert", () => {
  it("stores the alert, puts it on the output and answers its id at once", async () => {
    const { flow, port, site } = await startApi({ api: { localMayControl: true } });
    const answer = await ask(port, "/api/alert", {
      body: { message: "Door\r\nBcc: x@evil.example", severity: "critical", meter: "grid" },
    });
    expect(answer.status).toBe(202);
    const { id } = answer.json<{ id: string }>();

    await until("the message", () => flow.received("out").length === 1);
    expect(flow.received("out")[0]).toMatchObject({
      topic: "grid",
      payload: { id, severity: "critical", message: "Door\r\nBcc: x@evil.example", rule: "api" },
    });
    expect(await site.store.alerts({ limit: 5 })).toMatchObject([{ id, meter: "grid" }]);
    const state = (await ask(port, "/api/v1/state")).json<StateDoc>();
    expect(state.alerts).toMatchObject([{ id, severity: "critical", kind: "posted" }]);
  });
});

describe("the full API", () => {
  it("answers a state with today's energy, its cost and what the house uses", async () => {
    const { port, site } = await startApi();
    await keep(site, "grid", "grid", [2000, 2000]);
    await keep(site, "roof", "solar", [-500, -500]);
    const state = (await ask(port, "/api/v1/state")).json<StateDoc>();
    expect(state).toMatchObject({
      site: { name: "Home", timeZone: "Europe/Madrid", kind: "home" },
      power: { homeKw: 2.5, gridKw: 2, solarKw: 0.5 },
      scopes: ["read"],
      devices: [],
    });
    expect(state.today.usedKwh).toBeCloseTo(2.5 / 3600, 5);
    expect(state.meters.map(({ key, kw, stale }) => [key, kw, stale])).toEqual([
      ["grid", 2, false],
      ["roof", -0.5, false],
    ]);
  });

  it("keeps minima and maxima of a line of few points", async () => {
    const { port, site } = await startApi();
    const readings = await keep(
      site,
      "a",
      "load",
      Array.from({ length: 500 }, (_, n) => (n === 250 ? 9000 : n === 251 ? 0 : 1000)),
    );
    const span = {
      from: new Date((readings[0]?.at ?? 0) - 1).toISOString(),
      to: new Date(site.now() + 1000).toISOString(),
    };
    const get = async (more: Record<string, string>) =>
      ask(port, `/api/v1/readings?${new URLSearchParams({ ...span, ...more }).toString()}`);

    const [line] = (await get({ points: "20" })).json<SeriesDoc>().series;
    expect(line?.kw.length).toBeLessThanOrEqual(20);
    expect([Math.max(...(line?.kw ?? [])), Math.min(...(line?.kw ?? []))]).toEqual([9, 0]);
    expect((await get({ meters: "a" })).json<SeriesDoc>().series[0]?.at).toHaveLength(500);
    expect((await get({ meters: "a,none" })).json<ProblemDoc>()).toMatchObject({ status: 404, field: "meters" });
    expect((await get({ from: "1926-01-01T00:00:00Z" })).json<ProblemDoc>()).toMatchObject({
      status: 400,
      field: "from",
    });
    expect((await get({ to: span.from })).json<ProblemDoc>()).toMatchObject({ status: 400, field: "from" });
    expect((await get({ points: "11001" })).json<ProblemDoc>()).toMatchObject({ status: 400, field: "points" });
  });

  it("passes a command on without waiting for the device, ten times a minute", async () => {
    const { port, site } = await startApi({ api: { localMayControl: true } });
    const commands: boolean[] = [];
    const never = new Promise<void>(() => undefined);
    const device = (id: string) => ({
      id,
      state: () => ({ id, name: id, state: "off" as const, pending: { on: true, since: site.now() } }),
      command: (on: boolean) => (commands.push(on), never),
    });
    site.devices.offer(device("heater/1"));
    site.devices.offer(device("fridge"));
    const command = (id: string, body: unknown = { on: true }) =>
      ask(port, `/api/v1/devices/${encodeURIComponent(id)}/commands`, { body });

    const answer = await command("heater/1");
    expect(answer.status).toBe(202);
    expect(answer.json<DeviceDoc>()).toMatchObject({ id: "heater/1", state: "off", pending: { on: true } });
    expect((await command("none")).status).toBe(404);
    expect((await command("fridge", { on: "yes" })).json<ProblemDoc>()).toMatchObject({ status: 400, field: "on" });

    for (let n = 1; n < 10; n += 1) expect((await command("heater/1")).status).toBe(202);
    const refused = await command("heater/1");
    expect([refused.status, refused.headers["retry-after"]]).toEqual([429, "60"]);
    expect((await command("fridge")).status).toBe(202);
    expect(commands).toHaveLength(11);
  });

  it("shows a token once, and never again", async () => {
    const { port, token } = await startApi();
    const headers = { Authorization: `Bearer ${await token(["admin"])}` };
    const made = await ask(port, "/api/v1/tokens", { headers, body: { name: "Tablet", scopes: ["read", "read"] } });
    expect([made.status, made.headers["cache-control"]]).toEqual([201, "no-store"]);
    const { token: secret, ...doc } = made.json<MadeTokenDoc>();
    expect(secret).toMatch(/^vatio_[\w-]{43}$/);

    const used = await ask(port, "/api/energy", { headers: { "X-Energy-Token": secret } });
    expect(used.status).toBe(200);
    const list = await ask(port, "/api/v1/tokens", { headers });
    expect(list.text).not.toContain(secret);
    expect(list.text).not.toContain("hash");
    expect(list.json<unknown[]>()[1]).toMatchObject({
      ...doc,
      scopes: ["read"],
      lastUsedAt: expect.any(String) as string,
    });
    const past = await ask(port, "/api/v1/tokens", {
      headers,
      body: { name: "x", scopes: ["read"], expiresAt: "2020-01-01T00:00:00Z" },
    });
    expect(past.json<ProblemDoc>()).toMatchObject({ status: 400, field: "expiresAt" });
  });

  it("limits reads a minute, each asker for itself", async () => {
    const { port, token } = await startApi({ api: { readsPerMinute: "3" } });
    const [one, other] = await Promise.all([token(["read"]), token(["read"])]);
    const read = async (secret: string) =>
      (await ask(port, "/api/energy", { headers: { "X-Energy-Token": secret } })).status;
    expect([await read(one), await read(one), await read(one), await read(one)]).toEqual([200, 200, 200, 429]);
    expect(await read(other)).toBe(200);
  });

  it("describes every route in an OpenAPI document", async () => {
    const { port } = await startApi();
    const document = (await ask(port, "/api/v1/openapi.json")).json<{
      openapi: string;
      paths: Record<string, unknown>;
    }>();
    expect(document.openapi).toBe("3.1.0");
    expect(Object.keys(document.paths)).toContain("/api/v1/devices/{id}/commands");
  });

  it.each([
    "/api/v1",
    "/api/v1/",
    "/api/v1/nothing",
    "/api/v1/state/more",
    "/energy/assets/nothing.js",
    "/energy/assets/..%2f..%2findex.html",
  ])("answers a problem at %s, where there is nothing", async (path) => {
    const { port } = await startApi();
    const answer = await ask(port, path);
    expect([answer.status, answer.headers["content-type"]]).toEqual([404, "application/problem+json; charset=utf-8"]);
  });

  it("answers a problem to an address that cannot be decoded", async () => {
    const { port } = await startApi({ api: { localMayControl: true } });
    expect((await ask(port, "/api/v1/devices/%E0%A4%A/commands", { body: { on: true } })).status).toBe(400);
  });
});

describe("beside other people's pages", () => {
  const answering = (text: string) => (_: IncomingMessage, res: ServerResponse) => void res.end(text);

  it("puts its headers on its own answers and on no others", async () => {
    const { flow, port } = await startApi();
    flow.RED.httpNode.get(
      ["/energy/mine", "/energyx", "/api/energy/mine", "/api/other", "/"],
      answering("theirs") as never,
    );
    for (const path of ["/energy/mine", "/energyx", "/api/energy/mine", "/api/other", "/"]) {
      const answer = await ask(port, path);
      expect([path, answer.text, answer.headers["content-security-policy"]]).toEqual([path, "theirs", undefined]);
      expect(answer.headers).not.toHaveProperty("x-content-type-options");
      expect(answer.headers).not.toHaveProperty("referrer-policy");
      expect(answer.headers).not.toHaveProperty("cache-control");
    }

    const own = await ask(port, "/api/energy");
    expect(own.headers["content-security-policy"]).toBe(
      "default-src 'none';script-src 'self';style-src 'self';img-src 'self' data:;connect-src 'self';manifest-src 'self';" +
        "worker-src 'self';base-uri 'none';form-action 'self';frame-ancestors 'self';require-trusted-types-for 'script';" +
        "trusted-types lit-html vatio",
    );
    expect(own.headers).toMatchObject({ "x-content-type-options": "nosniff", "referrer-policy": "no-referrer" });
    const ours = [
      "strict-transport-security",
      "x-frame-options",
      "access-control-allow-origin",
      "x-xss-protection",
      "origin-agent-cluster",
    ];
    for (const name of ours) expect(own.headers).not.toHaveProperty(name);
  });

  it("applies httpNodeMiddleware by itself", async () => {
    const httpNodeMiddleware = (req: IncomingMessage, res: ServerResponse, next: () => void) => {
      if (req.headers["x-stop"]) res.writeHead(418).end();
      else next();
    };
    const { port } = await startApi({ settings: { httpNodeMiddleware } });
    expect((await ask(port, "/api/energy")).status).toBe(200);
    expect((await ask(port, "/api/energy", { headers: { "X-Stop": "1" } })).status).toBe(418);
  });

  it("works under another root, and its cookie is for that root", async () => {
    const { flow, token } = await startApi();
    const { default: express } = await import("express");
    const port = await serve(express().use("/red", flow.RED.httpNode as never));
    expect((await ask(port, "/red/api/energy")).status).toBe(200);
    const secret = await token(["read"]);
    const answer = await ask(port, "/red/energy/login", { body: { token: secret } });
    expect(answer.headers["set-cookie"]?.[0]).toContain("Path=/red;");
  });

  it("has one router, however often it is deployed, and none that answers when no node is left", async () => {
    const { flow, port } = await startApi();
    const layers = () => (flow.RED.httpNode as unknown as { _router: { stack: unknown[] } })._router.stack.length;
    const before = layers();
    const { default: helper } = await import("node-red-node-test-helper");
    const deployed = (name: string) => [
      { id: "tab", type: "tab" },
      { id: "site", type: "energy-site", name: "Home", zone: "Europe/Madrid" },
      { id: "api", type: "energy-api", site: "site", name, z: "tab", x: 1, y: 1, wires: [] },
    ];
    for (let n = 0; n < 100; n += 1) await helper.setFlows(deployed(`${n}`), "nodes");
    expect(flow.node("api").name).toBe("99");
    expect(layers()).toBe(before);
    expect((await ask(port, "/api/energy")).status).toBe(200);

    await helper.setFlows([{ id: "tab", type: "tab" }] as never, "nodes");
    const gone = await ask(port, "/api/energy");
    expect([gone.status, gone.headers["content-security-policy"]]).toEqual([404, "default-src 'none'"]);
  });

  it("lets the first of several nodes answer and the next take over", async () => {
    const site = { id: "site", type: "energy-site", name: "First" };
    const other = { id: "site2", type: "energy-site", name: "Second" };
    const flow = await startFlow(
      [energySite, energyApi],
      [
        site,
        other,
        { id: "one", type: "energy-api", site: "site", wires: [] },
        { id: "two", type: "energy-api", site: "site2", wires: [] },
      ],
    );
    const port = await serve(flow.RED.httpNode);
    const name = async () => (await ask(port, "/api/v1/state")).json<StateDoc>().site.name;
    await until("both statuses", () => flow.status("one") !== undefined && flow.status("two") !== undefined);
    expect([await name(), flow.status("two")?.fill]).toEqual(["First", "yellow"]);
    await flow.node("one").close(false);
    expect(await name()).toBe("Second");
  });
});
