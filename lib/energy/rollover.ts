/** Counters are made with so many decimal digits, or bits of these units. */
const BITS = [16, 24, 31, 32] as const;
const BIT_UNITS_WH = [0.1, 1, 10, 100, 1000] as const;
const WIDTHS_WH = [
  ...Array.from({ length: 8 }, (_, index) => 10 ** (index + 5)),
  ...BITS.flatMap((bits) => BIT_UNITS_WH.map((unit) => 2 ** bits * unit)),
].sort((a, b) => a - b);
/** A register this close below a width may have gone beyond it while nobody looked. */
const NEAR = 0.01;

/**
 * What was used if a register that fell from `baseWh` to `valueWh` began again at 0: where its settings say, or at the next width
 * of a counter if it was near; nothing where it cannot have.
 */
export function rolledOverWh(baseWh: number, valueWh: number, widthWh: number | undefined): number | undefined {
  const width = widthWh ?? WIDTHS_WH.find((wh) => wh > baseWh && wh - baseWh <= NEAR * wh);
  if (width === undefined || width <= baseWh || valueWh < 0) return undefined;
  return width - baseWh + valueWh;
}
