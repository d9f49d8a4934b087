import { EnergyError } from "../errors";
import { badRow, shown, type ImportRow } from "./import-row";
import { columnOf, isNoData, MEASUREMENT, parseSeries, plainNumber, takeApart, unescaped } from "./line-protocol";
import type { ImportMapping } from "./mapping";
import { makeStampReader } from "./stamp-reader";
import { makeValueReader } from "./value-reader";

const LONGEST_LINE = 100_000;
/** Series that are remembered; a tag that is another in each line must not fill the memory. */
const MOST_SERIES = 10_000;
const NO_TRAIL = {};

/** The rows of InfluxDB's line protocol; `mapping.fields` names what its columns are. */
export async function* readLineProtocol(
  text: AsyncIterable<string>,
  mapping: ImportMapping,
): AsyncGenerator<ImportRow[]> {
  const read = makeLineReader(mapping);
  let rest = "";
  let line = 0;
  let isCut = false;
  for await (const piece of text) {
    const all = rest + piece;
    const out: ImportRow[] = [];
    let start = 0;
    for (let end = all.indexOf("\n"); end >= 0; end = all.indexOf("\n", start)) {
      line += 1;
      if (isCut) isCut = false;
      else read(out, line, all, start, end);
      start = end + 1;
    }
    rest = all.slice(start);
    if (rest.length > LONGEST_LINE) {
      if (!isCut) out.push(badRow(line + 1, "line-too-long"));
      rest = "";
      isCut = true;
    }
    yield out;
  }
  const out: ImportRow[] = [];
  if (!isCut) read(out, line + 1, rest, 0, rest.length);
  yield out;
}

type LineReader = (out: ImportRow[], line: number, text: string, start: number, end: number) => void;

/** What is known of a series: whose it is, and which column each of its fields is. */
interface Series {
  readonly measurement: string;
  readonly meter: string | undefined;
  readonly columns: Map<string, number | undefined>;
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
  const known = new Map<string, Series>();
  const pieces = { seriesEnd: 0, fields: [] as number[], stamp: 0 };
  const cells = fields.map(() => "");

  const seriesOf = (text: string): Series => {
    let series = known.get(text);
    if (!series) {
      const { measurement, tags } = parseSeries(text);
      const name = meterColumn === undefined ? undefined : fields[meterColumn];
      const meter =
        name === undefined ? undefined : (tags.get(name) ?? (name === MEASUREMENT ? measurement : undefined));
      if (known.size >= MOST_SERIES) known.clear();
      series = { measurement, meter: meter || mapping.meter, columns: new Map() };
      known.set(text, series);
    }
    return series;
  };
  const columnIn = ({ measurement, columns: found }: Series, name: string): number | undefined => {
    if (found.has(name)) return found.get(name);
    const field = unescaped(name);
    const column = columns.get(columnOf(field, measurement)) ?? columns.get(field);
    if (found.size < fields.length) found.set(name, column);
    return column;
  };

  return (out, line, text, start, lineEnd) => {
    const end = text.charCodeAt(lineEnd - 1) === 13 ? lineEnd - 1 : lineEnd;
    if (isNoDataAt(text, start, end)) return;
    if (!takeApart(text, start, end, pieces)) {
      out.push(badRow(line, "not-a-reading", { field: "", text: shown(text.slice(start, end)) }));
      return;
    }
    const time = text.slice(pieces.stamp, end);
    const at = stamp(time, NO_TRAIL);
    if (typeof at !== "number") {
      out.push(badRow(line, time === "" ? "no-time" : at, { text: shown(time), zone: mapping.zone }));
      return;
    }
    const series = seriesOf(text.slice(start, pieces.seriesEnd));
    const { fields: marks } = pieces;
    let isSaid = false;
    cells.fill("");
    for (let mark = 0; mark < marks.length; mark += 4) {
      const column = columnIn(series, text.slice(marks[mark], marks[mark + 1]));
      if (column === undefined) continue;
      cells[column] = plainNumber(text.slice(marks[mark + 2], marks[mark + 3]));
      isSaid = true;
    }
    if (isSaid) values(out, line, cells, series.meter, { at, span: spanOf(at) });
  };

  function spanOf(at: number): readonly [number, number] {
    return mapping.stampAt === "start" ? [at, at + stepMs] : [at - stepMs, at];
  }
}

const LETTER_C = 67;

/** Asked of each line: most begin with a letter that tells. */
function isNoDataAt(text: string, start: number, end: number): boolean {
  const first = text.charCodeAt(start);
  return (start >= end || first < 65 || first === LETTER_C) && isNoData(text.slice(start, end));
}
