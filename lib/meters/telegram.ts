import { obisLines, type ObisLine } from "./obis-lines";

/** A telegram from its "/" to the check sum behind its "!". */
export type Telegram =
  | { readonly kind: "whole"; readonly lines: readonly ObisLine[] }
  /** `detail`: the two check sums. */
  | { readonly kind: "damaged"; readonly detail: string };

export interface Telegrams {
  readonly found: readonly Telegram[];
  /** Where one begins whose end has not come yet. */
  readonly rest: string;
}

const MOST_AT_ONCE = 20;
const HEADER = /\/[A-Za-z]{3}[0-9A-Za-z]/g;
/** The first of a text: at a line's start, or behind what came before where line breaks were lost. Any other "/" is a text's. */
const FIRST_HEADER = /(?<=^|[^ -~]|\)|![0-9A-Fa-f]{0,4})\/[A-Za-z]{3}[0-9A-Za-z]/;

/** The telegrams in a text. `isJoined`: it was put together from several messages, so that more may come. */
export function telegramsIn(text: string, isJoined: boolean): Telegrams {
  const found: Telegram[] = [];
  let start = text.search(FIRST_HEADER);
  let bang = text.indexOf("!", start);
  while (start >= 0 && found.length < MOST_AT_ONCE) {
    if (bang >= 0 && bang < start) bang = text.indexOf("!", start);
    // Another header before the end: the first telegram was cut off.
    const next = headerAt(text, start + 4);
    if (next >= 0 && (bang < 0 || next < bang)) {
      start = next;
      continue;
    }
    if (bang < 0) return { found, rest: text.slice(start) };
    const written = hexAt(text, bang + 1);
    const lines = obisLines(text, start, bang);
    const hasSum = lines.some(({ meaning }) => meaning.kind === "stamp");
    const isCut = bang + 1 + written.length === text.length && (written.length > 0 || (isJoined && hasSum));
    if (hasSum && written.length < 4 && isCut) return { found, rest: text.slice(start) };
    found.push(checked(text.slice(start, bang + 1), hasSum && written.length === 4 ? written : undefined, lines));
    start = next;
  }
  return { found, rest: "" };
}

/** Whether a telegram begins in a text. */
export function hasHeader(text: string): boolean {
  return FIRST_HEADER.test(text);
}

function headerAt(text: string, from: number): number {
  HEADER.lastIndex = from;
  return HEADER.exec(text)?.index ?? -1;
}

/** Up to four hexadecimal digits. */
function hexAt(text: string, from: number): string {
  return /^[0-9A-Fa-f]{0,4}/.exec(text.slice(from, from + 4))?.[0] ?? "";
}

function checked(text: string, written: string | undefined, lines: readonly ObisLine[]): Telegram {
  if (written === undefined) return { kind: "whole", lines };
  const wanted = Number.parseInt(written, 16);
  if (crc16(text) === wanted) return { kind: "whole", lines };
  const mended = withLineBreaks(text);
  const sum = crc16(mended);
  if (sum === wanted) return { kind: "whole", lines };
  return { kind: "damaged", detail: `check sum ${sum.toString(16).padStart(4, "0").toUpperCase()}, not ${written}` };
}

/** The telegram as its meter sent it, where line breaks were lost or changed on the way: the check sum counts them. */
function withLineBreaks(text: string): string {
  const flat = text.replace(/[\r\n]+/g, "");
  const first = flat.search(/\d-\d{1,2}:\d/);
  if (first < 0) return text;
  const body = flat.slice(first).replace(/\)[\t ]*(?=[\d!])/g, ")\r\n");
  return `${flat.slice(0, first).trimEnd()}\r\n\r\n${body}`;
}

const TABLE = Uint16Array.from({ length: 256 }, (_, byte) => {
  let sum = byte;
  for (let bit = 0; bit < 8; bit += 1) sum = sum & 1 ? (sum >>> 1) ^ 0xa001 : sum >>> 1;
  return sum;
});

/** CRC16 with the polynomial x¹⁶+x¹⁵+x²+1, least significant bit first, as DSMR P1 4.0 and later have it. */
export function crc16(text: string): number {
  let sum = 0;
  for (let index = 0; index < text.length; index += 1) {
    sum = (sum >>> 8) ^ (TABLE[(sum ^ text.charCodeAt(index)) & 0xff] ?? 0);
  }
  return sum;
}
