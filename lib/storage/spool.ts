import { existsSync } from "node:fs";
import { asError, EnergyError } from "../errors";
import type { StorageNews } from "./backup-store";
import type { EnergyStore } from "./energy-store";
import { makeGrouping } from "./grouping";
import { SPOOL_FULL, type Numbered, type Spooled, type SpoolSettings } from "./spool-file";
import { openThread } from "./storage-thread";

/** `through`: nothing waits. `full`: nothing more is taken until there is room. */
export interface SpoolState {
  readonly kind: "through" | "spooling" | "full";
  /** Why it is not `through`. */
  readonly problem: string;
}

interface SpoolOptions {
  /** An append that takes longer goes to the spool. */
  readonly limitMs?: number;
  readonly onState?: (state: SpoolState) => void;
  readonly onNews?: (news: StorageNews) => void;
}

const LIMIT_MS = 5_000;
/** What drains may be much, and has time. */
const DRAIN_LIMIT_MS = 60_000;
/** Short enough that a database is used within seconds of its coming back. */
const PAUSE_MS = { first: 250, longest: 2_500 };

/**
 * A store whose readings wait in a file while it is away: they are kept once they are there, and follow in order when it
 * answers again. What comes meanwhile goes behind them. A full spool rejects; nothing that waits is ever dropped. What was
 * perhaps stored already is stored again, which changes nothing: it is the same readings of the same instants.
 */
export function openSpool(
  store: EnergyStore,
  settings: SpoolSettings,
  { limitMs = LIMIT_MS, onState = () => undefined, onNews = () => undefined }: SpoolOptions = {},
): EnergyStore {
  const thread = openThread({ spool: settings }, (_, [news]) => {
    // What the damaged file knew may be lost.
    knownMeters = "";
    onNews(news as StorageNews);
  });
  let isSpooling = false;
  let isClosed = false;
  let kind: SpoolState["kind"] | undefined;
  /** Pushes that began, and that are under way. */
  let [begun, underWay] = [0, 0];
  let knownMeters = "";
  let wake: () => void = () => undefined;

  const tell = (state: SpoolState): void => {
    if (state.kind === kind) return;
    kind = state.kind;
    onState(state);
  };
  let ready: Promise<void> | undefined;
  /** What a process before this one left behind comes first. */
  const begin = (): Promise<void> =>
    (ready ??= thread.call("isEmpty", []).then(
      (isEmpty) => {
        if (isEmpty === false) spool("what waited before the restart comes first");
        else tell({ kind: "through", problem: "" });
      },
      (error: unknown) => {
        ready = undefined;
        throw error;
      },
    ));

  /** A spool that cannot be opened is told by what must go into it; a database that answers needs none. */
  const beginIfPossible = (): Promise<void> => begin().catch(() => undefined);

  const spool = (problem: string): void => {
    if (isSpooling) return;
    isSpooling = true;
    tell({ kind: "spooling", problem });
    void drain();
  };

  const pushGrouped = makeGrouping(
    (spooled: readonly Spooled[]) => thread.call("push", [spooled]) as Promise<boolean[]>,
  );
  const push = async (spooled: Spooled): Promise<boolean> => {
    begun += 1;
    underWay += 1;
    try {
      const isNew = await pushGrouped(spooled);
      if (isSpooling) tell({ kind: "spooling", problem: "" });
      return isNew;
    } catch (error) {
      const problem = asError(error).message;
      if (problem.startsWith(SPOOL_FULL)) tell({ kind: "full", problem });
      throw error;
    } finally {
      underWay -= 1;
    }
  };

  const drain = async (): Promise<void> => {
    let pause = PAUSE_MS.first;
    while (!isClosed) {
      try {
        const seen = begun;
        const waiting = (await thread.call("first", [])) as readonly Numbered[];
        if (waiting.length === 0 && seen === begun && underWay === 0) {
          isSpooling = false;
          tell({ kind: "through", problem: "" });
          return;
        }
        await forward(waiting);
        pause = PAUSE_MS.first;
      } catch {
        // Told when it began. The database is away still, or again: nothing is lost, it is tried until it works.
        await new Promise<void>((resolve) => {
          wake = resolve;
          setTimeout(resolve, pause);
        });
        pause = Math.min(2 * pause, PAUSE_MS.longest);
      }
    }
  };

  /** Stores what waits, and forgets as much of it as was stored without a gap. */
  const forward = async (waiting: readonly Numbered[]): Promise<void> => {
    const stored = await within(
      DRAIN_LIMIT_MS,
      Promise.allSettled(
        waiting.map(({ spooled: { batch, aside } }) =>
          aside === undefined ? store.append(batch) : store.setAside(batch.readings, aside),
        ),
      ),
    );
    const failed = stored.findIndex(({ status }) => status === "rejected");
    const last = waiting.at(failed === -1 ? -1 : failed - 1);
    if (failed !== 0 && last) await thread.call("drop", [last.seq]);
    const failure = stored[failed];
    if (failure?.status === "rejected") throw asError(failure.reason);
  };

  const keep = async <T>(work: () => Promise<T>, spooled: Spooled, whenSpooled: (isNew: boolean) => T): Promise<T> => {
    await beginIfPossible();
    if (!isSpooling) {
      try {
        return await within(limitMs, work());
      } catch (error) {
        if (isClosed || !isAway(error)) throw error;
        spool(error.message);
      }
    }
    return whenSpooled(await push(spooled));
  };

  // What waits does so no longer than it must, though nothing new may ever come.
  if (existsSync(settings.file)) void beginIfPossible();

  return {
    ...store,
    append: (batch) =>
      keep(
        () => store.append(batch),
        { batch },
        (isNew) => (isNew ? batch.readings : []),
      ),
    setAside: (readings, reason) =>
      keep(
        () => store.setAside(readings, reason),
        { batch: { readings }, aside: reason },
        () => undefined,
      ),

    // What a site must know before it takes readings is answered from the file while the database is away.
    meters: async () => {
      try {
        const meters = await within(limitMs, store.meters());
        const text = JSON.stringify(meters);
        if (text !== knownMeters)
          thread.call("remember", ["meters", meters]).catch(() => {
            knownMeters = "";
          });
        knownMeters = text;
        return meters;
      } catch (error) {
        const known = isAway(error) ? await thread.call("recall", ["meters"]) : undefined;
        if (known === undefined) throw error;
        return known as Awaited<ReturnType<EnergyStore["meters"]>>;
      }
    },
    lastInstants: async (since) => {
      const spooled = (await thread.call("instants", []).catch(() => [])) as readonly { meter: string; at: number }[];
      const stored = await within(limitMs, store.lastInstants(since)).catch((error: unknown) => {
        if (!isAway(error)) throw error;
        return [];
      });
      const last = new Map(stored.map(({ meter, at }) => [meter, at]));
      for (const { meter, at } of spooled) if (at >= since) last.set(meter, Math.max(at, last.get(meter) ?? at));
      return [...last].map(([meter, at]) => ({ meter, at }));
    },

    close: async () => {
      isClosed = true;
      wake();
      await store.close();
      await thread.close();
    },
  };
}

function isAway(error: unknown): error is EnergyError {
  return error instanceof EnergyError && error.code.startsWith("storage-");
}

async function within<T>(limitMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new EnergyError("storage-busy", `the database did not answer within ${limitMs / 1000} s`)),
      limitMs,
    );
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
