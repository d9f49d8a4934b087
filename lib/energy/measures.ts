import type { Reading } from "./reading";

/** The measures of a reading: everything but its key and where it came from. */
export const MEASURES = [
  "powerW",
  "importWh",
  "exportWh",
  "volumeM3",
  "electrical",
  "tariffs",
  "temperatureC",
  "socPercent",
] as const satisfies readonly (keyof Reading)[];
export type Measure = (typeof MEASURES)[number];
