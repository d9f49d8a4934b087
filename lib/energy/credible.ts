import { MEASURES } from "./measures";
import type { Reading } from "./reading";

/** A device's clock may run ahead by this much. */
export const AHEAD_MS = 5 * 60_000;
const YEAR_2000 = Date.UTC(2000, 0, 1);

/** Readings without the powers that no meter could have, and those powers as readings of their own. */
export function beyond(
  readings: readonly Reading[],
  maxPowerW: number,
): { readonly believed: readonly Reading[]; readonly aside: readonly Reading[] } {
  const isBeyond = ({ powerW = 0 }: Reading): boolean => Math.abs(powerW) > maxPowerW;
  if (!readings.some(isBeyond)) return { believed: readings, aside: [] };
  const aside = readings.filter(isBeyond).map(({ meter, at, powerW, source }) => ({
    meter,
    at,
    ...(powerW !== undefined && { powerW }),
    ...(source && { source }),
  }));
  const believed = readings
    .map((reading) => (isBeyond(reading) ? withoutPower(reading) : reading))
    .filter((reading) => MEASURES.some((measure) => reading[measure] !== undefined));
  return { believed, aside };
}

function withoutPower({ powerW: _, ...rest }: Reading): Reading {
  return rest;
}

/** Why a live reading's instant cannot be, or nothing. Imports may be of any time. Source: DESIGN.md, "Words, units, time". */
export function incredible({ at, source }: Reading, now: number): "future" | "past" | undefined {
  if (source === "imported") return undefined;
  if (at > now + AHEAD_MS) return "future";
  return at < YEAR_2000 ? "past" : undefined;
}
