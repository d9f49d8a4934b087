import type { Advice } from "../storage/energy-store";
import type { AdviceInput } from "./advice-input";
import { confidenceOf, sumOf, type History } from "./history";
import type { SiteQuarter } from "./site-quarters";

/** Hours on end that are looked for. */
const WINDOW_HOURS = 3;
const HOURS = 24;
const DAYS_A_YEAR = 365.25;
/** Less than this a day is not worth moving. */
const WORTH_MOVING_WH = 50;

type Measure = "importWh" | "exportWh";

/**
 * The three hours on end in which most is bought, and what moving a load out of them saves. With one price for all hours only
 * energy that would else be exported saves money: at most what a day exports in its best three hours, and never more than
 * was bought in the costly ones. What exports earn is not known and counts as nothing.
 */
export function costlyHours(history: History, { now, pricePerKwh, shiftKwh }: AdviceInput): Advice[] {
  const days = [...history.days.values()];
  const bought = profile(days, "importWh");
  const exported = profile(days, "exportWh");
  const totalWh = sumOf(bought, (wh) => wh);
  if (days.length === 0 || totalWh <= 0) return [];

  const costly = bestWindow(bought, 1);
  const sunny = bestWindow(exported, 1);
  const shiftWh = shiftKwh * 1000;
  const movedWh =
    sumOf(days, (day) => Math.min(shiftWh, inWindow(day, sunny, "exportWh"), inWindow(day, costly, "importWh"))) /
    days.length;
  const worthIt = movedWh >= WORTH_MOVING_WH;
  const cheap = worthIt ? sunny : bestWindow(bought, -1);

  const costlyWh = sumOf(hoursOf(costly), (hour) => bought[hour] ?? 0);
  const costOfDays = (wh: number): number => (wh / 1000) * DAYS_A_YEAR * (pricePerKwh ?? 0);
  const values = {
    costlyFrom: costly,
    costlyTo: costly + WINDOW_HOURS,
    cheapFrom: cheap,
    cheapTo: cheap + WINDOW_HOURS,
    share: costlyWh / totalWh,
    shift: shiftWh,
  };
  return [
    {
      id: "costly-hours",
      at: now,
      ...(pricePerKwh === undefined
        ? { kind: "busy-hours", values }
        : {
            kind: worthIt ? "costly-hours-surplus" : "costly-hours-flat",
            values: { ...values, cost: costOfDays(costlyWh) },
            savingPerYear: worthIt ? costOfDays(movedWh) : 0,
          }),
      confidence: confidenceOf(history),
      evidence: {
        from: history.from,
        to: history.to,
        figures: {
          days: days.length,
          coverage: history.coverage,
          boughtKwhADay: totalWh / 1000,
          costlyKwhADay: costlyWh / 1000,
          movableKwhADay: movedWh / 1000,
        },
      },
    },
  ];
}

/** Wh a day in each hour of the day: the mean of the quarters measured in it, times four. */
function profile(days: readonly (readonly SiteQuarter[])[], measure: Measure): number[] {
  const byHour = Map.groupBy(days.flat(), ({ hour }) => hour);
  return Array.from({ length: HOURS }, (_, hour) => {
    const quarters = byHour.get(hour) ?? [];
    return quarters.length > 0 ? (sumOf(quarters, (quarter) => quarter[measure]) / quarters.length) * 4 : 0;
  });
}

/** The first hour of the window with the most (`sign` 1) or the least (-1); it may reach over midnight. */
function bestWindow(perHour: readonly number[], sign: 1 | -1): number {
  const worth = (from: number): number => sign * sumOf(hoursOf(from), (hour) => perHour[hour] ?? 0);
  return Array.from({ length: HOURS }, (_, hour) => hour).reduce((best, hour) =>
    worth(hour) > worth(best) ? hour : best,
  );
}

function hoursOf(from: number): number[] {
  return Array.from({ length: WINDOW_HOURS }, (_, index) => (from + index) % HOURS);
}

function inWindow(day: readonly SiteQuarter[], from: number, measure: Measure): number {
  const hours = hoursOf(from);
  return sumOf(
    day.filter(({ hour }) => hours.includes(hour)),
    (quarter) => quarter[measure],
  );
}
