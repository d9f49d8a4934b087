import { tableRows } from "./csv-table";
import { makeStatistics } from "./home-assistant";
import { badRow, shown, type ImportRow } from "./import-row";
import type { ImportMapping } from "./mapping";
import { numberIn } from "./number-text";
import { makeStampReader } from "./stamp-reader";

const MINUTE_MS = 60_000;

/** The names under which statistics are written out, by what they mean. */
const NAMES = {
  id: ["statistic_id", "entity_id"],
  time: ["start", "start_ts", "start_time"],
  unit: ["unit", "unit_of_measurement"],
  sum: ["sum"],
  state: ["state"],
  mean: ["mean"],
} as const;

/** Where each field stands in a row of names, −1 where it does not. */
export function statisticColumns(header: readonly string[]): Record<keyof typeof NAMES, number> {
  const names = header.map((name) => name.trim().toLowerCase());
  const find = (wanted: readonly string[]): number => names.findIndex((name) => wanted.includes(name));
  const { id, time, unit, sum, state, mean } = NAMES;
  return { id: find(id), time: find(time), unit: find(unit), sum: find(sum), state: find(state), mean: find(mean) };
}

/** Statistics written out as a table, the columns found by their names. Without a column for it, the unit is that of the first value. */
export async function* readStatisticsCsv(
  text: AsyncIterable<string>,
  mapping: ImportMapping,
): AsyncGenerator<ImportRow[]> {
  const stamp = makeStampReader(mapping.dateFormat, mapping.zone);
  const statistics = makeStatistics(stepMsOf(mapping));
  const trails = new Map<string, object>();
  let columns: ReturnType<typeof statisticColumns> | undefined;

  for await (const { rows, lines, bad } of tableRows(text, mapping)) {
    const out: ImportRow[] = [...bad];
    for (const [index, cells] of rows.entries()) {
      const line = lines[index] ?? 0;
      if (!columns) {
        columns = statisticColumns(cells);
        continue;
      }
      if (cells.length < 2) continue;
      const cell = (column: number): string => (column < 0 ? "" : (cells[column] ?? ""));
      const id = cell(columns.id).trim() || (mapping.meter ?? "");
      const trail = trails.get(id) ?? {};
      if (trails.size < 10_000) trails.set(id, trail);
      const at = stamp(cell(columns.time), trail);
      if (typeof at !== "number") {
        out.push(badRow(line, at, { text: shown(cell(columns.time)), zone: mapping.zone }));
        continue;
      }
      const [sum, state, mean] = [columns.sum, columns.state, columns.mean].map((column) =>
        numberIn(cell(column), mapping.decimal),
      );
      if ([sum, state, mean].some((number) => Number.isNaN(number))) {
        out.push(badRow(line, "bad-number", { text: shown(cells.join(mapping.delimiter)) }));
        continue;
      }
      const unit = columns.unit < 0 ? (mapping.values[0]?.unit ?? "") : cell(columns.unit);
      statistics(out, line, { id, unit, at, sum, state, mean });
    }
    yield out.sort((a, b) => a.line - b.line);
  }
}

/** Statistics are of an hour unless told otherwise. */
export function stepMsOf({ stepMinutes }: ImportMapping): number {
  return (typeof stepMinutes === "number" ? stepMinutes : 60) * MINUTE_MS;
}
