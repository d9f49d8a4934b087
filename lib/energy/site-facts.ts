export const SITE_KINDS = ["home", "office", "plant"] as const;
export type SiteKind = (typeof SITE_KINDS)[number];

export const LANGUAGES = ["en-US", "es-ES"] as const;
export type Language = (typeof LANGUAGES)[number];

/** What is known of one home, office or plant, whoever asks. */
export interface SiteFacts {
  readonly id: string;
  readonly name: string;
  readonly kind: SiteKind;
  /** IANA zone. */
  readonly zone: string;
  /** ISO 4217. */
  readonly currency: string;
  readonly language: Language;
  readonly pricePerKwh?: number;
  readonly contractedW?: number;
}

/** What a kind of site means where nothing else was said. */
export interface KindDefaults {
  /**
   * A limit that nobody set, as a share of the contracted power. A home's breaker trips above it; an office and a plant pay for
   * each quarter of an hour above it, and want to know before.
   */
  readonly limitShare: number;
  /** From this share of the contracted power on, a quarter of an hour counts as near it. */
  readonly nearShare: number;
  /** `[from, to)` on the local clock: what runs then is never switched off. */
  readonly quietHours: { readonly from: number; readonly to: number };
  /** What no meter of such a site carries, where nobody said its own limit. */
  readonly maxPowerW: number;
}

export const KIND_DEFAULTS: Readonly<Record<SiteKind, KindDefaults>> = {
  home: { limitShare: 1, nearShare: 0.85, quietHours: { from: 0, to: 5 }, maxPowerW: 100_000 },
  office: { limitShare: 0.95, nearShare: 0.85, quietHours: { from: 0, to: 6 }, maxPowerW: 2_000_000 },
  plant: { limitShare: 0.9, nearShare: 0.9, quietHours: { from: 0, to: 4 }, maxPowerW: 100_000_000 },
};
