/** The meters that are added up and those that are taken off. */
export interface Formula {
  readonly plus: readonly string[];
  readonly minus: readonly string[];
}

/** Computed meters may be made of computed meters, this deep. */
const MOST_DEEP = 5;
/** Names in all; no site is made of more. */
const MOST_PARTS = 1_000;

export interface Part {
  readonly meter: string;
  readonly sign: 1 | -1;
}

/** A formula in meters that have readings of their own; nothing where it goes round in a circle, or too deep. */
export function partsOf(formula: Formula, formulaOf: (meter: string) => Formula | undefined): Part[] | undefined {
  const parts: Part[] = [];
  const add = ({ plus, minus }: Formula, sign: 1 | -1, deep: number): boolean => {
    if (deep > MOST_DEEP) return false;
    const members = [
      ...plus.map((meter) => ({ meter, sign })),
      ...minus.map((meter) => ({ meter, sign: opposite(sign) })),
    ];
    return members.every((part) => {
      const inner = formulaOf(part.meter);
      if (inner) return add(inner, part.sign, deep + 1);
      return parts.push(part) <= MOST_PARTS;
    });
  };
  return add(formula, 1, 1) ? parts : undefined;
}

/** The power of a computed meter: unknown while one of its parts is. */
export function computedPowerW(
  parts: readonly Part[],
  powerW: (meter: string) => number | undefined,
): number | undefined {
  let sum = 0;
  for (const { meter, sign } of parts) {
    const power = powerW(meter);
    if (power === undefined) return undefined;
    sum += sign * power;
  }
  return sum;
}

function opposite(sign: 1 | -1): 1 | -1 {
  return sign === 1 ? -1 : 1;
}
