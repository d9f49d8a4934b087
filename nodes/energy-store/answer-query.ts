import { z } from "zod";
import { EnergyError } from "../../lib/errors";
import type { Site } from "../../lib/site/site";

const instant = z.union([
  z.number().int(),
  z.iso.datetime({ offset: true }).transform((text) => Date.parse(text)),
  z.date().transform(Number),
]);

const QUERY = z.strictObject({
  /** `[from, to)`: ISO 8601 or epoch ms. */
  from: instant,
  to: instant.optional(),
  meters: z.union([z.string().transform((key) => [key]), z.array(z.string())]).optional(),
  /** Readings as they came, or energies by interval. */
  interval: z.enum(["readings", "quarter", "hour", "day", "month", "total"]).default("readings"),
  zone: z.string().optional(),
  limit: z.number().int().min(1).max(100_000).default(10_000),
});

/** The answer to `msg.query`: readings (oldest first) or energies, from this site's store. Throws `invalid-query`. */
export async function answerQuery(site: Site, query: unknown): Promise<unknown> {
  const parsed = QUERY.safeParse(query);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const field = issue?.path.join(".") || "query";
    throw new EnergyError("invalid-query", `msg.query: ${field}: ${issue?.message ?? "unreadable"}`, { field });
  }
  const { from, to = site.now(), meters, interval, zone = site.settings.zone, limit } = parsed.data;
  const range = { from, to, ...(meters && { meters }) };
  if (interval === "readings") return site.store.readings({ ...range, limit });
  return site.store.energy({ ...range, interval, zone });
}
