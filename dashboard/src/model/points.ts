/** `x` epoch ms, `y` kW; a `y` that is no number is a gap. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A line falls silent after this long, or after four of its usual intervals when those are longer. */
const SILENT_MS = 5 * 60_000;

/**
 * At most `limit` of the points, in order; the first, the last, and each span's lowest and highest are among them. Spans are
 * equal in time, not in count: the last hour of a meter that now speaks faster must not crowd out its day.
 */
export function thin(points: readonly Point[], limit: number): Point[] {
  const [first] = points;
  const last = points.at(-1);
  if (points.length <= limit || !first || !last || limit < 4) return [...points];

  const spans = Math.floor((limit - 2) / 2);
  const size = (last.x - first.x) / spans;
  const kept = [first];
  let span = 0;
  let low: Point | undefined;
  let high: Point | undefined;
  const keep = (): void => {
    if (low && high) kept.push(...(low === high ? [low] : low.x < high.x ? [low, high] : [high, low]));
    low = high = undefined;
  };
  for (const point of points.slice(1, -1)) {
    const its = Math.min(spans - 1, Math.floor((point.x - first.x) / size));
    if (its !== span) keep();
    span = its;
    if (!low || point.y < low.y) low = point;
    if (!high || point.y > high.y) high = point;
  }
  keep();
  return [...kept, last];
}

/**
 * How long this line's value is held when nothing new comes: by the intervals that make up a quarter of its time, so that
 * neither a burst of readings nor a long silence decides.
 */
export function holdMs(points: readonly Point[]): number {
  const intervals = points.slice(1).map(({ x }, index) => x - (points[index]?.x ?? x));
  intervals.sort((one, other) => one - other);
  let left = intervals.reduce((sum, interval) => sum + interval, 0) / 4;
  const usual = intervals.find((interval) => (left -= interval) <= 0) ?? 0;
  return Math.max(SILENT_MS, 4 * usual);
}

/** The points with a gap wherever the line was silent for longer than `hold`; its last value is held until `now`. */
export function withGaps(points: readonly Point[], hold: number, now: number): Point[] {
  const drawn: Point[] = [];
  for (const [index, point] of points.entries()) {
    drawn.push(point);
    const next = points[index + 1]?.x ?? now;
    if (next - point.x > hold) drawn.push({ x: point.x + hold, y: point.y }, { x: point.x + hold, y: NaN });
    else if (index === points.length - 1 && now > point.x) drawn.push({ x: now, y: point.y });
  }
  return drawn;
}

/** The value held at `x`: that of the last point at or before it, unless it is a gap. */
export function valueAt(points: readonly Point[], x: number): number | undefined {
  let low = 0;
  let high = points.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((points[middle]?.x ?? Infinity) <= x) low = middle + 1;
    else high = middle;
  }
  const value = points[low - 1]?.y;
  return value === undefined || Number.isNaN(value) ? undefined : value;
}
