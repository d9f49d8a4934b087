import { wallOf, type Wall } from "./stamp-reader";

/** Luxon's letters for what is written in digits, and how each looks. */
const DIGITS: Readonly<Record<string, string>> = {
  yyyy: "\\d{4}",
  yy: "\\d{2}",
  MM: "\\d{2}",
  M: "\\d{1,2}",
  dd: "\\d{2}",
  d: "\\d{1,2}",
  HH: "\\d{2}",
  H: "\\d{1,2}",
  hh: "\\d{2}",
  h: "\\d{1,2}",
  mm: "\\d{2}",
  m: "\\d{1,2}",
  ss: "\\d{2}",
  s: "\\d{1,2}",
  SSS: "\\d{1,9}",
  a: "[AaPp]\\.?\\s?[Mm]\\.?",
  ZZ: "[+-]\\d{2}:?\\d{2}|[Zz]",
};

/** A fast reader of a pattern in digits, `dd/MM/yyyy HH:mm`; nothing where it holds other letters. */
export function compilePattern(pattern: string): ((text: string) => Wall | undefined) | undefined {
  const tokens = pattern.match(/([A-Za-z])\1*|[^A-Za-z]/g) ?? [];
  const letters = tokens.filter((token) => /^[A-SU-Za-z]+$/.test(token));
  if (letters.some((token) => DIGITS[token] === undefined) || new Set(letters).size < letters.length) return undefined;
  const source = tokens.map((token) => {
    const digits = DIGITS[token];
    if (digits !== undefined) return `(${digits})`;
    return token === " " ? "\\s+" : token.replace(/[^\w]/g, "\\$&");
  });
  const shape = new RegExp(`^${source.join("")}$`);

  const place = (first: string, second = first): number =>
    letters.findIndex((token) => token === first || token === second) + 1;
  const year = place("yyyy", "yy");
  const month = place("MM", "M");
  const day = place("dd", "d");
  const hour = place("HH", "H") || place("hh", "h");
  const [minute, second, fraction] = [place("mm", "m"), place("ss", "s"), place("SSS")];
  const [half, offset] = [place("a"), place("ZZ")];
  if (!year || !month) return undefined;

  return (text) => {
    const match = shape.exec(text);
    if (!match) return undefined;
    const number = (index: number, absent: number): number => (index ? Number(match[index]) : absent);
    const written = number(year, 0);
    const local = wallOf(
      written < 70 ? written + 2000 : written < 100 ? written + 1900 : written,
      number(month, 1),
      number(day, 1),
      half ? fullHour(number(hour, 0), match[half] ?? "") : number(hour, 0),
      number(minute, 0),
      number(second, 0),
      fraction ? Math.trunc(Number(`0.${match[fraction] ?? ""}`) * 1000 + 1e-6) : 0,
    );
    if (local === undefined) return undefined;
    return offset ? { local, offsetMs: offsetMs(match[offset] ?? "") } : { local };
  };
}

function fullHour(hour: number, half: string): number {
  return (hour % 12) + (/^p/i.test(half) ? 12 : 0);
}

function offsetMs(text: string): number {
  if (/z/i.test(text)) return 0;
  const minutes = Number(text.slice(1, 3)) * 60 + Number(text.slice(-2));
  return (text.startsWith("-") ? -minutes : minutes) * 60_000;
}
