import { afterEach, describe, expect, it } from "vitest";
import { makeEmail } from "../../../../lib/alerts/channels/email";
import type { Notification } from "../../../../lib/alerts/channels/channel";
import type { EmailSettings } from "../../../../lib/alerts/channels/channel-settings";
import { startMailServer, type MailServer } from "../../../support/mail-server";

const NOTE: Notification = {
  title: "grid: 4 kW",
  message: "Por encima del límite",
  severity: "warning",
  meter: "grid",
  site: "Casa",
};
let server: MailServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

const settings = (more: Partial<EmailSettings> = {}): EmailSettings => ({
  kind: "email",
  id: "mail",
  host: "127.0.0.1",
  port: server?.port ?? 1,
  secure: false,
  from: "vatio@home.example",
  to: "one@home.example, two@home.example",
  ...more,
});

describe("an e-mail", () => {
  it("reaches everyone named, in plain text", async () => {
    server = await startMailServer();
    await makeEmail(settings()).send(NOTE);
    expect(server.mails).toMatchObject([{ from: "vatio@home.example", to: ["one@home.example", "two@home.example"] }]);
    expect(server.mails[0]!.source).toMatch(/^Subject: Casa: grid: 4 kW$/m);
    expect(server.mails[0]!.source).toMatch(/^Content-Type: text\/plain; charset=utf-8$/m);
    expect(server.mails[0]!.source).toContain("Por encima del l=C3=ADmite");
  });

  it("takes no header from a name", async () => {
    server = await startMailServer();
    await makeEmail(settings()).send({ ...NOTE, site: "Casa\r\nBcc: evil@evil.example", title: "x\nX-Evil: 1" });
    expect(server.mails[0]!.to).toHaveLength(2);
    expect(server.mails[0]!.source).not.toMatch(/^(Bcc|X-Evil):/im);
  });

  it("logs in where a user is set", async () => {
    const seen: string[] = [];
    server = await startMailServer({
      onAuth: ({ username, password }, _, done) => {
        seen.push(`${username} ${password}`);
        done(null, { user: username });
      },
    });
    await makeEmail(settings({ user: "vatio", password: "s3cret" })).send(NOTE);
    expect(seen).toEqual(["vatio s3cret"]);
  });

  it("says that the password is wrong, not what it is, and that trying again is no use", async () => {
    server = await startMailServer({
      onAuth: ({ password }, _, done) => done(new Error(`no such password: ${password}`)),
    });
    const sending = makeEmail(settings({ user: "vatio", password: "s3cret" })).send(NOTE);
    await expect(sending).rejects.toMatchObject({
      code: "invalid-config",
      field: "mail",
      message: expect.not.stringContaining("s3cret"),
    });
  });

  it("does not repeat how the password was sent, when a server does", async () => {
    const sent = Buffer.from("\0vatio\0s3cret").toString("base64");
    server = await startMailServer({ onAuth: (_auth, _session, done) => done(new Error(`bad response ${sent}`)) });
    const sending = makeEmail(settings({ user: "vatio", password: "s3cret" })).send(NOTE);
    await expect(sending).rejects.toMatchObject({ message: expect.not.stringContaining(sent) });
  });

  it("refuses a certificate that nobody vouches for", async () => {
    server = await startMailServer({ secure: true });
    await expect(makeEmail(settings({ secure: true })).send(NOTE)).rejects.toMatchObject({ code: "channel-failed" });
    expect(server.mails).toEqual([]);
  });

  it("gives no password to another machine without encryption", async () => {
    const seen: string[] = [];
    server = await startMailServer({
      onAuth: ({ password }, _, done) => {
        seen.push(password ?? "");
        done(null, { user: "vatio" });
      },
    });
    // The dot makes it a name that the channel does not know for its own machine.
    const sending = makeEmail(settings({ host: "localhost.", user: "vatio", password: "s3cret" })).send(NOTE);
    await expect(sending).rejects.toMatchObject({ code: "channel-failed" });
    expect(seen).toEqual([]);
  });

  it("fails for now where no server listens", async () => {
    await expect(makeEmail(settings()).send(NOTE)).rejects.toMatchObject({ code: "channel-failed" });
  });
});
