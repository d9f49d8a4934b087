import { asError, EnergyError } from "../errors";
import type { HandedOver, InstanceStore } from "./instance-store";

/** What is on its way to other instances. */
export interface Post {
  /** To whoever holds the lease `target`, or to all when that is empty. */
  put(target: string, body: unknown): void;
  /** Resolves when what was put so far is durable, or was tried and is tried again. */
  done(): Promise<void>;
  /** What waits may go by now. */
  retry(): void;
  /** After a last try. */
  close(): Promise<void>;
}

export interface PostParts {
  readonly store: Pick<InstanceStore, "handOver">;
  /** The sender's name; nothing while it has none: then everything waits. */
  readonly name: () => string | undefined;
  /** Takes what is for a lease that is held here by now; answers whether it did. */
  readonly takeHere: (target: string, body: unknown) => boolean;
  readonly onProblem: (error: Error) => void;
}

interface Letter {
  readonly target: string;
  readonly body: unknown;
  readonly putAt: number;
}

const AGAIN_MS = 1_000;
/** As long as the table keeps it: see `HANDOVER_MS`. */
const OLD_MS = 60_000;
const MOST_WAITING = 20_000;
const A_ROW = 500;

/** One write at a time, so that a reader who has seen one of ours has seen all before it; what waits meanwhile shares the next. */
export function openPost({ store, name, takeHere, onProblem }: PostParts): Post {
  let waiting: Letter[] = [];
  let [put, done] = [0, 0];
  let listeners: { readonly upTo: number; resolve(): void }[] = [];
  let busy = false;
  let timer: NodeJS.Timeout | undefined;
  let n = 0;

  const settle = (upTo: number): void => {
    for (const one of listeners) if (one.upTo <= upTo) one.resolve();
    listeners = listeners.filter((one) => one.upTo > upTo);
  };

  const dropOld = (): void => {
    const kept = waiting.filter(({ putAt }) => performance.now() - putAt < OLD_MS).slice(-MOST_WAITING);
    const lost = waiting.length - kept.length;
    if (lost === 0) return;
    waiting = kept;
    done += lost;
    onProblem(new EnergyError("storage-failed", `${lost} messages could not be handed to other instances in time`));
  };

  const toRows = (sender: string, letters: readonly Letter[]): HandedOver[] => {
    const byTarget = Map.groupBy(letters, ({ target }) => target);
    return [...byTarget].map(([target, own]) => ({ target, sender, n: (n += 1), body: own.map(({ body }) => body) }));
  };

  const flush = async (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    const sender = name();
    if (busy) return;
    busy = true;
    while (sender !== undefined && sender === name() && waiting.length > 0) {
      const letters = waiting.splice(0, A_ROW);
      const others = letters.filter(({ target, body }) => target === "" || !takeHere(target, body));
      try {
        if (others.length > 0) await store.handOver(toRows(sender, others));
        done += letters.length;
        settle(done);
      } catch (error) {
        done += letters.length - others.length;
        waiting.unshift(...others);
        // Readings that cannot be kept have a spool, and an alert that says so.
        if (!isAway(asError(error))) onProblem(asError(error));
        break;
      }
    }
    busy = false;
    dropOld();
    // What cannot go now holds up nobody: what it came with is kept all the same.
    if (waiting.length === 0) return;
    settle(Infinity);
    timer = setTimeout(() => void flush(), AGAIN_MS);
  };

  const allDone = (): Promise<void> =>
    done >= put ? Promise.resolve() : new Promise((resolve) => listeners.push({ upTo: put, resolve }));

  return {
    put: (target, body) => {
      waiting.push({ target, body, putAt: performance.now() });
      put += 1;
      if (timer === undefined) void flush();
    },
    done: allDone,
    retry: () => void flush(),
    close: async () => {
      const last = allDone();
      void flush();
      await last;
      clearTimeout(timer);
    },
  };
}

const isAway = (error: Error): boolean => error instanceof EnergyError && error.code.startsWith("storage-");
