import { unitsIn } from "../../energy/calendar";
import type { ExportRow } from "../../exchange/export-rows";
import type { EnergyStore, Interval, Meter } from "../../storage/energy-store";
import type { ApiSite } from "../api-site";
import { Refused } from "../refused";
import { namedMeters } from "./named-meters";

export interface ExportWish {
  readonly from: number;
  readonly to: number;
  readonly meters?: string | undefined;
  readonly interval: "raw" | Exclude<Interval, "total">;
  readonly zone: string;
  readonly format: "csv" | "ndjson";
}

type Store = Pick<EnergyStore, "readings" | "intervals" | "energy">;

/** Rows asked of the store at once. */
const PAGE = 2_000;
/** Meters whose energy is asked for at once, and the time that is. */
const METERS_AT_ONCE = 100;
const PIECES = { quarter: "day", hour: "day", day: "month", month: "month" } as const;
const DAY_MS = 86_400_000;
const MOST_DAYS = 40_000;

/** History as it is written out: in pieces, so that ten years need no more memory than a day. Energy comes by time, readings by meter. */
export async function exportedRows({ store }: ApiSite, wish: ExportWish): Promise<AsyncGenerator<ExportRow>> {
  const { from, to, meters } = wish;
  if (from >= to) throw new Refused("invalid-query", "fromBeforeTo", { field: "from" });
  if (to - from > MOST_DAYS * DAY_MS)
    throw new Refused("invalid-query", "rangeTooLong", { field: "from", values: { days: MOST_DAYS } });
  const known = await store.meters();
  const asked = meters === undefined ? known : namedMeters(known, meters);
  return wish.interval === "raw"
    ? raw(store, asked, wish)
    : energies(store, asked, { ...wish, interval: wish.interval });
}

async function* raw(
  store: Store,
  meters: readonly Meter[],
  { from, to, format }: ExportWish,
): AsyncGenerator<ExportRow> {
  for (const { key, formula } of meters) {
    // What is computed is no reading.
    if (formula) continue;
    yield* readings(store, key, from, to);
    // A table is of one or the other.
    if (format === "ndjson") yield* intervals(store, key, from, to);
  }
}

async function* readings(store: Store, meter: string, from: number, to: number): AsyncGenerator<ExportRow> {
  for (let next = from; next < to;) {
    const page = await store.readings({ meters: [meter], from: next, to, limit: PAGE });
    yield* page;
    const last = page.at(-1);
    if (!last || page.length < PAGE) return;
    next = last.at + 1;
  }
}

async function* intervals(store: Store, meter: string, from: number, to: number): AsyncGenerator<ExportRow> {
  for (let next = from; next < to;) {
    const page = await store.intervals({ meters: [meter], from: next, to, limit: PAGE });
    const last = page.at(-1);
    if (!last || page.length < PAGE) return yield* page;
    // Several may begin where the page ends.
    yield* page.filter((interval) => interval.from < last.from);
    yield* await store.intervals({ meters: [meter], from: last.from, to: last.from + 1 });
    next = last.from + 1;
  }
}

async function* energies(
  store: Store,
  meters: readonly Meter[],
  { from, to, zone, interval }: ExportWish & { readonly interval: Exclude<Interval, "total"> },
): AsyncGenerator<ExportRow> {
  for (const piece of unitsIn(PIECES[interval], from, to, zone)) {
    const span = { from: Math.max(from, piece.from), to: Math.min(to, piece.to), interval, zone };
    for (let first = 0; first < meters.length; first += METERS_AT_ONCE) {
      const keys = meters.slice(first, first + METERS_AT_ONCE).map(({ key }) => key);
      yield* await store.energy({ ...span, meters: keys });
    }
  }
}
