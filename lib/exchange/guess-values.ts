import type { FieldKind } from "../meters/field-names";
import { scaleOf, UNITS, writtenScale, type Unit } from "../meters/units";
import { valueNameOf } from "../meters/value-name";
import { isNumber } from "./guess-table";
import { MOST_COLUMNS, type ColumnMeasure, type Meaning, type ValueColumn } from "./mapping";
import { numberIn, type Decimal } from "./number-text";

type Rows = readonly (readonly string[])[];

export interface ValueGuess {
  readonly value: ValueColumn;
  readonly sure: { readonly measure: number; readonly meaning: number; readonly unit: number };
}

interface Table {
  readonly columns: readonly string[];
  readonly rows: Rows;
  readonly decimal: Decimal;
  /** The file's name, whose words count where a column's own say nothing. */
  readonly name: string;
  readonly stepMs: number | undefined;
  readonly timeName: string;
  /** Whether another column says whose row it is. */
  readonly hasMeters: boolean;
}

const MEASURES: Partial<Record<FieldKind, ColumnMeasure>> = {
  power: "powerW",
  import: "importWh",
  export: "exportWh",
  volume: "volumeM3",
  voltage: "voltageV",
  current: "currentA",
  factor: "powerFactor",
  frequency: "frequencyHz",
  apparent: "apparentVa",
  reactive: "reactiveVar",
  temperature: "temperatureC",
  soc: "socPercent",
};
/** Words of other languages, and of programs, that say what is measured. */
const WORDS: readonly (readonly [RegExp, ColumnMeasure])[] = [
  [/vertid|exportad|excedente|surplus|einspeis|inyect|export|feed.?in|return|teruglever/i, "exportWh"],
  [/potencia|leistung|puissance|vermogen|power|demand|\bwatts?\b|_w\b/i, "powerW"],
  [/consumo|energ[ií]a|verbrauch|bezug|consommation|verbruik|energy|consumption|usage|load|import/i, "importWh"],
  [/\bgas\b|volume|volumen|water|agua|\bm3\b|m³/i, "volumeM3"],
];
const INTERVAL_TIME = /start|from|desde|begin|inicio|period|interval|hora\b|hour/i;
const REGISTER_NAME = /total|register|lectura|reading|z[äa]hlerstand|index|meter.?value|stand|cumul|acumul/i;
const PRICE = /price|precio|cost|coste|carbon|co2|tariff|eur|gbp|£|€|\$/i;
const SHORT_STEP_MS = 300_000;

/** What the columns that are neither time nor meter measure: those whose names say it, else all that hold numbers. */
export function guessValues(table: Table, taken: ReadonlySet<number>): ValueGuess[] {
  const width = Math.min(MOST_COLUMNS, Math.max(0, ...table.rows.slice(0, 20).map((row) => row.length)));
  const numeric = Array.from({ length: width }, (_, column) => column).filter(
    (column) => !taken.has(column) && isNumeric(table, column) && !PRICE.test(table.columns[column] ?? ""),
  );
  const guesses = numeric.map((column) => guessValue(table, column));
  const named = guesses.filter(({ sure }) => sure.measure >= 0.5);
  return withMeters(named.length > 0 ? named : guesses, table);
}

function isNumeric({ rows, decimal }: Table, column: number): boolean {
  const cells = rows.slice(0, 500).map((row) => row[column] ?? "");
  const said = cells.filter((cell) => numberIn(cell, decimal) !== undefined);
  return said.length > 0 && said.filter((cell) => isNumber(cell, decimal)).length > 0.8 * said.length;
}

function guessValue(table: Table, column: number): ValueGuess {
  const name = table.columns[column] ?? "";
  const numbers = table.rows
    .map((row) => numberIn(row[column] ?? "", table.decimal))
    .filter((number) => number !== undefined);
  const unit = unitIn(name);
  const { measure, sure } = guessMeasure(name, unit, table);
  const meaning = guessMeaning(measure, name, numbers, table);
  const scaled = measure === "powerW" || measure === "importWh" || measure === "exportWh" || measure === "volumeM3";
  const guessed = unit ?? guessUnit(measure, meaning.meaning, numbers, table.stepMs);
  return {
    value: { column, measure, meaning: meaning.meaning, ...(scaled && { unit: guessed }) },
    sure: { measure: sure, meaning: meaning.sure, unit: unit || !scaled ? 1 : 0.3 },
  };
}

