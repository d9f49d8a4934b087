const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SPACE = 0x20;

/** As printf, Python and JavaScript write a number that is none. */
const NO_NUMBER = /[-+]?(?:nan|inf(?:inity)?|undefined|none)(?![a-z0-9_])/iy;

/**
 * What some firmware gets wrong, put right: bare `nan`, `inf` or `None` becomes `null`, a raw control character in a text
 * becomes a space. Nothing where there was none of that. One pass over the text.
 */
export function mendJson(text: string): string | undefined {
  let mended = "";
  let kept = 0;
  let quoted = false;
  const replace = (from: number, to: number, by: string): void => {
    mended += text.slice(kept, from) + by;
    kept = to;
  };
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (quoted) {
      if (code === BACKSLASH) index += 1;
      else if (code === QUOTE) quoted = false;
      else if (code < SPACE) replace(index, index + 1, " ");
    } else if (code === QUOTE) quoted = true;
    else if (mayStart(code)) {
      NO_NUMBER.lastIndex = index;
      const isNoNumber = NO_NUMBER.test(text);
      const end = isNoNumber ? NO_NUMBER.lastIndex : wordEnd(text, index);
      if (isNoNumber) replace(index, end, "null");
      index = end - 1;
    }
  }
  return kept === 0 ? undefined : mended + text.slice(kept);
}

/** A letter or a sign. */
function mayStart(code: number): boolean {
  return (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a) || code === 0x2b || code === 0x2d;
}

/** Past the letters of a word that stays, so that no word is looked for in its middle. */
function wordEnd(text: string, from: number): number {
  let end = from + 1;
  while (end < text.length && mayStart(text.charCodeAt(end))) end += 1;
  return end;
}
