import type { Kysely, Transaction } from "kysely";
import type { Sample } from "../energy/quarters";
import { EnergyError } from "../errors";
import type { Schema } from "./schema";

type Db = Kysely<Schema>;
type Trx = Transaction<Schema>;

/** How far back a meter's energy is reckoned: what is older was made of readings that are kept no more, and stays as it is. */
export interface Horizon {
  /** Epoch ms. No quarter that begins before it is ever recomputed. */
  readonly from: number;
  /** Of what is older there are no quarters any more, only days. A day began there. */
  readonly quartersFrom: number;
  /** The last that was believed of each measure before `from`: energy goes on from it. */
  readonly last: readonly Sample[];
}

/** All that was ever said is still there. */
export const NO_HORIZON: Horizon = { from: -Infinity, quartersFrom: -Infinity, last: [] };

/** The memories under which horizons are, by the number of the meter. */
const OWNER = "horizon";

/** The horizons of these meters, or of all; a meter without one is absent. */
export async function horizonsOf(db: Db, meters?: readonly number[]): Promise<Map<number, Horizon>> {
  let select = db.selectFrom("memory").select(["key", "value"]).where("owner", "=", OWNER);
  if (meters) select = select.where("key", "in", meters.map(String));
  const rows = meters?.length === 0 ? [] : await select.execute();
  return new Map(rows.map(({ key, value }) => [Number(key), { ...NO_HORIZON, ...(JSON.parse(value) as Horizon) }]));
}

export async function horizonOf(db: Db, meter: number): Promise<Horizon> {
  return (await horizonsOf(db, [meter])).get(meter) ?? NO_HORIZON;
}

export async function putHorizon(trx: Trx, meter: number, { from, quartersFrom, last }: Horizon): Promise<void> {
  await dropHorizon(trx, meter);
  const value = JSON.stringify({ from, last, ...(Number.isFinite(quartersFrom) && { quartersFrom }) });
  await trx
    .insertInto("memory")
    .values({ owner: OWNER, key: String(meter), value })
    .execute();
}

export async function dropHorizon(trx: Trx, meter: number): Promise<void> {
  await trx.deleteFrom("memory").where("owner", "=", OWNER).where("key", "=", String(meter)).execute();
}

/** Rejects `invalid-query` where nothing can be changed any more. */
export async function refuseBeyond(trx: Trx, meter: number, at: number, field: string): Promise<void> {
  const { from } = await horizonOf(trx, meter);
  if (at < from)
    throw new EnergyError("invalid-query", "the readings of that time are kept no more: its energy stays as it is", {
      field,
    });
}
