import { z } from "zod";
import type { Connection } from "./connection";

/** Those who share messages under one name know of each other by what the broker keeps below this; what is gone its broker says for it. */
const TOPIC = "vatio/members";
/** How long one may be away before another takes its messages: a restart or a deploy is quicker. */
const GRACE_MS = 15_000;
const MOST_MEMBERS = 64;

const SAID = z.object({ connections: z.number().int().min(1).max(16), gone: z.boolean() });

interface Member {
  readonly connections: number;
  /** On the monotonic clock; absent while it is there. */
  readonly goneAt?: number;
}

export interface Membership {
  /** The broker says so for us once our connection is gone. */
  readonly will: { readonly topic: string; readonly payload: string };
  /** What is heard of the others. */
  readonly filter: string;
  /** What we say once we are connected; the broker keeps it. */
  readonly present: string;
  hear(topic: string, payload: Buffer): void;
  close(): Promise<void>;
}

/**
 * A broker may keep dealing messages to a member that is away, and keeps them for it. So the next one that is there, in the order
 * of their client ids, opens the sessions of one that is gone, and gives them back when it returns. `open` gives a connection to a session.
 */
export function makeMembership(
  group: string,
  own: { readonly clientId: string; readonly connections: number },
  open: (session: string) => Connection,
): Membership {
  const members = new Map<string, Member>();
  const adopted = new Map<string, readonly Connection[]>();
  let timer: NodeJS.Timeout | undefined;
  const { clientId, connections } = own;
  const say = (gone: boolean): string => JSON.stringify({ connections, gone });

  /** Who sees to a member that is gone. */
  const heirOf = (gone: string): string => {
    const there = [...members].filter(([, { goneAt }]) => goneAt === undefined).map(([id]) => id);
    const inOrder = [...there, clientId].sort();
    return inOrder.find((id) => id > gone) ?? inOrder[0] ?? clientId;
  };

  const settle = (): void => {
    for (const [id, member] of members) {
      const isGone = member.goneAt !== undefined && performance.now() - member.goneAt >= GRACE_MS;
      if (isGone && heirOf(id) === clientId) adopt(id, member);
      else void giveBack(id);
    }
  };

  const adopt = (id: string, member: Member): void => {
    if (adopted.has(id)) return;
    const sessions = Array.from({ length: member.connections }, (_, index) => open(sessionOf(id, index)));
    adopted.set(id, sessions);
    for (const session of sessions) session.connect();
  };

  const giveBack = async (id: string): Promise<void> => {
    const sessions = adopted.get(id) ?? [];
    adopted.delete(id);
    await Promise.all(sessions.map((session) => session.close()));
  };

  return {
    will: { topic: `${TOPIC}/${group}/${clientId}`, payload: say(true) },
    filter: `${TOPIC}/${group}/+`,
    present: say(false),

    hear: (topic, payload) => {
      const id = topic.slice(topic.lastIndexOf("/") + 1);
      const said = parse(payload);
      if (!said || id === clientId || (!members.has(id) && members.size >= MOST_MEMBERS)) return;
      const before = members.get(id)?.goneAt;
      members.set(id, {
        connections: said.connections,
        ...(said.gone && { goneAt: before ?? performance.now() }),
      });
      settle();
      clearTimeout(timer);
      timer = setTimeout(settle, GRACE_MS + 100);
    },

    close: async () => {
      clearTimeout(timer);
      await Promise.all([...adopted.keys()].map(giveBack));
    },
  };
}

/** A member's ingest connections, by their number. */
export function sessionOf(clientId: string, index: number): string {
  return `${clientId}-${index + 1}`;
}

function parse(payload: Buffer): z.infer<typeof SAID> | undefined {
  try {
    return SAID.parse(JSON.parse(payload.toString()));
  } catch {
    // Whoever wrote it is none of us.
    return undefined;
  }
}
