import { z } from "zod";

const instant = z.iso.datetime({ offset: true });
const energy = z.number();

/** The query of `GET /api/v1/balance`. */
export const BALANCE_QUERY = z.strictObject({
  from: instant,
  to: instant,
  interval: z.enum(["quarter", "hour", "day", "month", "total"]).default("total"),
});

/** How a site did in each interval, oldest first; intervals of which nothing is known are absent. */
export const BALANCE = z.object({
  site: z.array(
    z.object({
      from: instant,
      to: instant,
      usedKwh: energy,
      importKwh: energy,
      exportKwh: energy,
      solarKwh: energy,
      /** What batteries gave, less what they took. */
      batteryKwh: energy,
      /** The share of the sun that was not sold, 0 to 1; absent without sun. */
      selfConsumption: z.number().optional(),
      /** The share of what was used that was not bought, 0 to 1. */
      selfSufficiency: z.number().optional(),
      /** How much of the time was measured, 0 to 1. */
      coverage: z.number(),
    }),
  ),
  /** What passed a meter and none of those behind it. */
  untracked: z.array(z.object({ meter: z.string(), from: instant, to: instant, kwh: energy, coverage: z.number() })),
});
