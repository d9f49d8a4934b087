import { Refused } from "./refused";

const WINDOW_MS = 600_000;
/** Addresses remembered; the oldest is forgotten first, so that a flood from many fills no memory. */
const MOST_ADDRESSES = 10_000;

/** Counts wrong tokens by address, and refuses when there were too many. */
export interface FailedLogins {
  /** Throws `too-many-requests` when this address has none left. */
  demandLeft(address: string): void;
  /** Counts one; throws as `demandLeft` when it was one too many. */
  count(address: string): void;
}

export function makeFailedLogins(limit: number, now: () => number): FailedLogins {
  const failures = new Map<string, { count: number; readonly until: number }>();

  const demandLeft = (address: string): void => {
    const known = failures.get(address);
    if (!known) return;
    if (known.until <= now()) failures.delete(address);
    else if (known.count >= limit) {
      const seconds = Math.ceil((known.until - now()) / 1000);
      throw new Refused("too-many-requests", "tooManyLogins", { values: { seconds }, retryAfterSeconds: seconds });
    }
  };

  return {
    demandLeft,
    count: (address) => {
      demandLeft(address);
      const known = failures.get(address) ?? { count: 0, until: now() + WINDOW_MS };
      known.count += 1;
      failures.set(address, known);
      for (const [oldest] of failures) {
        if (failures.size <= MOST_ADDRESSES) break;
        failures.delete(oldest);
      }
    },
  };
}
