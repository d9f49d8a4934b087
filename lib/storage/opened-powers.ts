import { open, type ChunkRow } from "./sealed-readings";

/** The powers of a chunk that were said, and when; ascending, epoch ms. */
export interface Powers {
  readonly at: Float64Array;
  readonly powerW: Float64Array;
}

/** What is kept unpacked: 10 MB, a day at 1 Hz of seven meters. */
const MOST_READINGS = 600_000;

/**
 * The powers of whole chunks. Those asked for last are kept unpacked, since the same day is drawn again and again: a chunk never
 * changes, and one that takes its place has another check sum.
 */
export function makeOpenedPowers(): (chunk: ChunkRow) => Powers {
  const kept = new Map<string, Powers>();
  let readings = 0;
  return (chunk) => {
    const key = `${chunk.meter} ${chunk.start} ${chunk.end} ${chunk.crc}`;
    const known = kept.get(key);
    const powers = known ?? unpack(chunk);
    if (known) kept.delete(key);
    else readings += powers.at.length;
    kept.set(key, powers);
    for (const [oldest, { at }] of kept) {
      if (readings <= MOST_READINGS) break;
      kept.delete(oldest);
      readings -= at.length;
    }
    return powers;
  };
}

function unpack(chunk: ChunkRow): Powers {
  const { at, column } = open(chunk);
  const powerW = column("powerW");
  if (!powerW) return { at: new Float64Array(), powerW: new Float64Array() };
  if (!powerW.some(Number.isNaN)) return { at, powerW };
  return {
    at: at.filter((_, index) => !Number.isNaN(powerW[index])),
    powerW: powerW.filter((power) => !Number.isNaN(power)),
  };
}
