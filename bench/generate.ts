/** What a made-up meter says at one instant. */
export interface GeneratedReading {
  /** Epoch ms, on the second. */
  readonly at: number;
  /** In steps of 0.1 W. */
  readonly powerW: number;
  /** Whole Wh, as most registers count. */
  readonly importWh: number;
}

/** An appliance: its power while it is on, and how long it is on and off in the mean. */
interface Load {
  readonly powerW: number;
  readonly onS: number;
  readonly offS: number;
}

const LOADS = 3;
const NOISE = 0.01;
const SECOND_MS = 1000;

/**
 * The readings of meter number `meter` in [from, to), one each `stepS` seconds. The same arguments give the same readings, and a longer
 * step gives some of those of a shorter one.
 *
 * A meter has a base of 2 to 100 W and three appliances of 20 to 2,500 W, which are on for 1 to 60 minutes and off for 10 minutes to
 * 4 hours in the mean; power and means are even on a logarithmic scale. Each second an appliance that is on goes off with
 * probability 1/onS, and the other way about, so both times are exponential. The sum is multiplied each second by
 * 1 + 1% of a standard normal number and rounded to 0.1 W; the register adds up what was said and shows whole Wh.
 */
export function* generateMeter(meter: number, from: number, to: number, stepS = 1): Generator<GeneratedReading> {
  const random = makeRandom(meter + 1);
  const between = (low: number, high: number): number => low * (high / low) ** random();
  const baseW = between(2, 100);
  const loads = Array.from({ length: LOADS }, (): Load => ({
    powerW: between(20, 2500),
    onS: between(60, 3600),
    offS: between(600, 14_400),
  }));
  const isOn = loads.map(() => false);
  const startWh = Math.floor(random() * 1e7);
  let usedWs = 0;

  for (let second = 0, at = from; at < to; second += 1, at += SECOND_MS) {
    let truthW = baseW;
    for (const [i, load] of loads.entries()) {
      if (random() < 1 / (isOn[i] ? load.onS : load.offS)) isOn[i] = !isOn[i];
      if (isOn[i]) truthW += load.powerW;
    }
    const powerW = Math.round(truthW * (1 + NOISE * normal(random)) * 10) / 10;
    usedWs += powerW;
    if (second % stepS === 0) yield { at, powerW, importWh: startWh + Math.floor(usedWs / 3600) };
  }
}

/** Box and Muller's. */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Numbers in [0, 1), the same for the same seed: Marsaglia's xorshift of 32 bits, its first steps left out. */
function makeRandom(seed: number): () => number {
  let bits = Math.imul(seed, 0x9e3779b1) | 1;
  const next = (): number => {
    bits ^= bits << 13;
    bits ^= bits >>> 17;
    bits ^= bits << 5;
    return (bits >>> 0) / 2 ** 32;
  };
  for (let i = 0; i < 20; i += 1) next();
  return next;
}
