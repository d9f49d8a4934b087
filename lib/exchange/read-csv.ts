import { DateTime } from "luxon";
import { nextOf } from "../energy/calendar";
import { EnergyError } from "../errors";
import { tableRows } from "./csv-table";
import { badRow, shown, type ImportRow } from "./import-row";
import type { Trail } from "./local-clock";
import type { ImportMapping } from "./mapping";
import { makeStampReader } from "./stamp-reader";
import { makeValueReader } from "./value-reader";

const MINUTE_MS = 60_000;
/** Meters whose direction in time is remembered; a column taken for meters by mistake must not fill the memory. */
const MAX_TRAILS = 10_000;

/** The rows of a table of text as `mapping` says, some thousands at a time. */
export async function* readCsv(text: AsyncIterable<string>, mapping: ImportMapping): AsyncGenerator<ImportRow[]> {
  const read = makeRowReader(mapping);
  let isHeader = mapping.header;
  for await (const { rows, lines, bad } of tableRows(text, mapping)) {
    const out: ImportRow[] = [];
    for (let index = 0; index < rows.length; index += 1) {
      const cells = rows[index] ?? [];
      if (isHeader) isHeader = false;
      else if (cells.length > 1 || cells[0]?.trim()) read(out, lines[index] ?? 0, cells);
    }
    // Both come in the order of their lines.
    yield bad.length === 0 ? out : [...out, ...bad].sort((a, b) => a.line - b.line);
  }
}

type RowReader = (out: ImportRow[], line: number, cells: readonly string[]) => void;

function makeRowReader(mapping: ImportMapping): RowReader {
  const { timeColumn, timeOfDayColumn, meterColumn, zone } = mapping;
  const stamp = makeStampReader(mapping.dateFormat, zone);
  const values = makeValueReader(mapping);
  const spanOf = makeSpans(mapping);
  const trails = new Map<string, Trail>();
  const sole: Trail = {};
  const next = timeColumn === undefined ? makeSequence(mapping) : undefined;

  const trailOf = (meter: string): Trail => {
    let trail = trails.get(meter);
    if (!trail) {
      if (trails.size >= MAX_TRAILS) trails.clear();
      trails.set(meter, (trail = {}));
    }
    return trail;
  };

  return (out, line, cells) => {
    const named = meterColumn === undefined ? undefined : plainName(cells[meterColumn]?.trim());
    const meter = named || mapping.meter;
    let at: number | "bad-time" | "no-such-time";
    if (timeColumn === undefined) at = next?.() ?? "bad-time";
    else {
      const date = cells[timeColumn];
      const time = timeOfDayColumn === undefined ? "" : cells[timeOfDayColumn];
      if (date === undefined || time === undefined) {
        out.push(badRow(line, "too-few-columns", { columns: cells.length }));
        return;
      }
      const text = timeOfDayColumn === undefined ? date : `${date.trim()} ${time.trim()}`;
      at = stamp(text, named ? trailOf(named) : sole);
      if (typeof at !== "number") {
        out.push(badRow(line, text.trim() === "" ? "no-time" : at, { text: shown(text), zone }));
        return;
      }
    }
    if (typeof at !== "number") return;
    values(out, line, cells, meter, { at, span: spanOf(at) });
  };
}

/** Without the quote that our export, as others, puts before what a spreadsheet would take for a formula. */
function plainName(name: string | undefined): string | undefined {
  return name?.startsWith("'") && /^'[=+\-@]/.test(name) ? name.slice(1) : name;
}

/** `[from, to)` of the interval that a stamp means. */
function makeSpans({ stepMinutes, stampAt, zone, values }: ImportMapping): (at: number) => readonly [number, number] {
  if (stepMinutes === undefined) {
    if (!values.some(({ meaning }) => meaning === "interval")) return (at) => [at, at];
    throw new EnergyError("invalid-config", "amounts by interval need the length of their interval", {
      field: "stepMinutes",
    });
  }
  if (typeof stepMinutes === "number") {
    const length = stepMinutes * MINUTE_MS;
    return stampAt === "start" ? (at) => [at, at + length] : (at) => [at - length, at];
  }
  if (stampAt === "start") return (at) => [at, nextOf(stepMinutes, at, zone)];
  return (at) => [
    DateTime.fromMillis(at, { zone })
      .minus({ [stepMinutes]: 1 })
      .toMillis(),
    at,
  ];
}

/** The instants of rows that bear none. */
function makeSequence({ start, stepMinutes, zone }: ImportMapping): () => number {
  const first = makeStampReader("iso", zone)(start ?? "", {});
  if (typeof first !== "number" || stepMinutes === undefined) {
    const field = typeof first === "number" ? "stepMinutes" : "start";
    throw new EnergyError("invalid-config", "a file without times needs its first instant and its step", { field });
  }
  let at = first;
  return () => {
    const now = at;
    at = typeof stepMinutes === "number" ? at + stepMinutes * MINUTE_MS : nextOf(stepMinutes, at, zone);
    return now;
  };
}
