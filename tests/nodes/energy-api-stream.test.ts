import { connect, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import type { Site } from "../../lib/site/site";
import type { StateDoc } from "../../lib/api/types";
import { startApi } from "../support/api-flow";
import { until } from "../support/flow";
import { ask } from "../support/http";

interface Event {
  readonly id?: string;
  readonly event?: string;
  readonly data?: unknown;
}

const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

/** A client of the stream that is a bare socket, so that it may also not read. */
function listen(
  port: number,
  { path = "/api/v1/stream", headers = {} }: { path?: string; headers?: Record<string, string> } = {},
) {
  const socket = connect(port, "127.0.0.1");
  sockets.push(socket);
  const lines = Object.entries({ Host: "localhost", ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`GET ${path} HTTP/1.1\r\n${lines.join("")}\r\n`);
  let text = "";
  let ended = false;
  socket.setEncoding("utf8").on("data", (part: string) => (text += part));
  socket.on("error", () => undefined).on("close", () => (ended = true));
  return {
    socket,
    head: () => text.split("\r\n\r\n")[0] ?? "",
    hasEnded: () => ended,
    hasHeard: (words: string) => text.slice(-20_000).includes(words),
    events: (): Event[] => {
      const body = text.slice(text.indexOf("\r\n\r\n")).replace(/\r\n[0-9a-f]+\r\n/g, "");
      return body.split("\n\n").flatMap((block) => {
        const fields = Object.fromEntries(
          block
            .trim()
            .split("\n")
            .map((line) => line.split(/: (.*)/s) as [string, string]),
        );
        return fields.event
          ? { id: fields.id, event: fields.event, data: JSON.parse(fields.data ?? "null") as unknown }
          : [];
      }) as Event[];
    },
  };
}

const say = (site: Site, powerW: number): void =>
  site.live.publish({ kind: "reading", reading: { meter: "grid", at: site.now(), powerW } });

describe("GET /api/v1/stream", () => {
  it("tells readings, alerts and devices as they happen, and lets no compressor or proxy hold them back", async () => {
    const { port, site } = await startApi();
    site.meters.describe({ key: "grid", role: "grid", gapLimitMs: 300_000 });
    const client = listen(port, { headers: { "Accept-Language": "es" } });
    await until("the head", () => client.head().includes("text/event-stream"));
    expect(client.head()).toMatch(/cache-control: no-cache, no-transform/i);
    expect(client.head()).toMatch(/x-accel-buffering: no/i);

    say(site, 1500);
    site.live.publish({ kind: "device", device: { id: "heater", name: "Heater", state: "unknown" } });
    await site.alerts.raise({ rule: "api", kind: "posted", severity: "info", values: {}, message: "one\ntwo" });
    await until("three events", () => client.events().length === 3);
    expect(client.events()).toMatchObject([
      { event: "reading", data: { meter: "grid", role: "grid", kw: 1.5, homeKw: 1.5 } },
      { event: "device", data: { id: "heater", state: "unknown" } },
      { event: "alert", data: { text: "one\ntwo" } },
    ]);
  });

  it("tells nothing of gas, of what was retained and of readings without a power", async () => {
    const { port, site } = await startApi();
    site.meters.describe({ key: "gas", role: "gas", gapLimitMs: 300_000 });
    const client = listen(port);
    await until("the head", () => client.head() !== "");
    const at = site.now();
    site.live.publish({ kind: "reading", reading: { meter: "gas", at, powerW: 1 } });
    site.live.publish({ kind: "reading", reading: { meter: "grid", at, powerW: 1, source: "retained" } });
    site.live.publish({ kind: "reading", reading: { meter: "grid", at, importWh: 1 } });
    say(site, 42);
    await until("the reading", () => client.events().length > 0);
    expect(client.events()).toMatchObject([{ event: "reading", data: { kw: 0.042 } }]);
  });

  it("misses nothing between the state and the stream, nor while a client was away", async () => {
    const { port, site } = await startApi();
    const { lastEventId } = (await ask(port, "/api/v1/state")).json<StateDoc>();
    say(site, 1);
    say(site, 2);
    const first = listen(port, { path: `/api/v1/stream?lastEventId=${lastEventId}` });
    await until("two events", () => first.events().length === 2);
    first.socket.destroy();
    say(site, 3);

    // The header is newer than the address, which the browser repeats.
    const path = `/api/v1/stream?lastEventId=${lastEventId}`;
    const again = listen(port, { path, headers: { "Last-Event-ID": first.events()[1]?.id ?? "" } });
    await until("one event", () => again.events().length === 1);
    expect(again.events()).toMatchObject([{ event: "reading", data: { kw: 0.003 } }]);
  });

  it.each([
    ["of long ago", "1"],
    ["of the future", "9007199254740000"],
  ])("answers an id %s with a reset", async (_, id) => {
    const { port, site } = await startApi();
    const client = listen(port, { path: `/api/v1/stream?lastEventId=${id}` });
    await until("a reset", () => client.events().length === 1);
    expect(client.events()).toEqual([{ id: String(site.live.lastId), event: "reset", data: {} }]);
  });

  it("answers with a reset when more was missed than a client should be sent at once", async () => {
    const { port, site } = await startApi();
    const id = site.live.lastId;
    for (let n = 0; n < 6000; n += 1) say(site, n);
    const client = listen(port, { path: `/api/v1/stream?lastEventId=${id}` });
    await until("a reset", () => client.events().some(({ event }) => event === "reset"));
  });

  it.each(["x", "-1", "1e9", "1&lastEventId=2", "99999999999999999999"])("refuses ?lastEventId=%s", async (id) => {
    const { port } = await startApi();
    expect((await ask(port, `/api/v1/stream?lastEventId=${id}`)).status).toBe(400);
  });

  it("cuts a client that does not read, and keeps no more of it than a megabyte", async () => {
    const { port, site } = await startApi();
    const slow = listen(port);
    const quick = listen(port);
    await until("both heads", () => slow.head() !== "" && quick.head() !== "");
    slow.socket.pause();
    const before = process.memoryUsage().rss;

    const text = "x".repeat(5000);
    for (let n = 0; n < 30; n += 1) {
      for (let m = 0; m < 80; m += 1) {
        site.live.publish({
          kind: "alert",
          alert: { id: `${n}-${m}`, at: 0, rule: "api", kind: "posted", severity: "info", values: {}, message: text },
        });
      }
      await until("the quick one has it all", () => quick.hasHeard(`"${n}-79"`));
    }
    slow.socket.resume();
    await until("the slow one is cut", () => slow.hasEnded());
    expect(quick.hasEnded()).toBe(false);
    expect(process.memoryUsage().rss - before).toBeLessThan(300_000_000);
  });

  it("opens fifty streams for one login, and no more", async () => {
    const { port } = await startApi({ api: { streams: "3" } });
    const clients = [1, 2, 3].map(() => listen(port));
    await until("three heads", () => clients.every((client) => client.head() !== ""));
    expect((await ask(port, "/api/v1/stream")).status).toBe(429);
    clients[0]?.socket.destroy();
    await until("room again", async () => (await ask(port, "/api/v1/stream", { method: "HEAD" })).status === 200);
  });

  it.each(["revoked", "logged out"])("tells nothing more to a login that was %s", async (how) => {
    const { port, site, token } = await startApi();
    const secret = await token(["read"]);
    const admin = { Authorization: `Bearer ${await token(["admin"])}` };
    const login = await ask(port, "/energy/login", { body: { token: secret } });
    const cookie = login.headers["set-cookie"]?.[0]?.split(";")[0] ?? "";
    const client = listen(port, { headers: { cookie } });
    await until("the head", () => client.head() !== "");

    if (how === "revoked") {
      const [read] = (await ask(port, "/api/v1/tokens", { headers: admin })).json<{ id: string }[]>();
      const headers = { ...admin, "X-Vatio": "1", "Content-Type": "application/json" };
      await ask(port, `/api/v1/tokens/${read?.id}`, { method: "DELETE", headers });
    } else await ask(port, "/energy/logout", { headers: { cookie }, body: {} });
    say(site, 1500);
    const later = listen(port, { headers: admin });
    await until("an answer after it", () => later.head() !== "");
    expect(client.events()).toEqual([]);
  });

  it("ends when its node goes", async () => {
    const { flow, port } = await startApi();
    const client = listen(port);
    await until("the head", () => client.head() !== "");
    await flow.node("api").close(false);
    await until(
      "the end",
      () => client.hasEnded() || client.socket.readableEnded || client.head().includes("\r\n0\r\n"),
    );
  });
});
