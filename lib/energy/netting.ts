/**
 * How import and export of several phases become one pair of figures: as the device's own registers say; each phase for itself;
 * summed at each instant; or set off against each other over a quarter or a clock hour, as the country's meter does it.
 */
export const NETTINGS = ["device", "phase", "instant", "quarter", "hour"] as const;
export type Netting = (typeof NETTINGS)[number];
