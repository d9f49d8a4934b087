import type { Kysely } from "kysely";
import { quarterOf } from "../energy/quarters";
import type { Reading } from "../energy/reading";
import { makeBreath } from "./breath";
import { computedMeters, computedRows, partKeys } from "./computed-meters";
import { makeSums, partsOf, rowsOf } from "./energy-rows";
import type { EnergyQuery, ReadingStore } from "./energy-store";
import { horizonsOf } from "./horizon";
import { makePowerLine } from "./power-line";
import { toReading } from "./reading-row";
import type { Schema } from "./schema";
import { readingsInOrder } from "./stored-readings";

/** Recomputes what is still dirty in these meters, or in all of them. */
export type Settle = (keys: readonly string[] | undefined, stop?: AbortSignal) => Promise<void>;

/** Answers from what is stored, in steps between which others have their turn. They reject with the signal's reason once it stops them. */
export function makeAnswers(
  db: Kysely<Schema>,
  zone: string,
  settle: Settle,
): Pick<ReadingStore, "readings" | "powerLine" | "energy"> {
  const answers: ReturnType<typeof makeAnswers> = {
    readings: async (query, stop) => {
      if (query.meters?.length === 0) return [];
      const meters = await namesOf(db, query.meters);
      const found: Reading[] = [];
      const inOrder = readingsInOrder(db, query, query.meters && [...meters.keys()], makeBreath(stop));
      for await (const { meter, ...row } of inOrder) {
        if (found.length === query.limit) break;
        if (query.withPower && row.powerW === null) continue;
        found.push(toReading(meters.get(meter) ?? "", row.at, row));
      }
      return found;
    },

    powerLine: (query, stop) => line(query, stop),

    energy: async (asked, stop) => {
      const query = { ...asked, from: quarterOf(asked.from) };
      if (query.meters?.length === 0) return [];
      const computed = await computedMeters(db, query.meters);
      await settle(query.meters && [...query.meters, ...partKeys(computed)], stop);

      const breath = makeBreath(stop);
      const edge = await firstOfQuarters(db, query);
      const sums = makeSums(query);
      const keys = await namesOf(db, query.meters);
      // What a meter said itself before it was computed does not count any more.
      const counted = new Set(computed.map(({ key }) => key));
      const own = [...keys].flatMap(([id, key]) => (counted.has(key) ? [] : [id])).sort((a, b) => a - b);
      for (const part of partsOf(query, zone, edge))
        for await (const { meter, ...row } of rowsOf(db, part, own, query, breath))
          sums.add(keys.get(meter) ?? "", row);
      for (const { table, from, to } of [
        { ...query, to: edge, table: "day" },
        { ...query, from: edge, table: "quarter" },
      ] as const)
        for await (const { key, ...row } of computedRows(db, computed, from, to, table, breath)) sums.add(key, row);
      return sums.all();
    },
  };
  const line = makePowerLine(db, answers.energy, zone);
  return answers;
}

/** Before it a query goes by days, since of some meter there are no quarters any more. */
async function firstOfQuarters(db: Kysely<Schema>, { from, to, interval }: EnergyQuery): Promise<number> {
  if (interval === "quarter" || interval === "hour") return from;
  const horizons = [...(await horizonsOf(db)).values()];
  return Math.min(to, Math.max(from, ...horizons.map(({ quartersFrom }) => quartersFrom)));
}

/** The keys of these meters, or of all, by number. */
async function namesOf(db: Kysely<Schema>, keys: readonly string[] | undefined): Promise<Map<number, string>> {
  let select = db.selectFrom("meter").select(["id", "key"]);
  if (keys) select = select.where("key", "in", keys);
  return new Map((await select.execute()).map(({ id, key }) => [id, key]));
}
