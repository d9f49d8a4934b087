/** What programs write where there is no value. */
const NOTHING = new Set(["", "-", "null", "nan", "none", "n/a", "na", "unknown", "unavailable", "#n/a", "nil"]);
const LARGEST = 1e15;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?$/;
const GROUPED = {
  ".": /^[+-]?\d{1,3}(?:[,' \u00a0\u202f]\d{3})+(?:\.\d+)?$/,
  ",": /^[+-]?\d{1,3}(?:[.' \u00a0\u202f]\d{3})+(?:,\d+)?$/,
};

/** Numbers of so many digits are exact, and so are the powers of ten up to there. */
export const EXACT_DIGITS = 15;
export const TENS = Array.from({ length: EXACT_DIGITS + 1 }, (_, power) => 10 ** power);

export type Decimal = "." | ",";

/** The number in a cell; `undefined` where it says that there is none, `NaN` where it is no number. */
export function numberIn(cell: string, decimal: Decimal): number | undefined {
  const text = decimal === "," && cell.includes(",") && !cell.includes(".") ? cell.replace(",", ".") : cell;
  const number = plainNumber(text, decimal === "," && text === cell);
  return number ?? oddNumber(cell, decimal);
}

/** The ordinary case without a regular expression: digits, one point, a sign. */
function plainNumber(text: string, noPoint: boolean): number | undefined {
  const length = text.length;
  if (length === 0 || length > 20) return undefined;
  let digits = 0;
  let decimals = -1;
  let whole = 0;
  for (let index = 0; index < length; index += 1) {
    const code = text.charCodeAt(index);
    if (code >= 48 && code <= 57) {
      whole = whole * 10 + code - 48;
      digits += 1;
      if (decimals >= 0) decimals += 1;
    } else if (code === 46 && decimals < 0 && !noPoint) decimals = 0;
    else if (!(index === 0 && (code === 45 || code === 43))) return undefined;
  }
  if (digits === 0) return undefined;
  if (digits <= EXACT_DIGITS) {
    // Of two exact numbers the quotient is the nearest to what is written, as `Number` gives it.
    const size = decimals > 0 ? whole / (TENS[decimals] ?? NaN) : whole;
    return (text.charCodeAt(0) === 45 ? -size : size) + 0;
  }
  const number = Number(text) + 0;
  return Math.abs(number) <= LARGEST ? number : NaN;
}

function oddNumber(cell: string, decimal: Decimal): number | undefined {
  const text = cell.trim();
  if (text.length > 40) return NaN;
  if (NOTHING.has(text.toLowerCase())) return undefined;
  const grouped = GROUPED[decimal].test(text);
  const bare = grouped ? text.replace(decimal === "." ? /[,' \u00a0\u202f]/g : /[.' \u00a0\u202f]/g, "") : text;
  // A point in a file with decimal commas is a point all the same where it groups nothing.
  const normal = decimal === "," ? bare.replace(",", ".") : bare;
  const number = NUMBER.test(normal) ? Number(normal) + 0 : NaN;
  return Math.abs(number) <= LARGEST ? number : NaN;
}
