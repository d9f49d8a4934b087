import type { ApiSite } from "../api-site";
import type { Meter } from "../../storage/energy-store";
import { Refused } from "../refused";
import type { SeriesDoc } from "../types";
import { toKilo } from "../wire";
import { isElectric } from "./energy";
import { namedMeters } from "./named-meters";

const DAY_MS = 86_400_000;
const MOST_DAYS = 400;
const MOST_METERS = 50;
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** A line a meter, in kW, of at most `points` points in which minima and maxima survive. */
export async function lines(
  site: ApiSite,
  { from, to, meters, points }: Span & { meters?: string | undefined; points: number },
  gone?: AbortSignal,
): Promise<SeriesDoc> {
  if (from >= to) throw new Refused("invalid-query", "fromBeforeTo", { field: "from" });
  if (to - from > MOST_DAYS * DAY_MS)
    throw new Refused("invalid-query", "rangeTooLong", { field: "from", values: { days: MOST_DAYS } });

  const asked = meterList(await site.store.meters(), meters);
  const series: SeriesDoc["series"] = [];
  // One meter after the other, so that what is to be stored gets between.
  for (const { key, role } of asked) {
    const { at, powerW } = await site.store.powerLine({ meter: key, from, to, points }, gone);
    series.push({ meter: key, role, at, kw: powerW.map(toKilo) });
  }
  return { series };
}

/** The meters that are named, or all electric ones. */
function meterList(known: readonly Meter[], names: string | undefined): readonly Meter[] {
  const asked = names === undefined ? known.filter(isElectric) : namedMeters(known, names);
  if (asked.length > MOST_METERS)
    throw new Refused("invalid-query", "tooManyMeters", { field: "meters", values: { limit: MOST_METERS } });
  return asked;
}
