/** Epoch ms, `[from, to)`. */
export type Span = readonly [from: number, to: number];

/** One that grows as others are joined to it. */
export type JoinedSpan = [from: number, to: number];

/** Adds a span that comes after those before it; one that touches the last makes that longer. */
export function join(spans: JoinedSpan[], from: number, to: number): void {
  const last = spans.at(-1);
  if (last && from >= last[0] && from <= last[1]) last[1] = Math.max(last[1], to);
  else spans.push([from, to]);
}

/** Sorted, without overlap. */
export function union(spans: readonly Span[]): Span[] {
  const joined: JoinedSpan[] = [];
  for (const [from, to] of [...spans].sort((a, b) => a[0] - b[0])) {
    const last = joined.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else joined.push([from, to]);
  }
  return joined;
}

/** What is left of `span` without `covers`, which are sorted and do not overlap. */
export function without([from, to]: Span, covers: readonly Span[]): Span[] {
  const rest: Span[] = [];
  let at = from;
  for (let index = firstEndingAfter(covers, from); index < covers.length; index += 1) {
    const cover = covers[index];
    if (!cover || cover[0] >= to) break;
    if (cover[0] > at) rest.push([at, cover[0]]);
    at = Math.max(at, cover[1]);
  }
  if (at < to) rest.push([at, to]);
  return rest;
}

function firstEndingAfter(spans: readonly Span[], at: number): number {
  let low = 0;
  let high = spans.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((spans[middle]?.[1] ?? Infinity) > at) high = middle;
    else low = middle + 1;
  }
  return low;
}
