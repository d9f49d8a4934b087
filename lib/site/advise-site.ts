import { startOf } from "../energy/calendar";
import { KIND_DEFAULTS } from "../energy/site-facts";
import type { Site } from "./site";
import { advise, HISTORY_DAYS, type Advised } from "../advice/advise";
import { siteQuarters } from "../advice/site-quarters";

const DAY_MS = 86_400_000;

/** Looks at the site's last 30 days. `shiftKwh` is the load a day that could run at another time. */
export async function adviseSite(site: Site, shiftKwh: number): Promise<Advised> {
  const { zone, pricePerKwh, contractedW, kind } = site.settings;
  const now = site.now();
  await site.meters.ready();
  const from = startOf("day", now - HISTORY_DAYS * DAY_MS, zone);
  const quarters = await siteQuarters({ store: site.store, roleOf: site.meters.role, zone }, from, now);
  return advise({
    now,
    quarters,
    shiftKwh,
    kind: KIND_DEFAULTS[kind],
    ...(pricePerKwh !== undefined && { pricePerKwh }),
    ...(contractedW !== undefined && { contractedW }),
  });
}
