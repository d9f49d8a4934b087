import { unzigzag, zigzag } from "./chunk-bytes";

/*
 * Numbers that jitter around a level which jumps now and then, as power does: what is written is the difference to the level so far,
 * in a Rice code (R. F. Rice, JPL 79-22) whose width follows the jitter so far. A general compression cannot know that a
 * difference of 37 is as likely as one of 38, and pays for it: a sixth, for power with 1% of noise.
 */

/** How much of a difference the level takes over, and the jitter. */
const LEVEL = 1 / 16;
const JITTER = 1 / 8;
/** A difference of so many times the jitter is a jump: the level follows at once. */
const JUMP = 8;
/** So many ones say that the number follows whole, with its width before it. */
const ESCAPE = 24;
const WIDTH_BITS = 6;
/** An escaped number has at most 24 + 6 + 53 bits. */
const MOST_BYTES = 11;
/** As many bits as a step of 32-bit arithmetic moves beside seven that wait. */
const STEP = 24;

/*
 * Before each number both ends know the level, the jitter, the code's width in `bits` and 2 to its power, the `step`: the least that
 * exceeds the jitter. They must reckon alike, to the last bit. Neither calls anything or keeps state but in locals: it is done for each
 * number of all that is kept, and of each day's line.
 */

/** Whole numbers below 2^51 in size; nothing where they take `limit` bytes or more. */
export function packRice(values: Float64Array, limit: number): Buffer | undefined {
  const bytes = Buffer.allocUnsafe(limit + MOST_BYTES + 1);
  let [level, jitter, bits, step] = [0, 0, 0, 1];
  let at = 0;
  let waiting = 0;
  let held = 0;

  for (const value of values) {
    if (at >= limit) return undefined;
    const difference = value - Math.round(level);
    const code = zigzag(difference);
    const ones = Math.floor(code / step);
    let left = bits;
    let rest = code;
    if (ones < ESCAPE) {
      held = (held << (ones + 1)) | ((2 << ones) - 2);
      waiting += ones + 1;
      rest -= ones * step;
    } else {
      held = (held << ESCAPE) | (2 ** ESCAPE - 1);
      for (waiting += ESCAPE; waiting >= 8; waiting -= 8) bytes[at++] = held >>> (waiting - 8);
      left = Math.floor(Math.log2(code)) + 1;
      held = (held << WIDTH_BITS) | left;
      waiting += WIDTH_BITS;
    }
    for (; waiting >= 8; waiting -= 8) bytes[at++] = held >>> (waiting - 8);
    while (left > 0) {
      const some = Math.min(left, STEP);
      left -= some;
      const part = left > 0 ? Math.floor(rest / 2 ** left) : rest;
      held = (held << some) | (part % 2 ** STEP);
      for (waiting += some; waiting >= 8; waiting -= 8) bytes[at++] = held >>> (waiting - 8);
    }

    const jump = JUMP * (jitter + 1);
    const size = Math.abs(difference);
    if (size > jump) level = value;
    else level += difference * LEVEL;
    jitter += (Math.min(size, jump) - jitter) * JITTER;
    for (; jitter >= step; step *= 2) bits += 1;
    for (; bits > 0 && jitter < step / 2; step /= 2) bits -= 1;
  }
  if (waiting > 0) bytes[at++] = held << (8 - waiting);
  return at < limit ? bytes.subarray(0, at) : undefined;
}

/** Throws a `RangeError` when `bytes` holds fewer than `count`. */
export function unpackRice(bytes: Buffer, count: number): Float64Array {
  const values = new Float64Array(count);
  let [level, jitter, bits, step] = [0, 0, 0, 1];
  let at = 0;
  let waiting = 0;
  let held = 0;

  for (let i = 0; i < count; i += 1) {
    for (; waiting < ESCAPE; waiting += 8) held = (held << 8) | (bytes[at++] ?? 0);
    const ones = Math.min(ESCAPE, Math.clz32(~(held << (32 - waiting))));
    waiting -= Math.min(ESCAPE, ones + 1);
    let left = bits;
    if (ones === ESCAPE) {
      for (; waiting < WIDTH_BITS; waiting += 8) held = (held << 8) | (bytes[at++] ?? 0);
      waiting -= WIDTH_BITS;
      left = (held >>> waiting) & ((1 << WIDTH_BITS) - 1);
    }
    let code = ones < ESCAPE ? ones : 0;
    while (left > 0) {
      const some = Math.min(left, STEP);
      for (; waiting < some; waiting += 8) held = (held << 8) | (bytes[at++] ?? 0);
      waiting -= some;
      code = code * (1 << some) + ((held >>> waiting) & ((1 << some) - 1));
      left -= some;
    }
    const difference = unzigzag(code);
    const value = Math.round(level) + difference;
    values[i] = value;

    const jump = JUMP * (jitter + 1);
    const size = Math.abs(difference);
    if (size > jump) level = value;
    else level += difference * LEVEL;
    jitter += (Math.min(size, jump) - jitter) * JITTER;
    for (; jitter >= step; step *= 2) bits += 1;
    for (; bits > 0 && jitter < step / 2; step /= 2) bits -= 1;
  }
  if (at - Math.floor(waiting / 8) > bytes.length) throw new RangeError("it ends within a number");
  return values;
}
