/** One measured figure and what was promised of it. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** Null where nothing was promised. */
  readonly bound: { readonly kind: "at most" | "at least"; readonly value: number } | null;
  /** What somebody else's program reached in the same run; null when it could not run. */
  readonly peer?: { readonly name: string; readonly value: number } | null;
  /** Why there is no peer. */
  readonly withoutPeer?: string;
  readonly ok: boolean;
}

export function atMost(name: string, value: number, unit: string, bound: number): Figure {
  return { name, value, unit, bound: { kind: "at most", value: bound }, ok: value <= bound };
}

export function atLeast(name: string, value: number, unit: string, bound: number): Figure {
  return { name, value, unit, bound: { kind: "at least", value: bound }, ok: value >= bound };
}

export function stated(name: string, value: number, unit: string): Figure {
  return { name, value, unit, bound: null, ok: true };
}

/** The figure with what `name` reached, which it must not exceed, or with the reason why that is unknown. For figures where less is better. */
export function beside(figure: Figure, name: string, reached: number | string): Figure {
  if (typeof reached === "string") return { ...figure, peer: null, withoutPeer: reached };
  return { ...figure, peer: { name, value: reached }, ok: figure.ok && figure.value <= reached };
}
