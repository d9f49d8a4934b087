import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Notification } from "../../../../lib/alerts/channels/channel";
import presets from "../../../../lib/alerts/channels/presets.json";
import { makeWebhook, type WebhookNetwork } from "../../../../lib/alerts/channels/webhook";
import type { WebhookSettings } from "../../../../lib/alerts/channels/channel-settings";
import { startReceiver, type HttpReceiver } from "../../../support/http-receiver";

const NOTE: Notification = {
  title: 'The "grid"',
  message: "4 kW\nnow & here",
  severity: "warning",
  meter: "grid",
  site: "Casa señorial",
};
const SECRET = "t0p:s3cret/&?";
let receiver: HttpReceiver;

beforeEach(async () => void (receiver = await startReceiver()));
afterEach(async () => await receiver.close());

const settings = (more: Partial<WebhookSettings> = {}): WebhookSettings => ({
  kind: "webhook",
  id: "phone",
  url: `http://127.0.0.1:${receiver.port}/hook`,
  method: "POST",
  headers: {},
  contentType: "application/json",
  body: '{"text": "{{title}}: {{message}}", "key": "{{secret}}"}',
  secret: SECRET,
  ...more,
});
/** Lets a test reach this machine, and nothing else. */
const HERE: Partial<WebhookNetwork> = {
  allowed: (address) => address === "127.0.0.1",
  resolve: async () => [{ address: "127.0.0.1", family: 4 }],
};
const send = (more: Partial<WebhookSettings> = {}, network: Partial<WebhookNetwork> = HERE): Promise<void> =>
  makeWebhook(settings(more), network).send(NOTE);

describe("a webhook", () => {
  it("posts its body, escaped for JSON", async () => {
    await send();
    const [got] = receiver.received;
    expect(got).toMatchObject({ method: "POST", url: "/hook", headers: { "content-type": "application/json" } });
    expect(JSON.parse(got!.body)).toEqual({ text: 'The "grid": 4 kW\nnow & here', key: SECRET });
  });

  it("fills in path, query and headers, each in its own way", async () => {
    await send({
      url: `http://127.0.0.1:${receiver.port}/bot{{secret}}/send?text={{message}}`,
      headers: { "X-Site": "{{site}}" },
    });
    const [got] = receiver.received;
    expect(got!.url).toBe("/bott0p:s3cret%2F%26%3F/send?text=4%20kW%0Anow%20%26%20here");
    expect(Buffer.from(String(got!.headers["x-site"]), "latin1").toString()).toBe("Casa señorial");
  });

  it("encodes Basic credentials that are written as user:password", async () => {
    await send({ headers: { Authorization: "Basic {{secret}}" }, secret: "AC1:pässword" });
    expect(receiver.received[0]!.headers.authorization).toBe(`Basic ${Buffer.from("AC1:pässword").toString("base64")}`);
  });

  it("sends no body with GET", async () => {
    await send({ method: "GET" });
    expect(receiver.received).toMatchObject([{ method: "GET", body: "" }]);
    expect(receiver.received[0]!.headers).not.toHaveProperty("content-type");
  });

  it("does not follow a redirect", async () => {
    receiver.answer = { status: 302, headers: { location: `http://127.0.0.1:${receiver.port}/other` } };
    await expect(send()).rejects.toThrow(/redirect/);
    expect(receiver.received).toHaveLength(1);
  });

  it.each([
    [500, "channel-failed"],
    [503, "channel-failed"],
    [429, "channel-failed"],
    [401, "invalid-config"],
    [404, "invalid-config"],
  ])("after HTTP %i fails as %s", async (status, code) => {
    receiver.answer = { status };
    await expect(send()).rejects.toMatchObject({ code, field: "phone" });
  });

  it("gives up on a receiver that never answers", async () => {
    receiver.answer = "nothing";
    await expect(send({}, { ...HERE, timeoutMs: 50 })).rejects.toMatchObject({
      code: "channel-failed",
      message: expect.stringContaining("in time"),
    });
  });

  it("gives up on a resolver that never answers", async () => {
    const never = { ...HERE, timeoutMs: 50, resolve: () => new Promise<never>(() => undefined) };
    await expect(send({ url: "http://host.example/" }, never)).rejects.toMatchObject({ code: "channel-failed" });
  });

  it.each([
    ["an HTTP error", async () => void (receiver.answer = { status: 500 })],
    ["a refused connection", async () => await receiver.close()],
    ["a redirect", async () => void (receiver.answer = { status: 301 })],
  ])("tells neither secret nor path in %s", async (_, break_) => {
    const url = `http://127.0.0.1:${receiver.port}/bot{{secret}}/private?k={{secret}}`;
    await break_();
    const error: Error = await send({ url }).then(
      () => new Error("was sent"),
      (caught: unknown) => caught as Error,
    );
    const told = JSON.stringify([error.message, error.cause, error.stack]);
    expect(told).toContain("127.0.0.1");
    for (const hidden of [SECRET, encodeURIComponent(SECRET), "s3cret", "private"]) expect(told).not.toContain(hidden);
    if (receiver.received.length === 0) receiver = await startReceiver();
  });
});

