/** A line as two parallel lists, by time. */
export interface Line {
  readonly at: number[];
  readonly powerW: number[];
}

/** At most `points` of a line, in time order: of each stretch of time the smallest and the largest, so that peaks survive. */
export function decimate(at: ArrayLike<number>, powerW: ArrayLike<number>, points: number): Line {
  const count = at.length;
  if (count <= points) return { at: Array.from(at), powerW: Array.from(powerW) };

  const buckets = Math.max(1, Math.floor(points / 2));
  const first = at[0] ?? 0;
  const width = ((at[count - 1] ?? first) - first + 1) / buckets;
  const kept: Line = { at: [], powerW: [] };
  let index = 0;
  for (let bucket = 0; bucket < buckets; bucket += 1) {
    const end = first + (bucket + 1) * width;
    let low = index;
    let high = index;
    const start = index;
    for (; index < count && (at[index] ?? Infinity) < end; index += 1) {
      if ((powerW[index] ?? 0) < (powerW[low] ?? 0)) low = index;
      if ((powerW[index] ?? 0) > (powerW[high] ?? 0)) high = index;
    }
    if (index === start) continue;
    for (const pick of low === high ? [low] : [Math.min(low, high), Math.max(low, high)]) {
      kept.at.push(at[pick] ?? 0);
      kept.powerW.push(powerW[pick] ?? 0);
    }
  }
  return kept;
}
