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

/** What both ends know before the next number: they must reckon alike, to the last bit. */
interface State {
  level: number;
  jitter: number;
  /** The code's width, and 2 to its power: the least that exceeds the jitter. */
  bits: number;
  step: number;
}

function follow(state: State, value: number, difference: number): void {
  const jump = JUMP * (state.jitter + 1);
  const size = Math.abs(difference);
  if (size > jump) state.level = value;
  else state.level += difference * LEVEL;
  state.jitter += (Math.min(size, jump) - state.jitter) * JITTER;
  for (; state.jitter >= state.step; state.step *= 2) state.bits += 1;
  for (; state.bits > 0 && state.jitter < state.step / 2; state.step /= 2) state.bits -= 1;
}

const begin = (): State => ({ level: 0, jitter: 0, bits: 0, step: 1 });

/** Whole numbers below 2^51 in size. */
export function packRice(values: Float64Array): Buffer {
  const bytes = Buffer.allocUnsafe(values.length * MOST_BYTES + 1);
  const state = begin();
  let at = 0;
  let waiting = 0;
  let held = 0;
  const put = (value: number, bits: number): void => {
    held = (held << bits) | value;
    waiting += bits;
    for (; waiting >= 8; waiting -= 8) bytes[at++] = held >>> (waiting - 8);
  };
  const putWide = (value: number, bits: number): void => {
    if (bits <= STEP) {
      put(value, bits);
      return;
    }
    let left = bits;
    for (; left > STEP; left -= STEP) put(Math.floor(value / 2 ** (left - STEP)) % 2 ** STEP, STEP);
    put(value % 2 ** left, left);
  };

  for (const value of values) {
    const difference = value - Math.round(state.level);
    const code = zigzag(difference);
    const ones = Math.floor(code / state.step);
    if (ones < ESCAPE) {
      put((2 << ones) - 2, ones + 1);
      putWide(code - ones * state.step, state.bits);
    } else {
      const width = Math.floor(Math.log2(code)) + 1;
      put(2 ** ESCAPE - 1, ESCAPE);
      put(width, WIDTH_BITS);
      putWide(code, width);
    }
    follow(state, value, difference);
  }
  if (waiting > 0) put(0, 8 - waiting);
  return bytes.subarray(0, at);
}

/** Throws a `RangeError` when `bytes` holds fewer than `count`. What a day's line is drawn from: no call, and no state but locals. */
export function unpackRice(bytes: Buffer, count: number): Float64Array {
  const values = new Float64Array(count);
  let { level, jitter, bits, step } = begin();
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

    // As `follow`, to the last bit.
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
