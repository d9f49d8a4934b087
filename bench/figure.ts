/** One measured figure and what was promised of it. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly bound: { readonly kind: "at most" | "at least"; readonly value: number };
  /** What somebody else's program reached in the same run. */
  readonly peer?: { readonly name: string; readonly value: number };
  readonly ok: boolean;
}

export function atMost(name: string, value: number, unit: string, bound: number): Figure {
  return { name, value, unit, bound: { kind: "at most", value: bound }, ok: value <= bound };
}

export function atLeast(name: string, value: number, unit: string, bound: number): Figure {
  return { name, value, unit, bound: { kind: "at least", value: bound }, ok: value >= bound };
}
