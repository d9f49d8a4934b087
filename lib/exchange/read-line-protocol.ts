import { isAscii } from "node:buffer";
import { EnergyError } from "../errors";
import { badRow, shown, type ImportRow } from "./import-row";
import { formOf, makeFormReader, type LineForm, type NumberPlace, type PlainLine } from "./line-form";
import { columnOf, isNoData, MEASUREMENT, parseSeries, plainNumber, takeApart, unescaped } from "./line-protocol";
import type { ImportMapping } from "./mapping";
import { makeStampReader } from "./stamp-reader";
import { decodeText, type ByteStream } from "./text-source";
import { makeValueReader } from "./value-reader";

const LONGEST_LINE = 100_000;
/** Series that are remembered; a tag that is another in each line must not fill the memory. */
const MOST_SERIES = 10_000;
/** How often it is learnt how a series' lines look; one whose lines always look differently is read as text. */
const MOST_FORMS = 8;
const LINE_FEED = 10;
const RETURN = 13;
const BYTE_ORDER_MARK = "\u00ef\u00bb\u00bf";
const NO_TRAIL = {};

/** The rows of InfluxDB's line protocol; `mapping.fields` names what its columns are. */
export async function* readLineProtocol(source: ByteStream, mapping: ImportMapping): AsyncGenerator<ImportRow[]> {
  const isWide = mapping.encoding === "utf-16le";
  const read = makeLineReader(mapping);
  const toLines = makeToLines(isWide ? "utf-8" : mapping.encoding);
  let line = 0;
  for await (const parts of wholeLines(isWide ? inUtf8(source) : source)) {
    const out: ImportRow[] = [];
    for (const part of parts) {
      if (part === TOO_LONG) {
        out.push(badRow((line += 1), "line-too-long"));
        continue;
      }
      const lines = toLines(part);
      for (let start = 0; start < part.length; start = read(out, (line += 1), lines, start) + 1);
    }
    yield out;
  }
}

/** In the place of a line that is longer than any line of measurements. */
const TOO_LONG = Symbol("too long");

/** What comes, in whole lines, the last of which may have had no line feed: a piece as it is, but for a line that is cut by its ends. */
async function* wholeLines(source: ByteStream): AsyncGenerator<(Buffer | typeof TOO_LONG)[]> {
  /** Of the line that has no end yet. */
  let begun: Uint8Array[] = [];
  let length = 0;
  const ended = (rest: Uint8Array): Buffer | typeof TOO_LONG => {
    const line = length > LONGEST_LINE ? TOO_LONG : Buffer.concat([...begun, rest]);
    begun = [];
    length = 0;
    return line;
  };

  for await (const piece of source) {
    const parts: (Buffer | typeof TOO_LONG)[] = [];
    const end = piece.lastIndexOf(LINE_FEED) + 1;
    const start = end > 0 && length > 0 ? piece.indexOf(LINE_FEED) + 1 : 0;
    if (start > 0) parts.push(ended(piece.subarray(0, start)));
    if (end > start) parts.push(Buffer.from(piece.buffer, piece.byteOffset + start, end - start));
    length += piece.length - end;
    if (length > LONGEST_LINE) begun = [];
    else if (end < piece.length) begun.push(piece.subarray(end));
    yield parts;
  }
  if (length > 0) yield [ended(Buffer.of(LINE_FEED))];
}

async function* inUtf8(source: ByteStream): AsyncGenerator<Uint8Array> {
  for await (const text of decodeText(source, "utf-16le")) yield Buffer.from(text);
}

/** Whole lines. What their form is made of is ASCII in all encodings that come here, so that their text may have a letter for each byte. */
interface Lines {
  readonly bytes: Buffer;
  text(): string;
  /** What a part of the text is when it is decoded. */
  decode(part: string): string;
}

function makeToLines(encoding: string): (bytes: Buffer) => Lines {
  const decoder = new TextDecoder(encoding);
  return (bytes) => {
    // Most lines are read off their bytes.
    let text: string | undefined;
    let isPlain: boolean | undefined;
    return {
      bytes,
      text: () => (text ??= bytes.toString("latin1")),
      decode: (part) => {
        isPlain ??= isAscii(bytes);
        return isPlain ? part : decoder.decode(Buffer.from(part, "latin1"));
      },
    };
  };
}

/** Reads the line that begins at `start`; answers where its line feed is. */
type LineReader = (out: ImportRow[], line: number, lines: Lines, start: number) => number;

/** What is known of a series: whose it is, which column each of its fields is, and how its lines look. */
interface Series {
  readonly measurement: string;
  readonly meter: string | undefined;
  readonly columns: Map<string, number | undefined>;
  form: LineForm | undefined;
  learnt: number;
}