/** The unit that a column's name ends with, or bears in brackets. */
function unitIn(name: string): Unit | undefined {
  const inBrackets = /[[(]\s*([^\])]+?)\s*[\])]/.exec(name)?.[1];
  const last = /(?:^|[\s_.-])([A-Za-z³3]+)$/.exec(name)?.[1];
  const inside = /(?:importWh|exportWh|powerW|volumeM3)$/
    .exec(name)?.[0]
    .replace(/^(?:import|export|power|volume)/, "");
  for (const text of [inBrackets, inside, last]) {
    const scale = writtenScale(text);
    const unit =
      scale && UNITS.find((one) => scaleOf(one).quantity === scale.quantity && scaleOf(one).factor === scale.factor);
    if (unit) return unit;
  }
  const tail = /(kWh|MWh|Wh|kW|MW)$/i.exec(name)?.[1];
  const scale = writtenScale(tail);
  return scale && UNITS.find((one) => scaleOf(one).quantity === scale.quantity && scaleOf(one).factor === scale.factor);
}

function guessMeasure(name: string, unit: Unit | undefined, table: Table): { measure: ColumnMeasure; sure: number } {
  const said = valueNameOf(name);
  const kind = said?.field && MEASURES[said.field.kind];
  const word = WORDS.find(([words]) => words.test(name))?.[1];
  const quantity = unit && scaleOf(unit).quantity;
  if (quantity === "power") return { measure: "powerW", sure: 1 };
  if (quantity === "volume") return { measure: "volumeM3", sure: 1 };
  if (quantity === "energy") {
    return { measure: said?.exported || word === "exportWh" || kind === "exportWh" ? "exportWh" : "importWh", sure: 1 };
  }
  if (kind && said.sure) return { measure: kind, sure: 0.9 };
  if (word) return { measure: word, sure: 0.6 };
  const fromFile = WORDS.find(([words]) => words.test(table.name.replace(/[_-]/g, " ")))?.[1];
  if (INTERVAL_TIME.test(table.timeName)) return { measure: "importWh", sure: 0.4 };
  return { measure: fromFile === "volumeM3" ? "importWh" : (fromFile ?? "powerW"), sure: 0.3 };
}

function guessMeaning(
  measure: ColumnMeasure,
  name: string,
  numbers: readonly number[],
  { stepMs, timeName, columns }: Table,
): { meaning: Meaning; sure: number } {
  if (measure !== "importWh" && measure !== "exportWh" && measure !== "volumeM3") return { meaning: "power", sure: 1 };
  // As we write them ourselves.
  if (timeName === "from" && columns.includes("to")) return { meaning: "interval", sure: 1 };
  if (timeName === "at") return { meaning: "register", sure: 0.9 };
  let rises = 0;
  let falls = 0;
  for (let index = 1; index < numbers.length; index += 1) {
    const change = (numbers[index] ?? 0) - (numbers[index - 1] ?? 0);
    if (change > 0) rises += 1;
    else if (change < 0) falls += 1;
  }
  if (rises + falls >= 10) {
    // What flows in an interval falls about as often as it rises.
    const share = falls / (rises + falls);
    if (share < 0.05) return { meaning: "register", sure: 0.95 };
    if (share > 0.2) return { meaning: "interval", sure: 0.95 };
  }
  if (REGISTER_NAME.test(name)) return { meaning: "register", sure: 0.6 };
  const isQuick = stepMs !== undefined && stepMs < SHORT_STEP_MS;
  return { meaning: isQuick ? "register" : "interval", sure: 0.5 };
}

/** Where no name says it: what makes a plausible power. */
function guessUnit(measure: ColumnMeasure, meaning: Meaning, numbers: readonly number[], stepMs = 3_600_000): Unit {
  if (measure === "volumeM3") return "m3";
  const some = numbers
    .filter((number) => number !== 0)
    .map(Math.abs)
    .sort((a, b) => a - b);
  const middle = some[Math.floor(some.length / 2)] ?? 0;
  if (measure === "powerW") return middle > 30 || some.every(Number.isInteger) ? "W" : "kW";
  if (meaning === "register") return (some.at(-1) ?? 0) > 200_000 ? "Wh" : "kWh";
  return (middle * 3_600_000) / stepMs > 50 ? "Wh" : "kWh";
}

/** Columns of one measure are of several meters, which their names tell apart; beside a column of meters the first one counts. */
function withMeters(guesses: readonly ValueGuess[], { columns, hasMeters }: Table): ValueGuess[] {
  const groups = Map.groupBy(guesses, ({ value }) => value.measure);
  return guesses.flatMap((guess): ValueGuess[] => {
    const group = groups.get(guess.value.measure) ?? [];
    if (group.length < 2) return [guess];
    const name = columns[guess.value.column]?.trim().slice(0, 200);
    // Volts and amps of several phases would be taken for several meters'.
    const isMeter = !hasMeters && name !== undefined && name !== "" && guess.value.unit !== undefined;
    if (isMeter) return [{ ...guess, value: { ...guess.value, meter: name } }];
    return group[0] === guess ? [guess] : [];
  });
}
