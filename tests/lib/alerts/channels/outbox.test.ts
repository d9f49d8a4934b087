import { describe, expect, it } from "vitest";
import type { Channel, Notification } from "../../../../lib/alerts/channels/channel";
import { ALONE } from "../../../../lib/storage/leases";
import { openOutbox, type Outbox } from "../../../../lib/alerts/channels/outbox";
import { EnergyError, type ErrorCode } from "../../../../lib/errors";
import type { ChannelSettings } from "../../../../lib/alerts/channels/channel-settings";
import { makeMemory } from "../../../support/memory";
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
function start(
  failures: Record<string, ErrorCode[]>,
  retryDelaysMs: readonly number[] = [1, 1],
  memory = makeMemory(),
) {
  const world = { now: 0 };
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
  const onProblem = (error: Error): void => void problems.push(error);
  const open = (): Outbox =>
    openOutbox({ channels, openChannel, memory, leases: ALONE, now: () => world.now, onProblem, retryDelaysMs });
  return { world, outbox: open(), open, sent, tries, problems, memory };
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

  describe("that is closed before all is sent", () => {
    const HOUR = 3_600_000;
    const interrupted = async () => {
      const started = start({ mail: ["channel-failed"], phone: [] }, [HOUR]);
      for (const title of ["1", "2"]) started.outbox.post({ ...NOTE, title }, ["mail"]);
      await until("the first try", () => started.tries.length === 1);
      await started.outbox.close();
      return started;
    };

    it("ends the try under way and begins no other", async () => {
      const { tries, problems, sent } = await interrupted();
      expect([tries, problems, sent]).toEqual([["mail"], [], []]);
    });

    it("sends the rest after the next start, in order and once", async () => {
      const { open, sent, memory } = await interrupted();
      const next = open();
      await until("the rest is sent", () => sent.length === 2);
      expect(sent).toEqual(["mail 1", "mail 2"]);
      await next.close();
      expect(await memory.recall("outbox")).toEqual({});
      await open().close();
      expect(sent).toHaveLength(2);
    });

    it("sends no news of yesterday", async () => {
      const { world, open, sent, memory } = await interrupted();
      world.now += HOUR;
      const next = open();
      await until("it is forgotten", async () => Object.keys(await memory.recall("outbox")).length === 0);
      await next.close();
      expect(sent).toEqual([]);
    });
  });
});
