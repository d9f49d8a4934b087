/** The base interval: it divides every zone's offset, day-ahead prices and demand windows. */
export const QUARTER_MS = 15 * 60_000;

export const quarterOf = (at: number): number => Math.floor(at / QUARTER_MS) * QUARTER_MS;
