import type { Alerts } from "../alerts/alerts";
import { asError, EnergyError } from "../errors";
import type { ReadingStore } from "../storage/energy-store";

type Keeping = Pick<ReadingStore, "append" | "setAside">;

export interface StorageWatch {
  /** The store, with what becomes of its readings watched. */
  watched(store: Keeping): Keeping;
  close(): void;
}

/** Whose alerts these are. */
const RULE = "storage";
/** A store that takes readings again within this time was only busy. */
const HOLD_MS = 10_000;

/** Raises an alert when readings cannot be stored for a while, and ends it with the first that can. */
export function makeStorageWatch(
  alerts: Pick<Alerts, "raise" | "clear">,
  now: () => number,
  onProblem: (error: Error) => void,
): StorageWatch {
  let timer: NodeJS.Timeout | undefined;
  let problem = "";
  /** An alert of before a restart may be open. */
  let mayBeOpen = true;
  const tell = (work: Promise<unknown>): void => void work.catch((error: unknown) => onProblem(asError(error)));

  const failed = (error: unknown): void => {
    if (!(error instanceof EnergyError) || !error.code.startsWith("storage-")) return;
    problem = error.message;
    if (timer) return;
    const since = now();
    timer = setTimeout(() => {
      mayBeOpen = true;
      tell(alerts.raise({ rule: RULE, severity: "critical", kind: "storage-failed", values: { since, problem } }));
    }, HOLD_MS).unref();
  };
  const kept = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (!mayBeOpen) return;
    mayBeOpen = false;
    tell(alerts.clear(RULE, undefined, { kind: "storage-failed" }));
  };
  const watch = <T>(work: Promise<T>): Promise<T> => {
    work.then(kept, failed);
    return work;
  };

  return {
    watched: (store) => ({
      append: (batch) => watch(store.append(batch)),
      setAside: (readings, reason) => watch(store.setAside(readings, reason)),
    }),
    close: () => clearTimeout(timer),
  };
}
