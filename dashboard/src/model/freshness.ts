/** How readings come at the moment. */
export type FeedMode = "connecting" | "live" | "polling" | "offline";

/** Readings older than this are no news: the page says since when. */
const STALE_MS = 2 * 60_000;

export type Freshness =
  | { readonly kind: "connecting" | "waiting" | "offline" }
  | { readonly kind: "live" | "polling" | "stale"; readonly at: number };

/** What the page may honestly say of its figures; `lastAt` is the newest reading's instant. */
export function toFreshness(mode: FeedMode, lastAt: number | undefined, now: number): Freshness {
  if (mode === "offline" || mode === "connecting") return { kind: mode };
  if (lastAt === undefined) return { kind: "waiting" };
  return { kind: now - lastAt > STALE_MS ? "stale" : mode, at: lastAt };
}
