import { fillWasher, makeHouse, nextHouse, switchPlug, type House } from "./house.ts";
import type { HourOf, Surroundings } from "./surroundings.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** The house as it was: coarse long ago, finer in the last hours, and its state at the end. */
export interface History {
  readonly moments: readonly House[];
  readonly now: House;
}

/** The same house lived in for `days` until `until`. */
export function makeHistory(until: number, days: number, around: Surroundings, hourOf: HourOf): History {
  const moments: House[] = [];
  let house = makeHouse(until - days * DAY, around);
  while (house.at < until) {
    const leftMs = until - house.at;
    const stepMs = leftMs > 3 * 60 * MINUTE ? MINUTE : 15_000;
    house = live(nextHouse(house, Math.min(until, house.at + stepMs), around), around, hourOf);
    const everyMs = leftMs > 3 * 60 * MINUTE ? 5 * MINUTE : 15_000;
    if (Math.floor(house.at / everyMs) > Math.floor((house.at - stepMs) / everyMs)) moments.push(house);
  }
  return { moments, now: switchPlug(house, "heater", true, around) };
}

/** What the family does: heating by day alone, washing in the morning and on some evenings. */
function live(house: House, around: Surroundings, hourOf: HourOf): House {
  const hour = hourOf(house.at);
  const wantsHeat = hour >= 6.5 && hour < 23.5;
  const heated = wantsHeat === house.plugs.heater ? house : switchPlug(house, "heater", wantsHeat, around);

  const day = Math.floor(house.at / DAY);
  const washes = (hour >= 10 && hour < 10.05) || (day % 3 === 0 && hour >= 20.25 && hour < 20.3);
  return washes && heated.washedMs > 2 * 60 * MINUTE ? fillWasher(heated, around) : heated;
}
