import type { Kysely } from "kysely";
import { quarterOf } from "../energy/quarters";
import type { Reading } from "../energy/reading";
import { makeBreath } from "./breath";
import { computedMeters, computedRows, partKeys } from "./computed-meters";
import { makeSums, partsOf, rowsOf, type Part } from "./energy-rows";
import type { EnergyQuery, ReadingStore } from "./energy-store";
import { horizonsOf, NO_HORIZON, type Horizon } from "./horizon";
import { withoutZone } from "./month-rows";
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
      const horizons = await horizonsOf(db);
      const edge = firstOfQuarters(query, horizons.values());
      const sums = makeSums(query);
      const keys = await namesOf(db, query.meters);
      // What a meter said itself before it was computed does not count any more.
      const counted = new Set(computed.map(({ key }) => key));
      const own = [...keys].flatMap(([id, key]) => (counted.has(key) ? [] : [id])).sort((a, b) => a - b);
      const left = new Set(goesByDays(query) ? await withoutZone(db, query.meters && own) : []);
      const add = async (parts: readonly Part[], meters: readonly number[]): Promise<void> => {
        for (const part of parts)
          for await (const rows of rowsOf(db, part, meters, query, breath))
            for (const row of rows) sums.add(keys.get(row.meter) ?? "", row);
      };
      await add(
        partsOf(query, zone, edge),
        own.filter((id) => !left.has(id)),
      );
      // Their days and months are not of the site's zone yet.
      for (const id of own.filter((one) => left.has(one)))
        await add(partsOf(query, undefined, firstOfQuarters(query, [horizons.get(id) ?? NO_HORIZON])), [id]);
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

const goesByDays = ({ interval }: EnergyQuery): boolean => interval !== "quarter" && interval !== "hour";

/** Before it a query goes by days, since of some meter there are no quarters any more. */
function firstOfQuarters(query: EnergyQuery, horizons: Iterable<Horizon>): number {
  const { from, to } = query;
  if (!goesByDays(query)) return from;
  return Math.min(to, Math.max(from, ...[...horizons].map(({ quartersFrom }) => quartersFrom)));
}

/** The keys of these meters, or of all, by number. */
async function namesOf(db: Kysely<Schema>, keys: readonly string[] | undefined): Promise<Map<number, string>> {
  let select = db.selectFrom("meter").select(["id", "key"]);
  if (keys) select = select.where("key", "in", keys);
  return new Map((await select.execute()).map(({ id, key }) => [id, key]));
}
