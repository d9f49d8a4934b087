import { AHEAD_MS } from "../../energy/credible";
import type { ApiSite } from "../api-site";
import type { Meter } from "../../storage/energy-store";
import { Refused } from "../refused";
import type { SimpleReadingDoc } from "../types";
import { toInstant, toKilo } from "../wire";

export const isElectric = ({ role }: Pick<Meter, "role">): boolean => !["gas", "water", "heat"].includes(role);

/** The last readings that carry power, newest first: of one meter, or of all electric ones. `since` is not included. */
export async function simpleReadings(
  { store, settings, now }: ApiSite,
  { meter, limit, since }: { meter?: string | undefined; limit: number; since?: number | undefined },
  gone?: AbortSignal,
): Promise<SimpleReadingDoc[]> {
  const known = await store.meters();
  const asked = known.filter((one) => (meter === undefined ? isElectric(one) : one.key === meter));
  if (meter !== undefined && asked.length === 0) throw new Refused("not-found", "noMeter", { field: "meter" });
  if (asked.length === 0) return [];

  const numbers = new Map(asked.map(({ key, id }) => [key, id]));
  const query = {
    // Only gas and water have to be left out by name: the rest of a big site is no list to send around.
    ...(asked.length < known.length && { meters: [...numbers.keys()] }),
    from: since === undefined ? 0 : since + 1,
    to: now() + AHEAD_MS,
    withPower: true,
    newestFirst: true,
    limit,
  };
  const readings = await store.readings(query, gone);
  return readings.flatMap((reading) =>
    reading.powerW === undefined
      ? []
      : {
          id: `${numbers.get(reading.meter) ?? 0}-${reading.at}`,
          timestamp: toInstant(reading.at, settings.zone),
          consumption: toKilo(reading.powerW),
          meter: reading.meter,
        },
  );
}
