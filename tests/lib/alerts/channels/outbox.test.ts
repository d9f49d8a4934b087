import { describe, expect, it } from "vitest";
import type { Channel, Notification } from "../../../../lib/alerts/channels/channel";
import { makeOutbox, type Outbox } from "../../../../lib/alerts/channels/outbox";
import { EnergyError, type ErrorCode } from "../../../../lib/errors";
import type { ChannelSettings } from "../../../../lib/site/site";
import { until } from "../../../support/until";

const NOTE: Notification = { title: "title", message: "", severity: "info", meter: "", site: "Home" };
const settings = (id: string): ChannelSettings => ({
  kind: "email",
  id,
  host: "",
  port: 25,
  secure: false,
  from: "",
  to: "",
});

/** Channels whose tries fail with the codes given, one after the other, and then go well. */
function start(failures: Record<string, ErrorCode[]>, retryDelaysMs: readonly number[] = [1, 1]) {
  const sent: string[] = [];
  const tries: string[] = [];
  const problems: Error[] = [];
  const openChannel = ({ id }: ChannelSettings): Channel => ({
    send: async ({ title }) => {
      tries.push(id);
      await new Promise(setImmediate);
      const code = failures[id]?.shift();
      if (code) throw new EnergyError(code, `${id} failed`);
      sent.push(`${id} ${title}`);
    },
  });
  const channels = Object.keys(failures).map(settings);
  const outbox: Outbox = makeOutbox({
    channels,
    openChannel,
    onProblem: (error) => problems.push(error),
    retryDelaysMs,
  });
  return { outbox, sent, tries, problems };
}

describe("an outbox", () => {
  it("sends through all channels, or through those named", async () => {
    const { outbox, sent } = start({ mail: [], phone: [] });
    outbox.post(NOTE);
    outbox.post({ ...NOTE, title: "two" }, ["phone", "phone"]);
    outbox.post(NOTE, []);
    await until("all are sent", () => sent.length === 3);
    expect(sent.sort()).toEqual(["mail title", "phone title", "phone two"]);
  });

  it("tries three times, and then says so", async () => {
    const { outbox, tries, sent, problems } = start({
      mail: ["channel-failed", "channel-failed", "channel-failed"],
      phone: ["channel-failed", "channel-failed"],
    });
    outbox.post(NOTE);
    await until("both have ended", () => problems.length === 1 && sent.length === 1);
    expect(tries.sort()).toEqual(["mail", "mail", "mail", "phone", "phone", "phone"]);
    expect(sent).toEqual(["phone title"]);
    expect(problems).toMatchObject([{ message: "mail failed" }]);
  });

  it.each<ErrorCode>(["invalid-config", "forbidden"])("does not try again after %s", async (code) => {
    const { outbox, tries, problems } = start({ mail: [code] });
    outbox.post(NOTE);
    await until("it has ended", () => problems.length === 1);
    expect(tries).toHaveLength(1);
  });

  it("keeps the order of one channel, and lets no channel wait for another", async () => {
    const { outbox, sent } = start({ slow: ["channel-failed"], fast: [] }, [100]);
    for (const title of ["1", "2", "3"]) outbox.post({ ...NOTE, title });
    await until("all are sent", () => sent.length === 6);
    expect(sent).toEqual(["fast 1", "fast 2", "fast 3", "slow 1", "slow 2", "slow 3"]);
  });

  it("names a channel that the site has no more", () => {
    const { outbox, problems } = start({ mail: [] });
    outbox.post(NOTE, ["gone"]);
    expect(problems).toMatchObject([{ code: "invalid-config", message: expect.stringContaining("gone") }]);
  });

  it("does not let a storm of alerts fill the memory", async () => {
    const { outbox, problems, sent } = start({ mail: [] });
    for (let index = 0; index < 150; index++) outbox.post(NOTE);
    expect(problems).toHaveLength(50);
    await until("the rest is sent", () => sent.length === 100);
  });

  it("ends the try under way when it closes, and waits for no other", async () => {
    const { outbox, tries, problems } = start({ mail: ["channel-failed"] }, [3_600_000]);
    outbox.post(NOTE);
    await until("the first try", () => tries.length === 1);
    await outbox.close();
    expect(tries).toHaveLength(1);
    expect(problems).toHaveLength(1);
  });
});
