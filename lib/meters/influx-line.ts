import { parseText } from "./numbers";

/** A line of InfluxDB's protocol: `solar,device=attic value=294.5 1773144000`. */
export interface InfluxLine {
  readonly measurement: string;
  readonly tags: ReadonlyMap<string, string>;
  readonly fields: ReadonlyMap<string, number>;
  /** As written: seconds, ms, µs or ns. */
  readonly time: string | undefined;
}

const LONGEST = 1000;
const MOST_PAIRS = 30;
/** What stands behind a backslash is part of a name. */
const SPACE = /(?<!\\) +/;
const COMMA = /(?<!\\),/;
const EQUALS = /(?<!\\)=/;

/** The parts of a line, or nothing where it is none: every field must be a number. */
export function parseInfluxLine(line: string): InfluxLine | undefined {
  if (line.length > LONGEST || !line.includes("=")) return undefined;
  const [head = "", values = "", time, ...more] = line.trim().split(SPACE, 4);
  if (more.length > 0 || (time !== undefined && !/^\d{10,19}$/.test(time))) return undefined;
  const [measurement = "", ...tagged] = head.split(COMMA, MOST_PAIRS);
  const tags = pairsOf(tagged);
  const said = pairsOf(values.split(COMMA, MOST_PAIRS));
  if (measurement === "" || !tags || !said) return undefined;
  const fields = new Map<string, number>();
  for (const [key, text] of said) {
    const number = parseText(text.replace(/[iu]$/, ""));
    if (number === undefined) return undefined;
    fields.set(key, number);
  }
  return fields.size > 0 ? { measurement: bare(measurement), tags, fields, time } : undefined;
}

function pairsOf(texts: readonly string[]): ReadonlyMap<string, string> | undefined {
  const pairs = new Map<string, string>();
  for (const text of texts) {
    const [key, value, ...more] = text.split(EQUALS, 3);
    if (!key || value === undefined || more.length > 0) return undefined;
    pairs.set(bare(key), bare(value));
  }
  return pairs;
}

function bare(text: string): string {
  return text.replace(/\\([, =])/g, "$1");
}
