/** Which way a quantity flows: from the grid, to it, or both in one number with a sign. */
export type Way = "in" | "out" | "net";

/** What an OBIS code says of its value; phase 0 is the connection, 1 to 3 its phases. `device`: a meter on the M-Bus, 0 the main one. */
export type Meaning =
  | { readonly kind: "power" | "reactive"; readonly way: Way; readonly phase: number }
  /** Tariff 0 is the total. */
  | { readonly kind: "energy"; readonly way: "in" | "out"; readonly phase: number; readonly tariff: number }
  | { readonly kind: "apparent" | "voltage" | "current" | "factor"; readonly phase: number }
  | { readonly kind: "frequency" | "stamp" | "clock" | "date" | "number" }
  | { readonly kind: "serial" | "type" | "counter" | "old-counter"; readonly device: number };

/** One line of a telegram: `1-0:1.8.1*255(001581.123*kWh)`. */
export interface ObisLine {
  /** As it was written, without what stood before. */
  readonly code: string;
  readonly meaning: Meaning;
  /** Lines that make one measure together share it; empty: the line stands alone. */
  readonly group: string;
  /** What stood in brackets: `001581.123*kWh`. */
  readonly values: readonly string[];
}

const MAX_LINES = 200;
/** A gas line of DSMR 2 has seven; the rest are lists of power failures and peaks. */
const MAX_VALUES = 8;
/** `1-0:1.8.1*255`, or `1.8.1` where its first two groups are left out. */
const CODE = /(?:(\d)-(\d{1,2}):)?(\d{1,3})\.(\d{1,3})(?:\.(\d{1,3}))?(?:[*&](\d{1,3}))?$/;
const LONGEST_CODE = 24;

/** The lines of a telegram that say something of energy; line breaks may be lost, a value may stand on the next line. */
export function obisLines(text: string, from: number, to: number): ObisLine[] {
  const lines: ObisLine[] = [];
  let values: string[] | undefined;
  let at = from;
  while (lines.length < MAX_LINES) {
    const open = text.indexOf("(", at);
    if (open < 0 || open >= to) break;
    const close = text.indexOf(")", open);
    if (close < 0 || close >= to) break;
    let end = open;
    while (end > at && text.charCodeAt(end - 1) <= SPACE) end -= 1;
    if (end > at) {
      const code = text.slice(Math.max(at, end - LONGEST_CODE), end);
      const known = knownCode(code);
      values = known && [];
      if (known && values) lines.push({ ...known, values });
    }
    if (values && values.length < MAX_VALUES) values.push(text.slice(open + 1, close));
    at = close + 1;
  }
  return lines;
}
const SPACE = 0x20;

/** A line of its own: what a gateway said under a name of its own. */
export function obisLine(code: string, ...values: readonly string[]): ObisLine | undefined {
  const known = knownCode(code);
  return known && { ...known, values };
}

/** The same codes come in telegram after telegram; a stranger's must not fill the memory. */
const known = new Map<string, Omit<ObisLine, "values"> | null>();
const MAX_KNOWN = 1000;

function knownCode(text: string): Omit<ObisLine, "values"> | undefined {
  let code = known.get(text);
  if (code === undefined) {
    code = parseCode(text) ?? null;
    if (known.size >= MAX_KNOWN) known.clear();
    // A copy: a piece of a text keeps the whole text in memory.
    known.set(Buffer.from(text).toString(), code);
  }
  return code ?? undefined;
}

function parseCode(text: string): Omit<ObisLine, "values"> | undefined {
  const match = CODE.exec(text);
  if (!match) return undefined;
  const [whole, a, b, c, d, e, f] = match;
  const code = Buffer.from(whole).toString();
  // Without its first groups only the whole of a line is a code: `21.7.0` may have lost a digit.
  const before = text.charCodeAt(match.index - 1);
  if (a === undefined && before > SPACE) return undefined;
  // Other than 255: the register as it stood some billing periods ago.
  if (f !== undefined && f !== "255") return undefined;
  const meaning = meaningOf(Number(a ?? 1), Number(b ?? 0), Number(c), Number(d), Number(e ?? 0));
  return meaning && { code, meaning, group: groupOf(meaning) };
}

function groupOf(meaning: Meaning): string {
  const { kind } = meaning;
  if (kind === "power" || kind === "reactive") return meaning.phase > 0 ? `${kind} of phases` : kind;
  if (kind === "energy") return meaning.phase > 0 ? "" : `energy ${meaning.way}`;
  return "device" in meaning && meaning.device > 0 ? `device ${meaning.device}` : "";
}

function meaningOf(a: number, b: number, c: number, d: number, e: number): Meaning | undefined {
  if (d === 9 && c === 0) return e === 1 ? { kind: "clock" } : e === 2 ? { kind: "date" } : undefined;
  if (a === 0) return deviceMeaning(b, c, d, e);
  if (c === 96) return deviceMeaning(0, c, d, e);
  if (a !== 1) return undefined;
  if (c === 0 && d === 0 && e === 0) return { kind: "number" };
  if (d === 7 && (e === 0 || e === 255)) return spotMeaning(c);
  if (d !== 8 || e > 16) return undefined;
  const way = c % 20 === 1 ? "in" : c % 20 === 2 ? "out" : undefined;
  return way && c < 80 ? { kind: "energy", way, phase: phaseOf(c), tariff: e } : undefined;
}

/** 0-0 is the meter itself, 0-1 to 0-4 what it hears on its M-Bus. */
function deviceMeaning(device: number, c: number, d: number, e: number): Meaning | undefined {
  if (device === 0 && c === 1 && d === 0 && e === 0) return { kind: "stamp" };
  if (c === 96 && d === 1 && (e === 0 || e === 1 || e === 255)) return { kind: "serial", device };
  if (device === 0 || device > 9 || c !== 24) return undefined;
  if (d === 1) return { kind: "type", device };
  if (d === 2) return { kind: "counter", device };
  return d === 3 ? { kind: "old-counter", device } : undefined;
}

const SPOTS: Readonly<Record<number, (phase: number) => Meaning>> = {
  1: (phase) => ({ kind: "power", way: "in", phase }),
  2: (phase) => ({ kind: "power", way: "out", phase }),
  3: (phase) => ({ kind: "reactive", way: "in", phase }),
  4: (phase) => ({ kind: "reactive", way: "out", phase }),
  9: (phase) => ({ kind: "apparent", phase }),
  11: (phase) => ({ kind: "current", phase }),
  12: (phase) => ({ kind: "voltage", phase }),
  13: (phase) => ({ kind: "factor", phase }),
  14: () => ({ kind: "frequency" }),
  16: (phase) => ({ kind: "power", way: "net", phase }),
};

/** 1.7.0 is the connection's, 21.7.0, 41.7.0 and 61.7.0 are its phases'. */
function spotMeaning(c: number): Meaning | undefined {
  return c < 80 ? SPOTS[c % 20]?.(phaseOf(c)) : undefined;
}

function phaseOf(c: number): number {
  return Math.floor(c / 20);
}
