import type { StoredRows } from "../exchange/make-report";
import type { EnergyStore } from "../storage/energy-store";

/** What a site has already, as the report on an import compares it. */
export function storedRows(store: Pick<EnergyStore, "readings" | "intervals">): StoredRows {
  return {
    existing: async (meter, from, to) => {
      const span = { meters: [meter], from, to };
      const [readings, intervals] = await Promise.all([store.readings(span), store.intervals(span)]);
      return [
        ...readings.map(({ meter: name, at, source: _, ...values }) => ({ line: 0, meter: name, at, values })),
        ...intervals.map((interval) => ({ line: 0, ...interval })),
      ];
    },
  };
}
