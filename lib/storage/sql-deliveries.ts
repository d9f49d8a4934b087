import type { Transaction } from "kysely";
import { REMEMBERED, type Batch, type Delivery } from "./energy-store";
import type { Schema } from "./schema";

type Trx = Transaction<Schema>;

/** The slot that holds how many deliveries a session has had: who holds its row has the session to itself. */
const HEAD = -1;

/** How many deliveries each session has had. */
type Heads = ReadonlyMap<string, number>;

/** Tells which batches are no delivery that was kept before; the sessions are this transaction's until it ends. */
export async function dropKnown(
  trx: Trx,
  batches: readonly Batch[],
): Promise<{ readonly isNew: boolean[]; readonly heads: Heads }> {
  const deliveries = batches.flatMap(({ delivery }) => delivery ?? []);
  if (deliveries.length === 0) return { isNew: batches.map(() => true), heads: new Map() };
  const heads = await lockSessions(trx, [...new Set(deliveries.map(({ session }) => session))].sort());
  const known = await knownAgain(
    trx,
    deliveries.filter(({ dup }) => dup),
  );
  const isNew = batches.map(({ delivery }) => {
    if (!delivery) return true;
    if (delivery.dup && known.has(keyOf(delivery))) return false;
    known.add(keyOf(delivery));
    return true;
  });
  return { isNew, heads };
}

/** Keeps what was new in the ring of its session. */
export async function keepDeliveries(trx: Trx, batches: readonly Batch[], heads: Heads): Promise<void> {
  const bySession = Map.groupBy(
    batches.flatMap(({ delivery }) => delivery ?? []),
    ({ session }) => session,
  );
  for (const [session, deliveries] of bySession) {
    const head = (heads.get(session) ?? 0) + deliveries.length;
    const newest = deliveries.slice(-REMEMBERED);
    const rows = newest.map(({ packetId, hash }, index) => {
      const seq = head - newest.length + 1 + index;
      return { session, slot: seq % REMEMBERED, seq, packetId, hash };
    });
    rows.push({ session, slot: HEAD, seq: head, packetId: 0, hash: "" });
    const slots = rows.map(({ slot }) => slot);
    await trx.deleteFrom("delivery").where("session", "=", session).where("slot", "in", slots).execute();
    await trx.insertInto("delivery").values(rows).execute();
  }
}

async function lockSessions(trx: Trx, sessions: readonly string[]): Promise<Heads> {
  const find = async (): Promise<Map<string, number>> => {
    const rows = await trx
      .selectFrom("delivery")
      .select(["session", "seq"])
      .where("session", "in", sessions)
      .where("slot", "=", HEAD)
      .orderBy("session")
      .forUpdate()
      .execute();
    return new Map(rows.map(({ session, seq }) => [session, seq]));
  };
  const found = await find();
  const missing = sessions.filter((session) => !found.has(session));
  if (missing.length === 0) return found;
  await trx
    .insertInto("delivery")
    .values(missing.map((session) => ({ session, slot: HEAD, seq: 0, packetId: 0, hash: "" })))
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return find();
}

/** Of those that the broker says it sends again, the ones that were kept. */
async function knownAgain(trx: Trx, again: readonly Delivery[]): Promise<Set<string>> {
  if (again.length === 0) return new Set();
  const rows = await trx
    .selectFrom("delivery")
    .select(["session", "packetId", "hash"])
    .where("session", "in", [...new Set(again.map(({ session }) => session))])
    .where("packetId", "in", [...new Set(again.map(({ packetId }) => packetId))])
    .execute();
  return new Set(rows.map(keyOf));
}

const keyOf = ({ session, packetId, hash }: Pick<Delivery, "session" | "packetId" | "hash">): string =>
  `${session} ${packetId} ${hash}`;
