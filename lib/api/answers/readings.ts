import type { ApiSite } from "../api-site";
import type { Meter } from "../../storage/energy-store";
import { Refused } from "../refused";
import type { SeriesDoc } from "../types";
import { toKilo } from "../wire";
import { isElectric } from "./energy";

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
): Promise<SeriesDoc> {
  if (from >= to) throw new Refused("invalid-query", "fromBeforeTo", { field: "from" });
  if (to - from > MOST_DAYS * DAY_MS)
    throw new Refused("invalid-query", "rangeTooLong", { field: "from", values: { days: MOST_DAYS } });

  const asked = meterList(await site.store.meters(), meters);
  const series: SeriesDoc["series"] = [];
  // One meter after the other, so that what is to be stored gets between.
  for (const { key, role } of asked) {
    const { at, powerW } = await site.store.powerLine({ meter: key, from, to, points });
    series.push({ meter: key, role, at, kw: powerW.map(toKilo) });
  }
  return { series };
}

/** `names` is one key, or several between commas; nothing means all electric meters. */
function meterList(known: readonly Meter[], names: string | undefined): readonly Meter[] {
  const whole = known.filter(({ key }) => key === names);
  const wanted = new Set(names?.split(",").map((name) => name.trim()));
  const asked =
    names === undefined
      ? known.filter(isElectric)
      : whole.length > 0
        ? whole
        : known.filter(({ key }) => wanted.has(key));
  if (names !== undefined && whole.length === 0 && asked.length < wanted.size)
    throw new Refused("not-found", "noMeter", { field: "meters" });
  if (asked.length > MOST_METERS)
    throw new Refused("invalid-query", "tooManyMeters", { field: "meters", values: { limit: MOST_METERS } });
  return asked;
}
