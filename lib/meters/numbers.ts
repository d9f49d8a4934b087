const PLAIN = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?$/;
const DECIMAL_COMMA = /^[+-]?\d+,\d+$/;
const GROUPED_BY_DOT = /^[+-]?\d{1,3}(?:\.\d{3})+,\d+$/;
const GROUPED_BY_COMMA = /^[+-]?\d{1,3}(?:,\d{3})+\.\d+$/;

/** What registers of 16 and 32 bits hold where there is no value. */
const SENTINELS: ReadonlySet<number> = new Set([65535, -32768, 2147483647, -2147483648, 4294967295]);

/** No meter says more; it also keeps every sum finite. */
const LARGEST = 1e15;

/** The finite number in a text, decimal comma included, or nothing. Several commas are a list, not a number. */
export function parseText(text: string): number | undefined {
  if (text.length > 40) return undefined;
  const trimmed = text.trim();
  const normal = PLAIN.test(trimmed)
    ? trimmed
    : DECIMAL_COMMA.test(trimmed)
      ? trimmed.replace(",", ".")
      : GROUPED_BY_DOT.test(trimmed)
        ? trimmed.replaceAll(".", "").replace(",", ".")
        : GROUPED_BY_COMMA.test(trimmed)
          ? trimmed.replaceAll(",", "")
          : undefined;
  return normal === undefined ? undefined : finite(Number(normal));
}

/** The number a device gave, as a number or as text; nothing for null, "nan", booleans and sentinels. */
export function measured(value: unknown): number | undefined {
  const number = typeof value === "number" ? finite(value) : typeof value === "string" ? parseText(value) : undefined;
  return number === undefined || SENTINELS.has(number) ? undefined : number;
}

/** As `measured`, in units of ours; six decimals, so that 1.1 kW is 1100 W and not a hair more. */
export function scaled(value: unknown, factor: number): number | undefined {
  const number = measured(value);
  return number === undefined ? undefined : scale(number, factor);
}

/** A number in units of ours, or nothing where no meter could have said it. */
export function scale(number: number, factor: number): number | undefined {
  const product = number * factor;
  if (!(Math.abs(product) <= LARGEST)) return undefined;
  return (Math.abs(product) < 1e9 ? Math.round(product * 1e6) / 1e6 : product) + 0; // no −0
}

/** As `measured`, where it lies within `[low, high]`. */
export function within(value: unknown, low: number, high: number): number | undefined {
  const number = measured(value);
  return number !== undefined && number >= low && number <= high ? number + 0 : undefined;
}

function finite(number: number): number | undefined {
  return Math.abs(number) <= LARGEST ? number : undefined;
}
