import { guessStamps, type StampGuess } from "./guess-stamps";
import { guessTable, isNumber, type TableGuess } from "./guess-table";
import { guessValues, type ValueGuess } from "./guess-values";
import { IMPORT_MAPPING, MOST_COLUMNS, type ImportFormat, type ImportGuess, type ImportMapping } from "./mapping";
import { statisticColumns } from "./read-home-assistant";

/** How a column or a tag that tells meters apart is called. */
export const METER_NAME =
  /meter|device|entity|sensor|statistic_id|cups|contador|z[äa]hler|feed|port\b|appliance|channel|^id$|^name$|nombre/i;
const MADRID = "Europe/Madrid";
const SAMPLE = 10;

/** How a table of text is to be read. */
export function guessCsv(text: string, name: string, zone: string, isWhole: boolean): ImportGuess {
  const table = guessTable(text, isWhole);
  const base: Partial<ImportMapping> = {
    zone,
    delimiter: table.delimiter,
    decimal: table.decimal,
    skipLines: table.skipLines,
    header: table.header,
  };
  const shared = {
    delimiter: table.sure.delimiter,
    decimal: table.sure.decimal,
    header: table.sure.header,
    skipLines: 0.9,
  };
  const done = (mapping: Partial<ImportMapping>, sure: ImportGuess["sure"]): ImportGuess => ({
    mapping: IMPORT_MAPPING.parse({ ...base, ...mapping }),
    sure: { ...shared, ...sure },
    columns: table.columns,
    sample: table.rows.slice(0, SAMPLE),
  });

  const spanish = guessSpanish(table, zone);
  if (spanish) return done(spanish.mapping, spanish.sure);
  const stamps = guessStamps(table.columns, table.rows, zone);
  const statistics = stamps && guessStatistics(table, stamps);
  if (statistics) return done(statistics.mapping, statistics.sure);

  const when = stamps ? fromStamps(stamps) : fromName(name);
  const timed = [stamps?.timeColumn, stamps?.timeOfDayColumn].filter((column) => column !== undefined);
  const meterColumn = guessMeterColumn(table, new Set(timed));
  const step = when.mapping.stepMinutes;
  const values = guessValues(
    {
      columns: table.columns,
      rows: table.rows,
      decimal: table.decimal,
      name,
      stepMs: typeof step === "number" ? step * 60_000 : step === undefined ? undefined : 86_400_000,
      timeName: stamps ? (table.columns[stamps.timeColumn] ?? "") : "",
      hasMeters: meterColumn !== undefined,
    },
    new Set([...timed, ...(meterColumn === undefined ? [] : [meterColumn])]),
  );
  const format = formatOf(table, stamps, name);
  return done(
    {
      format,
      ...when.mapping,
      ...(meterColumn !== undefined && { meterColumn }),
      values: values.map(({ value }) => value),
    },
    {
      format: format === "csv" ? 0.9 : 0.7,
      ...when.sure,
      ...(meterColumn !== undefined && { meterColumn: 0.8 }),
      ...suresOf(values),
    },
  );
}

interface Part {
  readonly mapping: Partial<ImportMapping>;
  readonly sure: ImportGuess["sure"];
}

function fromStamps(guess: StampGuess): Part {
  const { sure, stepSure, zone, timeColumn, timeOfDayColumn, dateFormat, stepMinutes } = guess;
  return {
    mapping: {
      zone,
      timeColumn,
      dateFormat,
      ...(timeOfDayColumn !== undefined && { timeOfDayColumn }),
      ...(stepMinutes !== undefined && { stepMinutes }),
    },
    sure: { ...sure, stepMinutes: stepSure, stampAt: 0.6 },
  };
}

/** Rows without time: the name may say the year and the step, as in `power_2019_15min`. */
function fromName(name: string): Part {
  const year = /(?<!\d)((?:19|20)\d\d)(?!\d)/.exec(name)?.[1];
  const [, count = "", unit = ""] = /(\d+)[\s_-]?(min|h(?:our)?|s(?:ec)?)(?![a-z])/i.exec(name) ?? [];
  const minutes = Number(count) * (/^h/i.test(unit) ? 60 : /^s/i.test(unit) ? 1 / 60 : 1);
  const hasStep = minutes > 0;
  return {
    mapping: { ...(year !== undefined && { start: `${year}-01-01T00:00:00` }), stepMinutes: hasStep ? minutes : 60 },
    sure: { start: year === undefined ? 0 : 0.5, stepMinutes: hasStep ? 0.8 : 0, zone: 0.5 },
  };
}

