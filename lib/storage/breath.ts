/** Between the steps of long work: lets what else waits have its turn, and throws the signal's reason where nobody waits for the work any more. */
export type Breath = () => Promise<void>;

/** Others wait about so long for their turn. */
const SLICE_MS = 10;

export function makeBreath(stop?: AbortSignal): Breath {
  let nextAt = performance.now() + SLICE_MS;
  return async () => {
    stop?.throwIfAborted();
    if (performance.now() < nextAt) return;
    // What came meanwhile is heard of in another turn of the event loop only.
    await new Promise((resolve) => setImmediate(resolve));
    stop?.throwIfAborted();
    nextAt = performance.now() + SLICE_MS;
  };
}
