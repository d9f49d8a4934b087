import { randomUUID } from "node:crypto";
import { asError } from "../errors";
import type { HandedOver, InstanceStore } from "./instance-store";
import { ALIVE_MS } from "./instances";
import type { Holder, Lease, Leases } from "./leases";
import { openPost } from "./post";

export interface SharedLeasesParts {
  readonly store: InstanceStore;
  /** What another instance told all. */
  readonly onTold: (body: unknown) => void;
  /** This one was away for longer than the others count it as there: what they told meanwhile it does not hear. */
  readonly onMissed: () => void;
  readonly onProblem: (error: Error) => void;
}

interface Wanted {
  readonly id: string;
  readonly holder: Holder;
  isHeld: boolean;
}

const BEAT_MS = 3_000;
/** Many nodes that start at once ask once. */
const GATHER_MS = 50;
const READ_MS = 250;
const GIVE_BACK_MS = 2_000;
/** The database's clock and ours run at the same pace, but for this. */
const MARGIN_MS = 500;

/**
 * The leases of one instance among others on one database. It says every 3 s that it is there; 15 s after it last did, what it
 * held passes to another, and before that it stops by its own clock. One that was alone when its database went away goes on:
 * nobody is there to act beside it.
 */
export function openSharedLeases({ store, onTold, onMissed, onProblem }: SharedLeasesParts): Leases {
  const wants = new Map<string, Wanted>();
  const underWay = new Set<string>();
  const handled = new Map<string, HandedOver>();
  /** The last that was read of what each other instance told all. */
  const read = new Map<string, number>();
  let me = randomUUID();
  let joined = false;
  /** Whether what the others told may have passed by: until it is looked up, however often the way back fails. */
  let hasMissed = false;
  let deadline = -Infinity;
  let others: readonly string[] = [];
  let isAway = false;
  let closed = false;
  /** Asked anew after each wait. */
  const isClosed = (): boolean => closed;
  let [beating, reading, lapsing]: (NodeJS.Timeout | undefined)[] = [];
  let turns: Promise<unknown> = Promise.resolve();
  /** One call at a time of those that change who holds what. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = turns.then(work);
    turns = mine.catch(() => undefined);
    return mine;
  };

  const mayAct = (): boolean => others.length === 0 || performance.now() < deadline;
  const heldOf = (id: string): Wanted | undefined => {
    const wanted = wants.get(id);
    return wanted?.isHeld && mayAct() ? wanted : undefined;
  };
  const lose = (wanted: Wanted): void => {
    wanted.isHeld = false;
    wanted.holder.lost();
  };
  const loseAll = (): void => {
    for (const wanted of wants.values()) if (wanted.isHeld) lose(wanted);
  };
  /** A timer of a busy process may be early. */
  const lapse = (): void => {
    const leftMs = deadline - performance.now();
    if (leftMs > 0) lapsing = setTimeout(lapse, leftMs + 1);
    else if (!mayAct()) loseAll();
  };

  const post = openPost({
    store,
    name: () => (joined ? me : undefined),
    takeHere: (target, body) => {
      const wanted = heldOf(target);
      void wanted?.holder.take(body);
      return wanted !== undefined;
    },
    onProblem,
  });

  const beat = async (): Promise<void> => {
    if (isClosed()) return;
    const startedAt = performance.now();
    if (!joined) await store.join(me);
    const asked = [...wants.values()];
    const presence = await store.beat(
      me,
      asked.map(({ id }) => id),
    );
    if (!presence) {
      loseAll();
      me = randomUUID();
      [joined, hasMissed] = [false, true];
      return beat();
    }
    joined = true;
    if (isClosed()) return;
    deadline = startedAt + ALIVE_MS - MARGIN_MS;
    clearTimeout(lapsing);
    lapse();
    const isGone = others.some((other) => !presence.others.includes(other));
    others = presence.others;

    const held = new Set(presence.held);
    for (const wanted of asked) if (wanted.isHeld && !held.has(wanted.id)) lose(wanted);
    for (const id of held) if (!wants.has(id)) await store.release(me, id);
    const gained = asked.filter((one) => !one.isHeld && held.has(one.id) && wants.get(one.id) === one);
    await readOn(gained);
    if (isGone) for (const { isHeld, holder } of wants.values()) if (isHeld) holder.gone?.();
    post.retry();
    if (!hasMissed) return;
    hasMissed = false;
    onMissed();
  };

  /** What was handed over before a lease was gained comes before what is said here after. */
  const readOn = async (gained: readonly Wanted[]): Promise<void> => {
    const targets = [...wants.values()].filter((one) => one.isHeld || gained.includes(one)).map(({ id }) => id);
    const senders = others.map((sender) => ({ sender, after: read.get(sender) ?? -1 }));
    for (const sender of read.keys()) if (!others.includes(sender)) read.delete(sender);
    const rows = targets.length + senders.length > 0 ? await store.handedOver(targets, senders) : [];
    for (const wanted of gained) {
      if (wants.get(wanted.id) !== wanted || wanted.isHeld) continue;
      wanted.isHeld = true;
      wanted.holder.gained();
    }
    for (const row of rows) handle(row);
    await forgetHandled();
  };
  const handle = (row: HandedOver): void => {
    const bodies = row.body as readonly unknown[];
    if (row.target === "") {
      read.set(row.sender, Math.max(row.n, read.get(row.sender) ?? -1));
      return bodies.forEach(onTold);
    }
    const wanted = heldOf(row.target);
    const key = JSON.stringify([row.target, row.sender, row.n]);
    if (!wanted || underWay.has(key)) return;
    underWay.add(key);
    // Done with, and then forgotten: of one that is killed between, the next one does it again.
    void Promise.all(bodies.map((body) => wanted.holder.take(body))).then(() => handled.set(key, row));
  };
  const forgetHandled = async (): Promise<void> => {
    const done = [...handled];
    if (done.length === 0) return;
    await store.handled(done.map(([, row]) => row));
    for (const [key] of done) {
      handled.delete(key);
      underWay.delete(key);
    }
  };

  const nextBeat = (waitMs: number): void => {
    clearTimeout(beating);
    beating = setTimeout(() => {
      beating = undefined;
      void inTurn(beat)
        .then(
          () => (isAway = false),
          (error: unknown) => {
            if (!isAway && !closed) onProblem(asError(error));
            isAway = true;
          },
        )
        // Who came meanwhile asks sooner.
        .then(() => !closed && beating === undefined && nextBeat(BEAT_MS));
    }, waitMs);
  };
  const nextRead = (): void => {
    reading = setTimeout(() => {
      // What fails is read by the next beat, which says what is wrong.
      void (others.length > 0 && mayAct() ? inTurn(() => readOn([])) : Promise.resolve())
        .catch(() => undefined)
        .then(() => !closed && nextRead());
    }, READ_MS);
  };
  nextBeat(GATHER_MS);
  nextRead();

  /** A database that does not answer holds up no deploy: then what was held is free a little later. */
  const giveBack = async (work: () => Promise<void>): Promise<void> => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, GIVE_BACK_MS);
    });
    await Promise.race([late, inTurn(work)])
      .catch((error: unknown) => onProblem(asError(error)))
      .finally(() => clearTimeout(timer));
  };

  const want = (id: string, holder: Holder): Lease => {
    const wanted: Wanted = { id, holder, isHeld: false };
    wants.set(id, wanted);
    nextBeat(GATHER_MS);
    return {
      isHeld: () => heldOf(id) === wanted,
      handOver: (body) => post.put(id, body),
      end: async () => {
        if (wants.get(id) !== wanted) return;
        wants.delete(id);
        if (wanted.isHeld) await giveBack(() => store.release(me, id));
      },
    };
  };

  return {
    want,
    name: () => me,
    isThere: (instance) => instance === me || others.includes(instance),
    place: () => ({ rank: others.filter((other) => other < me).length, of: others.length + 1 }),
    tell: (body) => {
      if (others.length > 0) post.put("", body);
    },
    handed: post.done,
    close: async () => {
      closed = true;
      for (const timer of [beating, reading, lapsing]) clearTimeout(timer);
      await post.close();
      if (joined) await giveBack(() => store.leave(me));
    },
  };
}
