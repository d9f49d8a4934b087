import { Info } from "luxon";

const MINUTE_MS = 60_000;
const QUARTER_MS = 15 * MINUTE_MS;
const MAX_KNOWN = 20_000;

/** A meter's last instant, and whether its rows go back in time. */
export interface Trail {
  last?: number;
  backwards?: boolean;
}

export interface LocalClock {
  /**
   * The instant of a wall-clock time, given as if it were UTC; nothing where the clocks jumped over it. A time that comes twice is
   * the earlier one until the rows of its trail have passed that, then the later one; the other way round where they go back.
   */
  instantOf(local: number, trail: Trail): number | undefined;
}

/** The instants of one quarter of wall-clock time: none, one, or two. Offsets change on the quarter. */
interface Offsets {
  readonly earlier?: number;
  readonly later?: number;
}

/** The wall clock of `zone`. */
export function makeLocalClock(zone: string): LocalClock {
  const clock = Info.normalizeZone(zone);
  const offsetAt = (at: number): number => clock.offset(at) * MINUTE_MS;
  const known = new Map<number, Offsets>();
  let lastQuarter = NaN;
  let lastOffsets: Offsets = {};

  const offsetsIn = (quarter: number): Offsets => {
    if (quarter === lastQuarter) return lastOffsets;
    let offsets = known.get(quarter);
    if (!offsets) {
      offsets = look(quarter * QUARTER_MS, offsetAt);
      if (known.size >= MAX_KNOWN) known.clear();
      known.set(quarter, offsets);
    }
    lastQuarter = quarter;
    lastOffsets = offsets;
    return offsets;
  };

  return {
    instantOf: (local, trail) => {
      const { earlier, later } = offsetsIn(Math.floor(local / QUARTER_MS));
      if (earlier === undefined || later === undefined) return undefined;
      const at = earlier === later ? local - earlier : choose(local - earlier, local - later, trail);
      follow(trail, at);
      return at;
    },
  };
}

function look(local: number, offsetAt: (at: number) => number): Offsets {
  const day = 86_400_000;
  // The larger offset is the earlier instant.
  const found = [...new Set([offsetAt(local - day), offsetAt(local + day)])]
    .filter((offset) => offsetAt(local - offset) === offset)
    .sort((a, b) => b - a);
  const [earlier, later = earlier] = found;
  return earlier === undefined || later === undefined ? {} : { earlier, later };
}

function choose(earlier: number, later: number, { last, backwards }: Trail): number {
  if (backwards) return last !== undefined && later >= last ? earlier : later;
  return last !== undefined && earlier <= last && last < later + 3_600_000 ? later : earlier;
}

/** Two rows apart in time tell the direction; a single one that is late does not turn it for long. */
function follow(trail: Trail, at: number): void {
  if (trail.last !== undefined && at !== trail.last) trail.backwards = at < trail.last;
  trail.last = at;
}
