import type { KindDefaults } from "../energy/site-facts";
import type { SiteQuarter } from "./site-quarters";

/** What all analyses are given. */
export interface AdviceInput {
  readonly now: number;
  /** Oldest first, up to `now`. */
  readonly quarters: readonly SiteQuarter[];
  readonly pricePerKwh?: number;
  readonly contractedW?: number;
  /** What the kind of site makes of quiet hours and of being near the contracted power. */
  readonly kind: Pick<KindDefaults, "nearShare" | "quietHours">;
  /** The load that could be moved, each day. */
  readonly shiftKwh: number;
}
