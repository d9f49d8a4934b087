import { METER_NAME, suresOf } from "./guess-csv";
import { guessValues } from "./guess-values";
import { columnOf, isNoData, MEASUREMENT, parseSeries, plainNumber, takeApart, unescaped } from "./line-protocol";
import { IMPORT_MAPPING, MOST_COLUMNS, type ImportGuess, type ImportMapping } from "./mapping";

interface Line {
  readonly series: string;
  readonly measurement: string;
  readonly tags: ReadonlyMap<string, string>;
  readonly fields: ReadonlyMap<string, string>;
  readonly stamp: string;
}

const SAMPLE = 10;
const MINUTE_MS = 60_000;
const UNITS_MS = { "epoch-ns": 1e-6, "epoch-us": 1e-3, "epoch-ms": 1, "epoch-s": 1_000 } as const;

/** How InfluxDB's line protocol is to be read; nothing where the text is none. */
export function guessLineProtocol(text: string, name: string, zone: string): ImportGuess | undefined {
  const written = text
    .split(/\r?\n/)
    .slice(0, -1)
    .filter((line) => !isNoData(line));
  const lines = written.map(parse).filter((line) => line !== undefined);
  if (lines.length === 0 || lines.length < 0.9 * written.length) return undefined;

  const tags = [...new Set(lines.flatMap((line) => [...line.tags.keys()]))];
  const isSole = new Set(lines.map(({ measurement }) => measurement)).size === 1;
  const columns = fieldColumns(lines, isSole);
  const names = [MEASUREMENT, ...tags, ...columns.keys()].slice(0, MOST_COLUMNS);
  const dateFormat = formatOf(lines[0]?.stamp ?? "");
  const stepMs = stepOf(lines, UNITS_MS[dateFormat]);
  const meter = meterOf(lines, tags, isSole);
  const meterColumn = meter === undefined ? -1 : names.indexOf(meter);
  const own = [...columns.values()];
  const rows = Array.from({ length: Math.max(...own.map(({ length }) => length)) }, (_, row) => [
    ...names.slice(0, 1 + tags.length).map(() => ""),
    ...own.map((cells) => cells[row] ?? ""),
  ]);
  const taken = new Set(names.slice(0, 1 + tags.length).map((_, column) => column));
  const values = guessValues(
    { columns: names, rows, decimal: ".", name, stepMs, timeName: "time", hasMeters: meterColumn >= 0 },
    taken,
  );
  const needsStep = values.some(({ value }) => value.meaning === "interval");
  return {
    mapping: IMPORT_MAPPING.parse({
      format: "influx-line",
      zone,
      dateFormat,
      fields: names,
      ...(meterColumn >= 0 && { meterColumn }),
      ...(needsStep && { stepMinutes: Math.max(1, stepMs) / MINUTE_MS }),
      values: values.map(({ value }) => value),
    } satisfies Partial<ImportMapping>),
    sure: {
      format: 1,
      dateFormat: 0.9,
      ...(meterColumn >= 0 && { meterColumn: 0.8 }),
      ...(needsStep && { stepMinutes: 0.6, stampAt: 0.6 }),
      ...suresOf(values),
    },
    columns: names,
    sample: lines.slice(0, SAMPLE).map((line) => names.map((column) => cellOf(line, column))),
  };
}

const pieces = { seriesEnd: 0, fields: [] as number[], stamp: 0 };

function parse(line: string): Line | undefined {
  if (!takeApart(line, 0, line.length, pieces)) return undefined;
  const series = line.slice(0, pieces.seriesEnd);
  const fields = new Map<string, string>();
  for (let mark = 0; mark < pieces.fields.length; mark += 4) {
    const [from, to, start, end] = pieces.fields.slice(mark, mark + 4);
    fields.set(unescaped(line.slice(from, to)), plainNumber(line.slice(start, end)));
  }
  const stamp = line.slice(pieces.stamp);
  return /^-?\d+$/.test(stamp) ? { series, ...parseSeries(series), fields, stamp } : undefined;
}

/** What each field says in the series that says it most: beside those of others, registers would seem to fall. */
function fieldColumns(lines: readonly Line[], isSole: boolean): Map<string, readonly string[]> {
  const columns = new Map<string, Map<string, string[]>>();
  for (const { series, measurement, fields } of lines) {
    for (const [field, value] of fields) {
      const name = isSole ? field : columnOf(field, measurement);
      const bySeries = columns.get(name) ?? new Map<string, string[]>();
      columns.set(name, bySeries);
      const cells = bySeries.get(series) ?? [];
      bySeries.set(series, cells);
      cells.push(value);
    }
  }
  return new Map(
    [...columns].map(([name, bySeries]) => [
      name,
      [...bySeries.values()].reduce((most, cells) => (cells.length > most.length ? cells : most)),
    ]),
  );
}

/** The tag that tells meters apart: by its name, or else the one of most kinds. */
function meterOf(lines: readonly Line[], tags: readonly string[], isSole: boolean): string | undefined {
  const found = tags.map((tag) => ({
    tag,
    named: METER_NAME.test(tag),
    kinds: new Set(lines.map((line) => line.tags.get(tag))).size,
  }));
  const [best] = found.sort((a, b) => Number(b.named) - Number(a.named) || b.kinds - a.kinds);
  return best?.tag ?? (isSole ? undefined : MEASUREMENT);
}

/** As many digits as a time of this century has. */
function formatOf(stamp: string): keyof typeof UNITS_MS {
  const digits = stamp.replace("-", "").length;
  if (digits > 17) return "epoch-ns";
  if (digits > 14) return "epoch-us";
  return digits > 11 ? "epoch-ms" : "epoch-s";
}

/** Between two rows of one series. */
function stepOf(lines: readonly Line[], unitMs: number): number {
  const stamps = lines.filter(({ series }) => series === lines[0]?.series).map(({ stamp }) => Number(stamp) * unitMs);
  const steps = stamps.slice(1).map((at, index) => Math.round(at - (stamps[index] ?? at)));
  return steps.sort((a, b) => a - b)[Math.floor(steps.length / 2)] ?? 0;
}

function cellOf({ measurement, tags, fields }: Line, column: string): string {
  if (column === MEASUREMENT) return measurement;
  const field = [...fields].find(([name]) => name === column || columnOf(name, measurement) === column);
  return tags.get(column) ?? field?.[1] ?? "";
}
