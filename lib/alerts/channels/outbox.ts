import { setTimeout as wait } from "node:timers/promises";
import { asError, EnergyError } from "../../errors";
import type { ChannelSettings } from "../../site/site";
import type { Channel, Notification } from "./channel";

/** Before the second and the third try. */
const RETRY_DELAYS_MS = [2_000, 15_000] as const;
/** A storm of alerts must not become a storm of mails, nor fill the memory. */
const MAX_WAITING = 100;

export interface OutboxParts {
  readonly channels: readonly ChannelSettings[];
  readonly openChannel: (settings: ChannelSettings) => Channel;
  readonly onProblem: (error: Error) => void;
  readonly retryDelaysMs?: readonly number[];
}

/** Sends through channels in the background, one notification at a time each; whoever posts never waits. */
export interface Outbox {
  /** To the channels named, all when none is named; one that does not exist is a problem. */
  post(notification: Notification, ids?: readonly string[]): void;
  /** Ends retries, lets the tries under way end. */
  close(): Promise<void>;
}

interface Line {
  readonly channel: Channel;
  waiting: number;
  last: Promise<void>;
}

export function makeOutbox({ channels, openChannel, onProblem, retryDelaysMs = RETRY_DELAYS_MS }: OutboxParts): Outbox {
  const closing = new AbortController();
  const lines = new Map<string, Line>(
    channels.map((settings) => [settings.id, { channel: openChannel(settings), waiting: 0, last: Promise.resolve() }]),
  );

  const deliver = async (channel: Channel, notification: Notification): Promise<void> => {
    for (const delayMs of [...retryDelaysMs, undefined]) {
      const error = await failureOf(channel.send(notification));
      if (!error) return;
      const passing = error instanceof EnergyError && error.code === "channel-failed";
      if (!passing || delayMs === undefined || !(await waited(delayMs, closing.signal))) return void onProblem(error);
    }
  };

  return {
    post: (notification, ids = [...lines.keys()]) => {
      for (const id of new Set(ids)) {
        const line = lines.get(id);
        if (!line) {
          onProblem(
            new EnergyError("invalid-config", `there is no channel "${id}" in this site`, { field: "channels" }),
          );
        } else if (line.waiting >= MAX_WAITING) {
          onProblem(
            new EnergyError("channel-failed", `channel "${id}" is behind: "${notification.title}" was not sent`),
          );
        } else {
          line.waiting += 1;
          line.last = line.last.then(async () => {
            await deliver(line.channel, notification);
            line.waiting -= 1;
          });
        }
      }
    },
    close: async () => {
      closing.abort();
      await Promise.all([...lines.values()].map(({ last }) => last));
    },
  };
}

async function failureOf(work: Promise<void>): Promise<Error | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    return asError(error);
  }
}

/** False when it was called off: then there is no next try. */
async function waited(delayMs: number, signal: AbortSignal): Promise<boolean> {
  return await wait(delayMs, true, { signal }).catch(() => false);
}
