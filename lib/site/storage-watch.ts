import type { Alerts } from "../alerts/alerts";
import { asError, EnergyError } from "../errors";
import type { ReadingStore, Severity } from "../storage/energy-store";
import type { SpoolState } from "../storage/spool";

type Keeping = Pick<ReadingStore, "append" | "setAside">;

export interface StorageWatch {
  /** The store, with what becomes of its readings watched. */
  watched(store: Keeping): Keeping;
  /** What waits for a database that is away. */
  spool(state: SpoolState): void;
  close(): void;
}

/** Whose alerts these are. */
const RULE = "storage";
/** A store that takes readings again within this time was only busy. */
const HOLD_MS = 10_000;

/** Raises an alert when readings cannot be stored for a while, or wait somewhere else, and ends it when they can. */
export function makeStorageWatch(
  alerts: Pick<Alerts, "raise" | "clear">,
  now: () => number,
  onProblem: (error: Error) => void,
): StorageWatch {
  const tell = (work: Promise<unknown>): void => void work.catch((error: unknown) => onProblem(asError(error)));

  const watchFor = (kind: string, severity: Severity, holdMs: number) => {
    let timer: NodeJS.Timeout | undefined;
    let problem = "";
    /** An alert of before a restart may be open. */
    let mayBeOpen = true;
    return {
      begin: (why: string): void => {
        if (why !== "") problem = why;
        if (timer) return;
        const since = now();
        timer = setTimeout(() => {
          mayBeOpen = true;
          tell(alerts.raise({ rule: RULE, severity, kind, values: { since, problem } }));
        }, holdMs).unref();
      },
      end: (): void => {
        clearTimeout(timer);
        timer = undefined;
        if (!mayBeOpen) return;
        mayBeOpen = false;
        tell(alerts.clear(RULE, undefined, { kind }));
      },
      close: () => clearTimeout(timer),
    };
  };
  const failed = watchFor("storage-failed", "critical", HOLD_MS);
  const away = watchFor("storage-spooling", "warning", HOLD_MS);
  const full = watchFor("spool-full", "critical", 0);

  const watch = <T>(work: Promise<T>): Promise<T> => {
    work.then(failed.end, (error: unknown) => {
      if (error instanceof EnergyError && error.code.startsWith("storage-")) failed.begin(error.message);
    });
    return work;
  };

  return {
    watched: (store) => ({
      append: (batch) => watch(store.append(batch)),
      setAside: (readings, reason) => watch(store.setAside(readings, reason)),
    }),
    spool: ({ kind, problem }) => {
      if (kind === "full") full.begin(problem);
      else full.end();
      if (kind === "through") away.end();
      else away.begin(problem);
    },
    close: () => [failed, away, full].forEach((one) => one.close()),
  };
}