export function suresOf(values: readonly ValueGuess[]): Record<string, number> {
  return Object.fromEntries(
    values.flatMap(({ sure }, index) =>
      Object.entries(sure).map(([field, share]) => [`values.${index}.${field}`, share]),
    ),
  );
}

/** A header-less pair of epoch seconds and number is how emoncms hands out a feed. */
function formatOf({ header, rows }: TableGuess, stamps: StampGuess | undefined, name: string): ImportFormat {
  const isPair = !header && rows[0]?.length === 2 && stamps?.timeColumn === 0;
  return isPair && (stamps.dateFormat === "epoch-s" || /emoncms|feed/i.test(name)) ? "emoncms-csv" : "csv";
}

/** The column whose texts, few and repeated, name a meter; by its name, or where none has names, the only one of texts. */
function guessMeterColumn(
  { columns, rows, header, decimal }: TableGuess,
  taken: ReadonlySet<number>,
): number | undefined {
  const some = rows.slice(0, 500);
  const found = Array.from({ length: Math.min(MOST_COLUMNS, some[0]?.length ?? 0) }, (_, column) => column)
    .filter((column) => !taken.has(column))
    .map((column) => {
      const cells = some.map((row) => row[column]?.trim() ?? "");
      const texts = cells.filter((cell) => cell !== "" && !isNumber(cell, decimal)).length;
      const named = METER_NAME.test(columns[column] ?? "");
      return { column, named, isText: texts > 0.8 * cells.length, kinds: new Set(cells).size };
    })
    .filter(
      ({ named, isText, kinds }) => isText && (named || !header) && (kinds <= some.length / 2 || some.length < 4),
    );
  const [best] = found.sort((a, b) => Number(b.named) - Number(a.named) || b.kinds - a.kinds);
  return best?.column;
}

/** Statistics as Home Assistant's tables name them. */
function guessStatistics({ columns }: TableGuess, stamps: StampGuess): Part | undefined {
  const { id, time, sum, mean, state } = statisticColumns(columns);
  if (id < 0 || time < 0 || (sum < 0 && mean < 0 && state < 0)) return undefined;
  const { mapping, sure } = fromStamps(stamps);
  return {
    mapping: { ...mapping, format: "home-assistant-csv", stepMinutes: mapping.stepMinutes === 5 ? 5 : 60 },
    sure: { ...sure, format: 1 },
  };
}

/** `CUPS;Fecha;Hora;Consumo_kWh` of the distributors, `cups,date,time,consumptionKWh` of Datadis. */
function guessSpanish({ columns, rows }: TableGuess, zone: string): Part | undefined {
  const find = (names: RegExp): number => columns.findIndex((name) => names.test(name.trim()));
  const [meterColumn, timeColumn, timeOfDayColumn] = [
    find(/^cups$/i),
    find(/^(fecha|date)$/i),
    find(/^(hora|time|hour)$/i),
  ];
  const imported = find(/^(consumo|consumption|ae)[_ ]?\(?kwh/i);
  const exported = find(/(vertida|surplus|excedente|^as)[a-z_ ]*\(?kwh/i);
  if (meterColumn < 0 || timeColumn < 0 || timeOfDayColumn < 0 || imported < 0) return undefined;
  const isQuarters = rows.some(
    (row) => /:(15|30|45)/.test(row[timeOfDayColumn] ?? "") || Number(row[timeOfDayColumn]) > 25,
  );
  const dates = rows.map((row) => row[timeColumn] ?? "");
  const isIso = dates.every((date) => /^\d{4}/.test(date.trim()));
  const value = { meaning: "interval", unit: "kWh" } as const;
  return {
    mapping: {
      format: "spanish-hourly",
      zone: zone === "Atlantic/Canary" ? zone : MADRID,
      meterColumn,
      timeColumn,
      timeOfDayColumn,
      dateFormat: isIso ? "iso" : "d/M/yyyy",
      stampAt: "end",
      stepMinutes: isQuarters ? 15 : 60,
      values: [
        { column: imported, measure: "importWh", ...value },
        ...(exported < 0 ? [] : [{ column: exported, measure: "exportWh" as const, ...value }]),
      ],
    },
    sure: {
      format: 1,
      zone: 0.9,
      dateFormat: 1,
      timeColumn: 1,
      timeOfDayColumn: 1,
      meterColumn: 1,
      stepMinutes: 1,
      "values.0.measure": 1,
    },
  };
}
