import type { Mapping } from "../api/history-api";

export type Value = Mapping["values"][number];

/** What a column can be: its measure, and whether its numbers are readings or amounts. */
export const VALUE_ROLES = [
  "powerW/power",
  "importWh/register",
  "importWh/interval",
  "exportWh/register",
  "exportWh/interval",
  "volumeM3/register",
  "volumeM3/interval",
  "voltageV/power",
  "currentA/power",
  "powerFactor/power",
  "frequencyHz/power",
  "apparentVa/power",
  "reactiveVar/power",
  "temperatureC/power",
  "socPercent/power",
] as const;
export const ROLES = ["none", "time", "timeOfDay", "meter", ...VALUE_ROLES] as const;
export type ColumnRole = (typeof ROLES)[number];

export type Unit = NonNullable<Value["unit"]>;
const ENERGY = ["Wh", "kWh", "MWh"] as const satisfies readonly Unit[];
const UNITS: Readonly<Partial<Record<Value["measure"], readonly Unit[]>>> = {
  powerW: ["W", "kW", "MW"],
  importWh: ENERGY,
  exportWh: ENERGY,
  volumeM3: ["m3", "L"],
};

/** Formats whose columns a person may name; the others name them themselves. */
const FREE_COLUMNS: ReadonlySet<Mapping["format"]> = new Set(["csv", "emoncms-csv", "spanish-hourly"]);
export const hasFreeColumns = ({ format }: Mapping): boolean => FREE_COLUMNS.has(format);

/** What has to be said before such a file can be read at all: which columns are time and values, or how long a row is. */
export function missingIn(mapping: Mapping): "columns" | "step" | undefined {
  if (!hasFreeColumns(mapping)) return undefined;
  const { timeColumn, start, values, stepMinutes } = mapping;
  if ((timeColumn === undefined && !start) || values.length === 0) return "columns";
  const needsStep = timeColumn === undefined || values.some(({ meaning }) => meaning === "interval");
  return needsStep && stepMinutes === undefined ? "step" : undefined;
}

/** The units in which a measure may be written; none where its name says it. */
export const unitsOf = (measure: Value["measure"]): readonly Unit[] => UNITS[measure] ?? [];

export const valueAt = ({ values }: Mapping, column: number): Value | undefined =>
  values.find((value) => value.column === column);

export function roleOf(mapping: Mapping, column: number): ColumnRole {
  if (mapping.timeColumn === column) return "time";
  if (mapping.timeOfDayColumn === column) return "timeOfDay";
  if (mapping.meterColumn === column) return "meter";
  const value = valueAt(mapping, column);
  return VALUE_ROLES.find((role) => value && role === `${value.measure}/${value.meaning}`) ?? "none";
}

/** The mapping once a column is something else; what can be only one column is no other any more. */
export function withRole(mapping: Mapping, column: number, role: ColumnRole): Mapping {
  const { timeColumn, timeOfDayColumn, meterColumn, ...rest } = mapping;
  const place = (wanted: ColumnRole, before: number | undefined): number | undefined =>
    role === wanted ? column : before === column ? undefined : before;
  const time = place("time", timeColumn);
  const timeOfDay = place("timeOfDay", timeOfDayColumn);
  const meter = place("meter", meterColumn);
  const others = mapping.values.filter((value) => value.column !== column);
  const value = toValue(role, column, valueAt(mapping, column));
  return {
    ...rest,
    ...(time !== undefined && { timeColumn: time }),
    ...(timeOfDay !== undefined && { timeOfDayColumn: timeOfDay }),
    ...(meter !== undefined && { meterColumn: meter }),
    values: (value ? [...others, value] : others).sort((one, other) => one.column - other.column),
  };
}

function toValue(role: ColumnRole, column: number, before: Value | undefined): Value | undefined {
  if (!VALUE_ROLES.some((one) => one === role)) return undefined;
  const [measure, meaning] = role.split("/") as [Value["measure"], Value["meaning"]];
  const units = unitsOf(measure);
  // The larger of the small ones is what people's files say.
  const unit = units.find((one) => one === before?.unit) ?? (measure === "volumeM3" ? units[0] : units[1]);
  return {
    column,
    measure,
    meaning,
    ...(unit && { unit }),
    ...(before?.meter !== undefined && { meter: before.meter }),
  };
}

export const withUnit = (mapping: Mapping, column: number, unit: Unit): Mapping => ({
  ...mapping,
  values: mapping.values.map((value) => (value.column === column ? { ...value, unit } : value)),
});

/** The mapping with all powers and energies a thousand times larger or smaller; nothing where a unit has no such neighbour. */
export function withFactor(mapping: Mapping, factor: number): Mapping | undefined {
  const step = factor > 1 ? 1 : -1;
  const values: Value[] = [];
  for (const value of mapping.values) {
    const units = unitsOf(value.measure);
    if (value.unit === undefined || value.measure === "volumeM3") {
      values.push(value);
      continue;
    }
    const unit = units[units.indexOf(value.unit) + step];
    if (unit === undefined) return undefined;
    values.push({ ...value, unit });
  }
  return values.some((value, index) => value.unit !== mapping.values[index]?.unit) ? { ...mapping, values } : undefined;
}
