import { EnergyError } from "../errors";
import type { Delivery } from "../storage/energy-store";

/** How long a delivery may wait for a store to take it, after 0, 1 and more that none took. */
const PATIENCE_MS = [5_000, 50, 1] as const;

/** Resolves when the broker may be told that the message is safe. */
export type Outcome = "stored" | "not-stored";

/** What a store does with a delivery that it took: nothing is acknowledged before `settle`. */
export interface Taken {
  readonly delivery?: Delivery;
  /** With an error the broker keeps the message and delivers it again. */
  settle(error?: Error): void;
}

/** Ties a message on the wires to the broker's delivery behind it, by `_msgid`. */
export interface Deliveries {
  /** Announces `count` readings under way; rejects with the error of the store that could not keep one. */
  open(msgid: string, count: number, delivery?: Delivery): Promise<Outcome>;
  /** What becomes of a message that the broker delivers again while it still is on the wires: it must not be sent twice. */
  underWay(again: Delivery): Promise<Outcome> | undefined;
  /** A store takes one reading of a delivery; nothing when the message is none of ours or was acknowledged already. */
  take(msgid: string): Taken | undefined;
  /** The flows stop: what no store has taken may be on a wire that is no more, and must be delivered again. */
  flowsStop(): void;
  /** They run again; `anew`: all of them, so that nothing of before is on its way any more. */
  flowsRun(anew: boolean): void;
  readonly waiting: number;
}

interface Open {
  readonly delivery?: Delivery;
  readonly count: number;
  taken: number;
  settled: number;
  /** No store took all of it in time: acknowledged once what was taken is settled. */
  late: boolean;
  /** The flows have changed since it was sent. */
  cutOff: boolean;
  end(outcome: Outcome, error?: Error): void;
}

/**
 * A filter between meter and store lets deliveries starve; each waits before it is acknowledged, and a waiting one holds up
 * its connection. So the patience shrinks with every one that no store took, and is whole again once a store takes one that
 * had been given up: then something slow, not a filter, stands before the store.
 */
export function makeDeliveries(): Deliveries {
  const open = new Map<string, Open>();
  const givenUp = new Set<string>();
  const onTheWires = new Map<string, Promise<Outcome>>();
  let starved = 0;
  let stopping = false;

  const endIfDone = (one: Open): void => {
    if (one.settled < one.taken) return;
    if (one.taken >= one.count) one.end("stored");
    else if (one.late && one.cutOff) {
      one.end("not-stored", new EnergyError("storage-busy", "the flows changed while a reading was on its way"));
    } else if (one.late) one.end("not-stored");
  };

  const runOut = (msgid: string, one: Open): void => {
    one.late = true;
    if (one.taken < one.count && !one.cutOff) {
      starved += 1;
      givenUp.add(msgid);
      // Only the newest matter: they tell whether a store is still to come.
      for (const oldest of givenUp) if (givenUp.size > 64) givenUp.delete(oldest);
    }
    endIfDone(one);
  };

  return {
    open: (msgid, count, delivery) => {
      const outcome = new Promise<Outcome>((resolve, reject) => {
        const one: Open = {
          ...(delivery && { delivery }),
          count,
          taken: 0,
          settled: 0,
          late: false,
          cutOff: stopping,
          end: (how, error) => {
            clearTimeout(timer);
            open.delete(msgid);
            if (delivery && onTheWires.get(keyOf(delivery)) === outcome) onTheWires.delete(keyOf(delivery));
            if (error) reject(error);
            else resolve(how);
          },
        };
        const timer = setTimeout(() => runOut(msgid, one), PATIENCE_MS[Math.min(starved, PATIENCE_MS.length - 1)]);
        open.set(msgid, one);
      });
      if (delivery) onTheWires.set(keyOf(delivery), outcome);
      return outcome;
    },

    underWay: (again) => (again.dup ? onTheWires.get(keyOf(again)) : undefined),

    take: (msgid) => {
      const one = open.get(msgid);
      if (givenUp.delete(msgid)) starved = 0;
      if (!one) return undefined;
      one.taken += 1;
      return {
        ...(one.delivery && { delivery: one.delivery }),
        settle: (error) => {
          if (open.get(msgid) !== one) return;
          one.settled += 1;
          if (error) one.end("not-stored", error);
          else endIfDone(one);
        },
      };
    },

    flowsStop: () => {
      stopping = true;
      for (const one of open.values()) one.cutOff = true;
    },
    flowsRun: (anew) => {
      stopping = false;
      // Other wires, other filters.
      starved = 0;
      if (anew) for (const [msgid, one] of [...open]) if (one.cutOff) runOut(msgid, one);
    },

    get waiting() {
      return open.size;
    },
  };
}

function keyOf({ session, packetId, hash }: Delivery): string {
  return `${session} ${packetId} ${hash}`;
}
