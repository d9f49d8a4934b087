/** What is known of a meter's own number. */
export interface KnownSerial {
  readonly id: number;
  serial: string | null;
  serialAt: number | null;
}

/**
 * What follows when a meter says its number: `note` it; `note-unless-swapped`: it was this meter earlier already, unless that is
 * where another one ended; `swap-before`: an older meter's last words, what is known began with a swap; `swap`: the registers are
 * another meter's from here on.
 */
export type SerialStep = "nothing" | "note" | "note-unless-swapped" | "swap-before" | "swap";

export const DAY_MS = 86_400_000;
/** Meters are not swapped more often in a day: two that speak under one name are. */
export const MOST_SWAPS_A_DAY = 3;

export function serialStep(known: Omit<KnownSerial, "id">, serial: string, at: number): SerialStep {
  const { serialAt } = known;
  if (serialAt === null) return "note";
  if (serial === known.serial) return at < serialAt ? "note-unless-swapped" : "nothing";
  if (at > serialAt) return "swap";
  return at < serialAt ? "swap-before" : "nothing";
}