describe("a webhook's way", () => {
  it.each([
    "http://127.0.0.1:PORT/",
    "http://localhost:PORT/",
    "http://2130706433:PORT/",
    "http://0x7f000001:PORT/",
    "http://0177.0.0.1:PORT/",
    "http://127.1:PORT/",
    "http://[::1]:PORT/",
    "http://[::ffff:127.0.0.1]:PORT/",
    "http://[::]:PORT/",
    "http://0.0.0.0:PORT/",
    "http://169.254.169.254/latest/meta-data/",
    "http://[fe80::1]/",
  ])("does not lead to %s", async (url) => {
    await expect(send({ url: url.replace("PORT", String(receiver.port)) }, {})).rejects.toMatchObject({
      code: "forbidden",
    });
    expect(receiver.received).toEqual([]);
  });

  it("resolves a name once and goes where it was allowed to, with the name as its host", async () => {
    let asked = 0;
    const rebinding: Partial<WebhookNetwork> = {
      ...HERE,
      resolve: async () => [{ address: asked++ === 0 ? "127.0.0.1" : "169.254.169.254", family: 4 }],
    };
    await send({ url: `http://receiver.example:${receiver.port}/hook` }, rebinding);
    expect(asked).toBe(1);
    expect(receiver.received[0]!.headers.host).toBe(`receiver.example:${receiver.port}`);
  });

  it("passes over the forbidden addresses of a name", async () => {
    const mixed = {
      ...HERE,
      resolve: async () => [
        { address: "169.254.169.254", family: 4 },
        { address: "127.0.0.1", family: 4 },
      ],
    };
    await send({ url: `http://receiver.example:${receiver.port}/hook` }, mixed);
    expect(receiver.received).toHaveLength(1);
  });

  it.each([
    ["a name that leads inside", { resolve: async () => [{ address: "::ffff:169.254.169.254", family: 6 }] }],
    ["a name that leads nowhere", { resolve: async () => [] }],
  ])("does not follow %s", async (_, network) => {
    await expect(send({ url: `http://receiver.example:${receiver.port}/` }, network)).rejects.toMatchObject({
      code: "forbidden",
    });
  });

  it.each([
    "file:///etc/passwd",
    "gopher://host.example/",
    "javascript:1",
    "//host.example/",
    "ftp://host.example/",
    "http://{{secret}}/",
    "http:///{{severity}}/",
    "http://user:word@host.example/",
    "http://",
    "http://[bad/",
  ])("is refused as %s", async (url) => {
    await expect(send({ url })).rejects.toMatchObject({ code: "invalid-config", field: "phone" });
  });
});

it("tells whom, and logs in with user and password", async () => {
  await send({
    headers: { Authorization: "Basic {{user}}:{{secret}}" },
    contentType: "application/x-www-form-urlencoded",
    body: "To={{to}}",
    to: "+34600000000",
    user: "AC1",
    secret: "pässword",
  });

  const { headers, body } = receiver.received[0]!;
  expect(headers.authorization).toBe(`Basic ${Buffer.from("AC1:pässword").toString("base64")}`);
  expect(body).toBe("To=%2B34600000000");
});

describe("the presets", () => {
  it.each(presets.map((preset) => [preset.name, preset] as const))(
    "%s sends what its content type says",
    async (_, preset) => {
      const url = `http://127.0.0.1:${receiver.port}${new URL(preset.url.replaceAll("{{secret}}", "SECRET")).pathname.replace("SECRET", "{{secret}}")}`;
      await send({ ...preset, method: "POST", url, headers: preset.headers });
      const { body, headers } = receiver.received[0]!;
      const texts =
        headers["content-type"] === "application/json"
          ? Object.values(JSON.parse(body) as Record<string, string>)
          : [...new URLSearchParams(body).values()];
      expect(texts.join("\n")).toContain('The "grid"');
      expect(JSON.stringify([receiver.received])).toContain(preset.headers.Authorization ? "Basic " : "s3cret");
    },
  );
});
