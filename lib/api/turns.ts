import { Refused } from "./refused";

/** Lets few do something costly at a time and some more wait; throws `too-many-requests` at the rest. */
export interface Turns {
  take<T>(work: () => Promise<T>): Promise<T>;
}

/** `timeLimitMs` bounds the asker's wait; the work itself keeps its turn until it ends, since a query cannot be called back. */
export function makeTurns(atOnce: number, mayWait: number, timeLimitMs: number): Turns {
  let running = 0;
  const waiting: (() => void)[] = [];

  const release = (): void => {
    // Whoever waits gets this very turn: nobody who comes in between can take it.
    const next = waiting.shift();
    if (next) next();
    else running -= 1;
  };

  return {
    take: async (work) => {
      if (running >= atOnce) {
        if (waiting.length >= mayWait) throw new Refused("too-many-requests", "tooBusy", { retryAfterSeconds: 2 });
        await new Promise<void>((resolve) => waiting.push(resolve));
      } else {
        running += 1;
      }
      const done = work().finally(release);
      return inTime(done, timeLimitMs);
    },
  };
}

async function inTime<T>(work: Promise<T>, limitMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Refused("not-ready", "tooSlow")), limitMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
