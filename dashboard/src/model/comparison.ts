export type Comparison = "less" | "more" | "same";

/** How `now` compares with `before`; a difference of under 2 percent and 20 W is none. */
export function compare(now: number, before: number): { readonly kind: Comparison; readonly byKw: number } {
  const byKw = Math.abs(now - before);
  if (byKw < Math.max(0.02, Math.abs(before) * 0.02)) return { kind: "same", byKw };
  return { kind: now < before ? "less" : "more", byKw };
}

/** The bar of power against what is contracted: shares of its length; it ends at 118 percent so that too much shows. */
export function contractBar(kw: number, contractedKw: number): { readonly fill: number; readonly mark: number } {
  const end = contractedKw * 1.18;
  return { fill: Math.min(1, Math.max(0, kw / end)), mark: contractedKw / end };
}

/** A screen reader hears the power when it moved by a tenth, and at most every 30 seconds. */
export interface Spoken {
  readonly kw: number;
  readonly at: number;
}

export function nextSpoken(last: Spoken | undefined, kw: number, at: number): Spoken {
  if (!last) return { kw, at };
  const moved = Math.abs(kw - last.kw) >= Math.max(0.05, Math.abs(last.kw) * 0.1);
  return moved && at - last.at >= 30_000 ? { kw, at } : last;
}
