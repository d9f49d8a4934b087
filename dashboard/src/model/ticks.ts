import { DateTime } from "luxon";

/** Round instants of the zone's own clock in `[from, to]`: every ten minutes of an hour, every hour of six, every four of a day. */
export function roundTicks(from: number, to: number, zone: string, most: number): number[] {
  const minutes = STEPS.find((step) => (to - from) / (step * 60_000) <= most) ?? 1440;
  let tick = DateTime.fromMillis(from, { zone }).startOf(minutes > 60 ? "day" : "hour");
  const ticks: number[] = [];
  while (tick.toMillis() <= to) {
    if (tick.toMillis() >= from) ticks.push(tick.toMillis());
    // By the clock on the wall where the steps are hours, so that a change of the clock moves no tick.
    const next = minutes > 60 ? tick.set({ hour: tick.hour + minutes / 60 }) : tick.plus({ minutes });
    tick = next > tick ? next : tick.plus({ minutes });
  }
  return ticks;
}

const STEPS = [5, 10, 15, 30, 60, 120, 240, 360, 720] as const;
