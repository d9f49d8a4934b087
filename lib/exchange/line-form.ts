import { EXACT_DIGITS, TENS } from "./number-text";
import { epochInstant, isEpoch, nanoInstant } from "./stamp-reader";

/**
 * What lines have in common that differ in nothing but their numbers and their time. Most lines of a file are like one before them: they
 * are read off their bytes, and no text is made of them.
 */
export interface LineForm {
  /** What stands before each number and, last, before the time: from the line's beginning, or from the end of the number before it. */
  readonly literals: readonly Uint8Array[];
  /** Which column each number is. */
  readonly columns: readonly number[];
  readonly meter: string | undefined;
  /** What the columns say in the line read last; empty where such lines do not say them. */
  readonly cells: (string | number)[];
  /** The form of the line that followed last time. */
  next?: LineForm;
}

/** Of the line that was read last: where its line feed is, and its instant. */
export interface PlainLine {
  end: number;
  at: number;
}

/**
 * Reads the line that begins at `start` into the cells of `form`. Answers whether it is of that form: its numbers plain ones, and all of
 * it there.
 */
export type FormReader = (bytes: Uint8Array, start: number, form: LineForm, read: PlainLine) => boolean;

const LINE_FEED = 10;
const RETURN = 13;
const PLUS = 43;
const MINUS = 45;
const POINT = 46;
const ZERO = 48;
const LETTER_I = 105;
const LETTER_U = 117;
/** So many digits of a time in nanoseconds are less than a millisecond. */
const NANO_DIGITS = 6;

/** Where a number of a line lies, and which column it is. */
export interface NumberPlace {
  readonly from: number;
  readonly to: number;
  readonly column: number;
}

/** The form of the line that begins at `start` and whose time does at `stamp`. */
export function formOf(
  bytes: Uint8Array,
  [start, stamp]: readonly [start: number, stamp: number],
  numbers: readonly NumberPlace[],
  { meter, columns }: { readonly meter: string | undefined; readonly columns: number },
): LineForm {
  const begins = [start, ...numbers.map(({ to }) => to)];
  const ends = [...numbers.map(({ from }) => from), stamp];
  return {
    literals: ends.map((end, index) => bytes.slice(begins[index], end)),
    columns: numbers.map(({ column }) => column),
    meter,
    cells: Array<string>(columns).fill(""),
  };
}

/** For times in one unit since 1970; nothing where they are written otherwise. */
export function makeFormReader(dateFormat: string): FormReader | undefined {
  if (!isEpoch(dateFormat)) return undefined;
  const isNano = dateFormat === "epoch-ns";

  const readTime = (bytes: Uint8Array, start: number, read: PlainLine): boolean => {
    let end = start;
    while (isDigit(bytes[end])) end += 1;
    const wholeEnd = isNano ? end - NANO_DIGITS : end;
    const digits = wholeEnd - start;
    if (digits < 1 || digits > EXACT_DIGITS) return false;
    const whole = wholeIn(bytes, start, wholeEnd);
    const at = isNano ? nanoInstant(whole, wholeIn(bytes, wholeEnd, end)) : epochInstant(whole, dateFormat);
    if (at === undefined) return false;
    read.at = at;
    read.end = bytes[end] === RETURN ? end + 1 : end;
    return bytes[read.end] === LINE_FEED;
  };

  return (bytes, start, { literals, columns, cells }, read) => {
    let index = start;
    for (let which = 0; which < literals.length; which += 1) {
      const literal = literals[which];
      if (!literal) return false;
      for (let at = 0; at < literal.length; at += 1, index += 1) if (bytes[index] !== literal[at]) return false;
      const column = columns[which];
      if (column === undefined) break;

      const sign = bytes[index];
      if (sign === MINUS || sign === PLUS) index += 1;
      let whole = 0;
      let digits = 0;
      for (; isDigit(bytes[index]); index += 1, digits += 1) whole = whole * 10 + (bytes[index] ?? 0) - ZERO;
      let decimals = 0;
      if (bytes[index] === POINT) {
        index += 1;
        for (; isDigit(bytes[index]); index += 1, decimals += 1) whole = whole * 10 + (bytes[index] ?? 0) - ZERO;
      }
      digits += decimals;
      if (digits === 0 || digits > EXACT_DIGITS) return false;
      if (bytes[index] === LETTER_I || bytes[index] === LETTER_U) index += 1;
      // As `numberIn` has it.
      const size = decimals > 0 ? whole / (TENS[decimals] ?? NaN) : whole;
      cells[column] = (sign === MINUS ? -size : size) + 0;
    }
    return readTime(bytes, index, read);
  };
}

function isDigit(byte: number | undefined): byte is number {
  return byte !== undefined && byte >= ZERO && byte < ZERO + 10;
}

function wholeIn(bytes: Uint8Array, start: number, end: number): number {
  let whole = 0;
  for (let index = start; index < end; index += 1) whole = whole * 10 + (bytes[index] ?? 0) - ZERO;
  return whole;
}
