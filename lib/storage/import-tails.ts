import type { Transaction } from "kysely";
import { isDeepStrictEqual } from "node:util";
import { hotOf, type EnergyRow } from "./hot-readings";
import { energyRowOf } from "./reading-columns";
import type { Schema } from "./schema";
import { chunkKeys } from "./sealed-readings";
import { readingsOf } from "./stored-readings";

type Trx = Transaction<Schema>;

/** The time from `from` to `to` in which a meter said something from `first` to `last`. */
interface Stretch {
  readonly meter: number;
  readonly from: number;
  readonly first: number;
  readonly last: number;
  readonly to: number;
}

/** What an import brought last of a meter: what it brings next mostly follows it, and would be unpacked again for that. */
export interface ImportTails {
  /** What is stored of a stretch before its first reading and after its last one; nothing where there is anything in between. */
  around(trx: Trx, stretch: Stretch): Promise<Around | undefined>;
  /** Remembers all that is stored from `from` to `last`. */
  keep(trx: Trx, meter: number, from: number, last: number, rows: readonly EnergyRow[]): Promise<void>;
}

interface Around {
  readonly before: readonly EnergyRow[];
  readonly after: readonly EnergyRow[];
}

/** It holds for as long as the chunks that it lies in are the same, and nothing is hot beside them. */
interface Tail {
  readonly from: number;
  readonly rows: readonly EnergyRow[];
  readonly chunks: Awaited<ReturnType<typeof chunkKeys>>;
}

/** Some megabytes in all, and not for long after an import is over. */
const MOST_ROWS = 65_536;
const KEPT_MS = 10_000;

export function makeImportTails(): ImportTails {
  const tails = new Map<number, Tail>();
  let count = 0;
  let forgetting: NodeJS.Timeout | undefined;

  const forget = (meter: number): void => {
    count -= tails.get(meter)?.rows.length ?? 0;
    tails.delete(meter);
  };

  return {
    around: async (trx, { meter, from, first, last, to }) => {
      const hot = await hotOf(trx, meter, from, to);
      const chunks = await chunkKeys(trx, meter, from, to);
      const isTaken = hot.some(({ at }) => at >= first && at <= last);
      if (isTaken || chunks.some(({ start, end }) => start <= last && end >= first)) return undefined;

      const read = async (start: number, end: number): Promise<EnergyRow[]> =>
        hot.length + chunks.length > 0 ? (await readingsOf(trx, meter, start, end)).map(energyRowOf) : [];
      const tail = tails.get(meter);
      const own = tail?.chunks.filter(({ end }) => end >= from);
      const earlier = chunks.filter(({ end }) => end < first);
      const isKnown = tail && tail.from <= from && hot.length === 0 && isDeepStrictEqual(own, earlier);
      return {
        before: isKnown ? tail.rows.filter(({ at }) => at >= from) : await read(from, first),
        after: earlier.length < chunks.length || hot.length > 0 ? await read(last + 1, to) : [],
      };
    },

    keep: async (trx, meter, from, last, rows) => {
      forget(meter);
      const own = rows.slice(rows.findLastIndex(({ at }) => at < from) + 1);
      tails.set(meter, { from, rows: own, chunks: await chunkKeys(trx, meter, from, last + 1) });
      count += own.length;
      for (const oldest of tails.keys()) if (count > MOST_ROWS) forget(oldest);
      clearTimeout(forgetting);
      forgetting = setTimeout(() => [...tails.keys()].forEach(forget), KEPT_MS).unref();
    },
  };
}
