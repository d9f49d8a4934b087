/** Where the pieces of a line lie in its text. */
export interface LinePieces {
  /** Where the measurement and its tags end. */
  seriesEnd: number;
  /** Four numbers a field: from where to where its name is, and its value; one in quotes without them. */
  readonly fields: number[];
  /** Where the time begins; the end of the line where it bears none. */
  stamp: number;
}

const QUOTE = 34;
const COMMA = 44;
const BLANK = 32;
const BACKSLASH = 92;

/**
 * Takes the line in `[start, end)` apart into `pieces`: `measurement,tag=value field=1.5,other=2i 1736899200000000000`. Answers whether it
 * is one of InfluxDB's line protocol; what is escaped stays so.
 * Source: https://docs.influxdata.com/influxdb/v1/write_protocols/line_protocol_reference/
 */
export function takeApart(text: string, start: number, end: number, pieces: LinePieces): boolean {
  const { fields } = pieces;
  fields.length = 0;
  pieces.seriesEnd = plainly(text, " ", start, end);
  if (pieces.seriesEnd <= start) return false;
  let at = pieces.seriesEnd + 1;
  for (;;) {
    const equals = plainly(text, "=", at, end);
    if (equals <= at) return false;
    let from = equals + 1;
    let to = from;
    if (text.charCodeAt(from) === QUOTE) {
      from += 1;
      to = plainly(text, '"', from, end);
      if (to < 0) return false;
    } else {
      while (to < end && text.charCodeAt(to) !== COMMA && text.charCodeAt(to) !== BLANK) to += 1;
      if (to === from) return false;
    }
    fields.push(at, equals, from, to);
    at = text.charCodeAt(to) === QUOTE ? to + 1 : to;
    if (at >= end || text.charCodeAt(at) !== COMMA) break;
    at += 1;
  }
  if (at < end && text.charCodeAt(at) !== BLANK) return false;
  while (at < end && text.charCodeAt(at) === BLANK) at += 1;
  pieces.stamp = at;
  return true;
}

/** The first `mark` in `[from, end)` with no backslash before it; -1 where there is none. */
function plainly(text: string, mark: string, from: number, end: number): number {
  let at = text.indexOf(mark, from);
  while (at > from && at < end && text.charCodeAt(at - 1) === BACKSLASH) at = text.indexOf(mark, at + 1);
  return at < end ? at : -1;
}

/** A line's measurement and its tags, without escapes. */
export interface LineSeries {
  readonly measurement: string;
  readonly tags: ReadonlyMap<string, string>;
}

export function parseSeries(text: string): LineSeries {
  const [measurement = "", ...tags] = text.split(/(?<!\\),/);
  return {
    measurement: unescaped(measurement),
    tags: new Map(
      tags.map((tag) => {
        const [key = "", ...value] = tag.split(/(?<!\\)=/);
        return [unescaped(key), unescaped(value.join("="))] as const;
      }),
    ),
  };
}

export function unescaped(text: string): string {
  return text.includes("\\") ? text.replace(/\\([,= "\\])/g, "$1") : text;
}

/** How a field is called among columns: a field of several measurements by both names, the measurement as a unit often is. */
export const columnOf = (field: string, measurement: string): string => `${field} [${measurement}]`;

/** The column in which the measurement stands. */
export const MEASUREMENT = "measurement";

/** Whether it is no line of data: what exports put between them, too. */
export const isNoData = (line: string): boolean => /^\s*(?:#|$|CREATE DATABASE )/.test(line);

/** A whole number bears an `i` or `u` behind it. */
export function plainNumber(value: string): string {
  const last = value.charCodeAt(value.length - 1);
  return last === 105 || last === 117 ? value.slice(0, -1) : value;
}
