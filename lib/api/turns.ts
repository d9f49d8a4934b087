import { Refused } from "./refused";

/** Lets few do something costly at a time and some more wait; throws `too-many-requests` at the rest. */
export interface Turns {
  take<T>(work: () => Promise<T>): Promise<T>;
}

export function makeTurns(atOnce: number, mayWait: number): Turns {
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
      try {
        return await work();
      } finally {
        release();
      }
    },
  };
}
