import { QUARTER_MS } from "../energy/quarters";
import type { SiteQuarter } from "./site-quarters";

/** A quarter counts as measured from this share of its time on; the rest says nothing. */
const MEASURED_FROM = 0.9;
/** A day counts from this many measured quarters on: three quarters of it. */
const DAY_FROM = 72;
/** So many days are as sure as days can make it; 30 days are still no year. */
const SURE_DAYS = 14;
const AT_MOST_SURE = 0.9;

/** Measured history alone: what advice may rest on. */
export interface History {
  readonly from: number;
  readonly to: number;
  /** Quarters that were measured, oldest first. */
  readonly measured: readonly SiteQuarter[];
  /** The measured quarters of each day that was measured well enough to stand for days. */
  readonly days: ReadonlyMap<string, readonly SiteQuarter[]>;
  /** The measured share of the range since the first quarter known, 0 to 1. */
  readonly coverage: number;
}

export function toHistory(quarters: readonly SiteQuarter[], to: number): History {
  const from = quarters[0]?.from ?? to;
  const measured = quarters.filter(({ coverage }) => coverage >= MEASURED_FROM);
  const days = new Map([...Map.groupBy(measured, ({ day }) => day)].filter(([, ofDay]) => ofDay.length >= DAY_FROM));
  const possible = Math.max(1, Math.ceil((to - from) / QUARTER_MS));
  return { from, to, measured, days, coverage: Math.min(1, measured.length / possible) };
}

/** How far advice from this history can be trusted, 0 to 1. */
export function confidenceOf({ days, coverage }: History): number {
  return Math.round(Math.min(AT_MOST_SURE, days.size / SURE_DAYS) * coverage * 100) / 100;
}

/** The value below which this share of `values` lies (nearest rank); of none it is 0. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const rank = Math.max(1, Math.ceil(share * sorted.length));
  return sorted[rank - 1] ?? 0;
}

export function sumOf<Item>(items: readonly Item[], valueOf: (item: Item) => number): number {
  return items.reduce((sum, item) => sum + valueOf(item), 0);
}
