import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { z } from "zod";
import { asError, EnergyError } from "../../errors";
import type { ChannelSettings } from "./channel-settings";
import { SEVERITIES, type MemoryStore } from "../../storage/energy-store";
import type { Leases } from "../../storage/leases";
import type { Channel, Notification } from "./channel";

/** Before the second and the third try. */
const RETRY_DELAYS_MS = [2_000, 15_000] as const;
/** A storm of alerts must not become a storm of mails, nor fill the memory. */
const MAX_WAITING = 100;
/** What could not be sent before a restart is still news for this long. */
const NEWS_MS = 3_600_000;
const OWNER = "outbox";

export interface OutboxParts {
  readonly channels: readonly ChannelSettings[];
  readonly openChannel: (settings: ChannelSettings) => Channel;
  /** Keeps what is not sent yet across restarts. */
  readonly memory: MemoryStore;
  /** One instance sends what those could not that are gone. */
  readonly leases: Leases;
  readonly now: () => number;
  readonly onProblem: (error: Error) => void;
  readonly retryDelaysMs?: readonly number[];
}

/**
 * Sends through channels in the background, one notification at a time each; whoever posts never waits. What a restart
 * interrupts is sent after it: a kill in the wrong instant may send one twice, but loses none that the store has.
 */
export interface Outbox {
  /** To the channels named, all when none is named; one that does not exist is a problem. */
  post(notification: Notification, ids?: readonly string[]): void;
  /** Lets the tries under way end; the rest is for the next start. */
  close(): Promise<void>;
}

/** One notification on its way through one channel. */
interface Letter {
  readonly key: string;
  readonly channel: string;
  readonly at: number;
  readonly notification: Notification;
}

interface Line {
  readonly channel: Channel;
  waiting: number;
  last: Promise<void>;
  /** Apart from sending, which must not wait for a store that is stuck. */
  forgotten: Promise<void>;
}

const KEPT = z.object({
  channel: z.string(),
  /** The instance that sends it. */
  by: z.string(),
  at: z.number(),
  notification: z.object({
    title: z.string(),
    message: z.string(),
    severity: z.enum(SEVERITIES),
    meter: z.string(),
    site: z.string(),
  }),
});

export function openOutbox(parts: OutboxParts): Outbox {
  const { channels, openChannel, memory, leases, now, onProblem, retryDelaysMs = RETRY_DELAYS_MS } = parts;
  const closing = new AbortController();
  const lines = new Map<string, Line>(
    channels.map((settings) => {
      const idle = Promise.resolve();
      return [settings.id, { channel: openChannel(settings), waiting: 0, last: idle, forgotten: idle }];
    }),
  );

  const keep = (key: string, kept: z.infer<typeof KEPT> | undefined): Promise<void> =>
    memory.remember(OWNER, key, kept).catch((error: unknown) => onProblem(asError(error)));

  /** Whether it came to an end, good or bad; closing leaves it open. */
  const deliver = async ({ channel }: Line, notification: Notification): Promise<boolean> => {
    for (const delayMs of [...retryDelaysMs, undefined]) {
      if (closing.signal.aborted) return false;
      const error = await failureOf(channel.send(notification));
      if (!error) return true;
      const passing = error instanceof EnergyError && error.code === "channel-failed";
      if (!passing || delayMs === undefined) {
        onProblem(error);
        return true;
      }
      if (!(await waited(delayMs, closing.signal))) return false;
    }
    return true;
  };

  const queue = (line: Line, { key, notification }: Letter, kept: Promise<void>): void => {
    line.waiting += 1;
    line.last = line.last.then(async () => {
      const ended = await deliver(line, notification);
      line.waiting -= 1;
      if (ended) line.forgotten = line.forgotten.then(() => kept).then(() => keep(key, undefined));
    });
  };

  const resume = async (): Promise<void> => {
    const recalled = Object.entries(await memory.recall(OWNER)).map(([key, value]) => ({
      key,
      ...KEPT.safeParse(value).data,
    }));
    const orphans = recalled.filter(({ by }) => by === undefined || !leases.isThere(by));
    for (const letter of orphans.sort((a, b) => (a.at ?? 0) - (b.at ?? 0))) {
      const line = lines.get(letter.channel ?? "");
      if (line && isWhole(letter) && now() - letter.at < NEWS_MS) {
        const { key, ...kept } = { ...letter, by: leases.name() };
        queue(line, letter, keep(key, kept));
      } else await keep(letter.key, undefined);
    }
  };
  const resumeAgain = (): void => void resume().catch((error: unknown) => onProblem(asError(error)));
  // A site that tells nobody opens no database for it.
  const lease =
    lines.size > 0 &&
    leases.want(OWNER, {
      gained: resumeAgain,
      lost: () => undefined,
      take: () => Promise.resolve(),
      gone: resumeAgain,
    });

  return {
    post: (notification, ids = [...lines.keys()]) => {
      for (const id of new Set(ids)) {
        const line = lines.get(id);
        if (!line) {
          const message = `there is no channel "${id}" in this site`;
          onProblem(new EnergyError("invalid-config", message, { field: "channels" }));
        } else if (line.waiting >= MAX_WAITING) {
          const message = `channel "${id}" is behind: "${notification.title}" was not sent`;
          onProblem(new EnergyError("channel-failed", message, { field: id }));
        } else {
          const letter = { channel: id, by: leases.name(), at: now(), notification };
          const key = randomUUID();
          queue(line, { key, ...letter }, keep(key, letter));
        }
      }
    },
    close: async () => {
      closing.abort();
      if (lease) await lease.end();
      await Promise.all([...lines.values()].map((line) => line.last.then(() => line.forgotten)));
    },
  };
}

function isWhole(letter: Partial<Letter>): letter is Letter {
  return letter.notification !== undefined;
}

async function failureOf(work: Promise<void>): Promise<Error | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    return asError(error);
  }
}

/** False when it was called off. */
async function waited(delayMs: number, signal: AbortSignal): Promise<boolean> {
  return await wait(delayMs, true, { signal }).catch(() => false);
}
