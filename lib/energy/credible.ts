import type { Reading } from "./reading";

/** A device's clock may run ahead by this much. */
export const AHEAD_MS = 5 * 60_000;
const YEAR_2000 = Date.UTC(2000, 0, 1);

/** Why a live reading's instant cannot be, or nothing. Imports may be of any time. Source: DESIGN.md, "Words, units, time". */
export function incredible({ at, source }: Reading, now: number): "future" | "past" | undefined {
  if (source === "imported") return undefined;
  if (at > now + AHEAD_MS) return "future";
  return at < YEAR_2000 ? "past" : undefined;
}
