import type { z } from "zod";
import { siteEnergyByInterval } from "../../energy/balance";
import { countedMeters, untracked } from "../../energy/tree";
import type { ApiSite } from "../api-site";
import type { BALANCE_QUERY } from "../balance-contract";
import { Refused } from "../refused";
import type { BalanceDoc } from "../types";
import { toInstant, toKilo } from "../wire";

const DAY_MS = 86_400_000;
/** The longest range of each interval, in days. */
const MOST_DAYS = { quarter: 32, hour: 125, day: 4_000, month: 40_000, total: 40_000 } as const;
/** Rows that are summed for one answer. */
const MOST_ROWS = 200_000;
const LENGTH_MS = {
  quarter: DAY_MS / 96,
  hour: DAY_MS / 24,
  day: DAY_MS,
  month: 28 * DAY_MS,
  total: Infinity,
} as const;

/** How the site did in each interval, and what passed its meters and none of those behind them. */
export async function balance(
  { store, settings: { zone } }: ApiSite,
  {
    from,
    to,
    interval,
  }: Pick<z.infer<typeof BALANCE_QUERY>, "interval"> & { readonly from: number; readonly to: number },
  gone?: AbortSignal,
): Promise<BalanceDoc> {
  if (from >= to) throw new Refused("invalid-query", "fromBeforeTo", { field: "from" });
  const meters = await store.meters();
  const counted = countedMeters(meters);
  const parents = new Set(meters.map(({ parent }) => parent));
  const asked = meters.filter(({ key, parent }) => counted.has(key) || parent !== undefined || parents.has(key));
  const byRows = Math.floor((MOST_ROWS / Math.max(1, asked.length)) * (LENGTH_MS[interval] / DAY_MS));
  const days = Math.max(1, Math.min(MOST_DAYS[interval], byRows));
  if (to - from > days * DAY_MS)
    throw new Refused("invalid-query", "rangeTooLong", { field: "from", values: { days } });

  const rows = await store.energy({ meters: asked.map(({ key }) => key), from, to, interval, zone }, gone);
  const roles = new Map(meters.filter(({ key }) => counted.has(key)).map(({ key, role }) => [key, role]));
  const span = (one: { readonly from: number; readonly to: number }) => ({
    from: toInstant(one.from, zone),
    to: toInstant(one.to, zone),
  });
  return {
    site: siteEnergyByInterval(rows, roles).map((sum) => ({
      ...span(sum),
      usedKwh: toKilo(sum.usedWh),
      importKwh: toKilo(sum.importWh),
      exportKwh: toKilo(sum.exportWh),
      solarKwh: toKilo(sum.solarWh),
      batteryKwh: toKilo(sum.batteryWh),
      ...(sum.selfConsumption !== undefined && { selfConsumption: sum.selfConsumption }),
      ...(sum.selfSufficiency !== undefined && { selfSufficiency: sum.selfSufficiency }),
      coverage: sum.coverage,
    })),
    untracked: untracked(rows, meters).map((one) => ({
      meter: one.meter,
      ...span(one),
      kwh: toKilo(one.untrackedWh),
      coverage: one.coverage,
    })),
  };
}
