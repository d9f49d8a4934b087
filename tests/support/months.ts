import { expect } from "vitest";
import { nextOf, startOf } from "../../lib/energy/calendar";
import type { EnergyInterval, EnergyStore } from "../../lib/storage/energy-store";

const SUMMED = ["importWh", "exportWh", "volumeM3", "measuredMs", "estimatedMs"] as const;
const HOUR_MS = 3_600_000;

/** What is kept of months is what the days say that they consist of, also where a range has a month in part. */
export async function expectMonthsOfDays(store: Pick<EnergyStore, "energy">, zone: string): Promise<void> {
  const whole = {
    from: startOf("month", Date.UTC(2024, 0, 15), zone),
    to: startOf("month", Date.UTC(2026, 5, 15), zone),
  };
  const inPart = { from: startOf("day", Date.UTC(2025, 2, 20, 12), zone), to: Date.UTC(2025, 4, 10, 12) + HOUR_MS };
  for (const range of [whole, inPart]) {
    const days = await store.energy({ ...range, zone, interval: "day" });
    const months = await store.energy({ ...range, zone, interval: "month" });
    expect(sorted(months)).toEqual(sorted(toMonths(days, range, zone)));
  }
}

function toMonths(
  days: readonly EnergyInterval[],
  range: { from: number; to: number },
  zone: string,
): EnergyInterval[] {
  const byMonth = Map.groupBy(days, ({ meter, from }) => `${startOf("month", from, zone)} ${meter}`);
  return [...byMonth.values()].map((own) => {
    const [{ meter, from } = { meter: "", from: NaN }] = own;
    const start = startOf("month", from, zone);
    const sum = (field: (typeof SUMMED)[number]): number => own.reduce((total, day) => total + day[field], 0);
    const lows = own.flatMap(({ minW }) => minW ?? []);
    const highs = own.flatMap(({ maxW }) => maxW ?? []);
    return {
      meter,
      from: Math.max(start, range.from),
      to: Math.min(nextOf("month", start, zone), range.to),
      importWh: sum("importWh"),
      exportWh: sum("exportWh"),
      volumeM3: sum("volumeM3"),
      measuredMs: sum("measuredMs"),
      estimatedMs: sum("estimatedMs"),
      ...(lows.length > 0 && { minW: Math.min(...lows) }),
      ...(highs.length > 0 && { maxW: Math.max(...highs) }),
    };
  });
}

/** By meter and time; no mean, since days do not say how long a power was known. */
const sorted = (intervals: readonly EnergyInterval[]): object[] =>
  intervals
    .map(({ meanW: _, ...interval }) =>
      Object.fromEntries(
        Object.entries(interval).map(([key, value]) => [
          key,
          typeof value === "number" ? Math.round(value * 1e6) / 1e6 : value,
        ]),
      ),
    )
    .sort((a, b) => (`${a.meter} ${a.from}` < `${b.meter} ${b.from}` ? -1 : 1));