function makeLineReader(mapping: ImportMapping): LineReader {
  const { fields, meterColumn, stepMinutes } = mapping;
  if (mapping.values.some(({ column }) => column >= fields.length))
    throw new EnergyError("invalid-config", "the columns of line protocol are named", { field: "fields" });
  if (stepMinutes === undefined && mapping.values.some(({ meaning }) => meaning === "interval"))
    throw new EnergyError("invalid-config", "amounts by interval need the length of their interval", {
      field: "stepMinutes",
    });
  const stepMs = typeof stepMinutes === "number" ? stepMinutes * 60_000 : 0;
  const columns = new Map(fields.map((name, column) => [name, column]));
  const stamp = makeStampReader(mapping.dateFormat, mapping.zone);
  const values = makeValueReader({ values: mapping.values, decimal: "." });
  const readForm = makeFormReader(mapping.dateFormat);
  const known = new Map<string, Series>();
  const pieces = { seriesEnd: 0, fields: [] as number[], stamp: 0 };
  const plain: PlainLine = { end: 0, at: 0 };
  /** Of the line before. */
  let form: LineForm | undefined;

  const seriesOf = (text: string, decode: Lines["decode"]): Series => {
    let series = known.get(text);
    if (!series) {
      const { measurement, tags } = parseSeries(decode(text));
      const name = meterColumn === undefined ? undefined : fields[meterColumn];
      const meter =
        name === undefined ? undefined : (tags.get(name) ?? (name === MEASUREMENT ? measurement : undefined));
      if (known.size >= MOST_SERIES) known.clear();
      series = { measurement, meter: meter || mapping.meter, columns: new Map(), form: undefined, learnt: 0 };
      known.set(alone(text), series);
    }
    return series;
  };
  const columnIn = ({ measurement, columns: found }: Series, name: string, decode: Lines["decode"]) => {
    if (found.has(name)) return found.get(name);
    const field = unescaped(decode(name));
    const column = columns.get(columnOf(field, measurement)) ?? columns.get(field);
    if (found.size < fields.length) found.set(alone(name), column);
    return column;
  };

  const readPlainly = (
    out: ImportRow[],
    line: number,
    { bytes }: Lines,
    start: number,
    as: LineForm | undefined,
    before: LineForm | undefined,
  ): boolean => {
    if (!as || !readForm?.(bytes, start, as, plain)) return false;
    values(out, line, as.cells, as.meter, { at: plain.at, span: spanOf(plain.at) });
    if (before) before.next = as;
    form = as;
    return true;
  };

  /** Remembers how the line that was just taken apart looks, if it is one that can be read plainly. */
  const learn = ({ bytes }: Lines, start: number, series: Series, numbers: readonly NumberPlace[]): void => {
    if (!readForm || series.learnt >= MOST_FORMS) return;
    series.learnt += 1;
    const { meter } = series;
    const made = formOf(bytes, [start, pieces.stamp], numbers, { meter, columns: fields.length });
    if (readForm(bytes, start, made, plain)) series.form = made;
  };

  const readText = (out: ImportRow[], line: number, lines: Lines, begin: number, lineEnd: number): void => {
    const { decode } = lines;
    const text = lines.text();
    const start = text.startsWith(BYTE_ORDER_MARK, begin) ? begin + BYTE_ORDER_MARK.length : begin;
    const before = form;
    form = undefined;
    const end = text.charCodeAt(lineEnd - 1) === RETURN ? lineEnd - 1 : lineEnd;
    if (isNoDataAt(text, start, end)) return;
    if (!takeApart(text, start, end, pieces)) {
      out.push(badRow(line, "not-a-reading", { field: "", text: shown(decode(text.slice(start, end))) }));
      return;
    }
    const series = seriesOf(text.slice(start, pieces.seriesEnd), decode);
    if (readPlainly(out, line, lines, start, series.form, before)) return;
    const time = text.slice(pieces.stamp, end);
    const at = stamp(time, NO_TRAIL);
    if (typeof at !== "number") {
      out.push(badRow(line, time === "" ? "no-time" : at, { text: shown(decode(time)), zone: mapping.zone }));
      return;
    }
    const cells = fields.map(() => "");
    const numbers: NumberPlace[] = [];
    for (let mark = 0; mark < pieces.fields.length; mark += 4) {
      const [nameFrom, nameTo, from = 0, to = 0] = pieces.fields.slice(mark, mark + 4);
      const column = columnIn(series, text.slice(nameFrom, nameTo), decode);
      if (column === undefined) continue;
      cells[column] = plainNumber(decode(text.slice(from, to)));
      numbers.push({ from, to, column });
    }
    if (numbers.length === 0) return;
    values(out, line, cells, series.meter, { at, span: spanOf(at) });
    learn(lines, start, series, numbers);
  };

  return (out, line, lines, start) => {
    if (readPlainly(out, line, lines, start, form?.next, undefined)) return plain.end;
    const end = lines.bytes.indexOf(LINE_FEED, start);
    readText(out, line, lines, start, end);
    return end;
  };

  function spanOf(at: number): readonly [number, number] {
    return mapping.stampAt === "start" ? [at, at + stepMs] : [at - stepMs, at];
  }
}

/** The same text, without the longer one that it was cut out of. */
function alone(text: string): string {
  return Buffer.from(text, "latin1").toString("latin1");
}

const LETTER_C = 67;

/** Asked of each line: most begin with a letter that tells. */
function isNoDataAt(text: string, start: number, end: number): boolean {
  const first = text.charCodeAt(start);
  return (start >= end || first < 65 || first === LETTER_C) && isNoData(text.slice(start, end));
}
