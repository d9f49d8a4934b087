import type { Advice } from "../storage/energy-store";
import type { AdviceInput } from "./advice-input";
import { confidenceOf, quantile, type History } from "./history";

/** Of the night's quarters. */
const NIGHT_NEEDS = 0.6;
const NEEDS_NIGHTS = 3;
/** Below a fifth of the night lies what is always on: fridges that pause do not hide it, chargers do not lift it. */
const NIGHT_QUANTILE = 0.2;
/** The quietest tenth of the nights shows what this very site can do. */
const QUIET_QUANTILE = 0.1;
const HOURS_A_YEAR = 8766;

/**
 * What is never switched off: the 20 % quantile of each night's quarters (the site's quiet hours, measured ones only), and of
 * those the median over the nights, so that neither a party nor a holiday decides.
 */
export function baseLoad(history: History, { now, pricePerKwh, kind }: AdviceInput): Advice[] {
  const { from, to } = kind.quietHours;
  const isNight = ({ hour }: { hour: number }): boolean => hour >= from && hour < to;
  const nights = [...Map.groupBy(history.measured.filter(isNight), ({ day }) => day).values()]
    .filter((quarters) => quarters.length >= NIGHT_NEEDS * 4 * (to - from))
    .map((quarters) =>
      quantile(
        quarters.map(({ usedWh }) => usedWh * 4),
        NIGHT_QUANTILE,
      ),
    );
  const baseW = quantile(nights, 0.5);
  if (nights.length < NEEDS_NIGHTS || baseW < 1) return [];

  const quietestW = quantile(nights, QUIET_QUANTILE);
  const yearlyWh = baseW * HOURS_A_YEAR;
  const costOfWh = (energyWh: number): number => (energyWh / 1000) * (pricePerKwh ?? 0);
  const values = { base: baseW, quietest: quietestW, yearly: yearlyWh };
  return [
    {
      id: "base-load",
      at: now,
      ...(pricePerKwh === undefined
        ? { kind: "base-load-unpriced", values }
        : {
            kind: "base-load",
            values: { ...values, cost: costOfWh(yearlyWh) },
            savingPerYear: costOfWh((baseW - quietestW) * HOURS_A_YEAR),
          }),
      confidence: confidenceOf(history),
      evidence: {
        from: history.from,
        to: history.to,
        figures: { nights: nights.length, coverage: history.coverage, baseW, quietestW },
      },
    },
  ];
}
