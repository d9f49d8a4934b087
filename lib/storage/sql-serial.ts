import type { Transaction } from "kysely";
import { quarterOf } from "../energy/quarters";
import type { Reading } from "../energy/reading";
import type { Schema } from "./schema";
import { DAY_MS, MOST_SWAPS_A_DAY, serialStep, type KnownSerial } from "./serial-step";

type Trx = Transaction<Schema>;

interface Quarter {
  readonly meter: number;
  readonly start: number;
}

/** Notes the numbers that meters say, and rules a swap where one is another than before; answers what is to be recomputed. */
export async function noteSerials(
  trx: Trx,
  readings: readonly Reading[],
  meterOf: (key: string) => KnownSerial,
): Promise<Quarter[]> {
  const dirty: Quarter[] = [];
  const locked = new Map<number, KnownSerial>();
  for (const { meter: key, serial, at } of readings) {
    if (serial === undefined) continue;
    const { id } = meterOf(key);
    if (serialStep(locked.get(id) ?? meterOf(key), serial, at) === "nothing") continue;
    const meter = locked.get(id) ?? (await lock(trx, id));
    locked.set(id, meter);
    const swappedAt = await note(trx, meter, serial, at);
    if (swappedAt !== undefined) dirty.push({ meter: id, start: quarterOf(swappedAt) });
  }
  return dirty;
}

/** As it is now, and for this transaction alone. */
function lock(trx: Trx, id: number): Promise<KnownSerial> {
  return trx
    .selectFrom("meter")
    .select(["id", "serial", "serialAt"])
    .where("id", "=", id)
    .forUpdate()
    .executeTakeFirstOrThrow();
}

/** Answers where a swap was ruled. */
async function note(trx: Trx, meter: KnownSerial, serial: string, at: number): Promise<number | undefined> {
  const { id, serialAt } = meter;
  const step = serialStep(meter, serial, at);
  if (step === "nothing") return undefined;
  if (step === "swap-before") return swap(trx, id, serialAt ?? at);
  if (step === "note-unless-swapped" && (await findSwap(trx, id, serialAt ?? at))) return undefined;
  if (step === "swap" && (await swapsSince(trx, id, at - DAY_MS)) >= MOST_SWAPS_A_DAY) return undefined;
  const swappedAt = step === "swap" ? await swap(trx, id, at) : undefined;
  meter.serial = serial;
  meter.serialAt = at;
  await trx.updateTable("meter").set({ serial, serialAt: at }).where("id", "=", id).execute();
  return swappedAt;
}

/** A person may have undone it: then it is not ruled again. */
async function swap(trx: Trx, meter: number, at: number): Promise<number | undefined> {
  if (await findSwap(trx, meter, at)) return undefined;
  const madeAt = Date.now();
  await trx
    .insertInto("ruling")
    .values({ meter, at, path: "*", kind: "swap", value: null, by: "meter", madeAt, undoneAt: null, undoneBy: null })
    .execute();
  return at;
}

const swaps = (trx: Trx, meter: number) =>
  trx.selectFrom("ruling").where("meter", "=", meter).where("path", "=", "*").where("kind", "=", "swap");

async function findSwap(trx: Trx, meter: number, at: number): Promise<boolean> {
  return (await swaps(trx, meter).select("id").where("at", "=", at).executeTakeFirst()) !== undefined;
}

async function swapsSince(trx: Trx, meter: number, since: number): Promise<number> {
  const { count } = await swaps(trx, meter)
    .select(({ fn }) => fn.countAll<number>().as("count"))
    .where("at", ">", since)
    .where("by", "=", "meter")
    .executeTakeFirstOrThrow();
  return count;
}
