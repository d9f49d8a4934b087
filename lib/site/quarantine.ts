import { asError } from "../errors";
import type { QuarantineStore } from "../storage/energy-store";

/** How old what is known may be while somebody asks. */
const REFRESH_MS = 30_000;

/** How many values of each meter wait for a person to look at them. */
export interface Quarantine {
  /** As last known; 0 until the store has answered. Never waits: asking is what brings the next answer. */
  open(meter: string): number;
}

/** One question to the store for all meters, at most every 30 s. `onProblem` hears once of a store that cannot answer. */
export function makeQuarantine(
  store: Pick<QuarantineStore, "quarantineCounts">,
  now: () => number,
  onProblem: (error: Error) => void,
): Quarantine {
  let counts: ReadonlyMap<string, number> = new Map();
  let askedAt = -Infinity;
  let failing = false;

  const ask = (): void => {
    askedAt = now();
    store.quarantineCounts().then(
      (rows) => {
        counts = new Map(rows.map(({ meter, open }) => [meter, open]));
        failing = false;
      },
      (error: unknown) => {
        if (!failing) onProblem(asError(error));
        failing = true;
      },
    );
  };

  return {
    open: (meter) => {
      // A clock that is set back must not stop the asking.
      if (Math.abs(now() - askedAt) >= REFRESH_MS) ask();
      return counts.get(meter) ?? 0;
    },
  };
}
