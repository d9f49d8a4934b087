import { asError, EnergyError } from "../errors";
import { parseReading } from "../energy/reading";
import { badRow, shown, type EnergyRow, type ImportRow } from "./import-row";
import type { ImportMapping } from "./mapping";
import { makeStampReader } from "./stamp-reader";

const LONGEST_LINE = 100_000;
const ENERGIES = ["importWh", "exportWh", "volumeM3"] as const;

/** JSON Lines as `exportRows` writes them: `{meter, at, …}` is a reading, `{meter, from, to, …}` energy; instants in ISO 8601 or epoch ms. */
export async function* readNdjson(text: AsyncIterable<string>, mapping: ImportMapping): AsyncGenerator<ImportRow[]> {
  const read = makeLineReader(mapping);
  let rest = "";
  let line = 0;
  let isCut = false;
  for await (const piece of text) {
    const lines = (rest + piece).split("\n");
    rest = lines.pop() ?? "";
    const out: ImportRow[] = [];
    for (const one of lines) {
      line += 1;
      if (isCut) isCut = false;
      else if (one.trim() !== "") out.push(read(line, one));
    }
    if (rest.length > LONGEST_LINE) {
      if (!isCut) out.push(badRow(line + 1, "line-too-long"));
      rest = "";
      isCut = true;
    }
    yield out;
  }
  if (!isCut && rest.trim() !== "") yield [read(line + 1, rest)];
}

function makeLineReader({ zone, meter: usual }: ImportMapping): (line: number, text: string) => ImportRow {
  const stamp = makeStampReader("iso", zone);
  const instant = (value: unknown): unknown => (typeof value === "string" ? stamp(value, {}) : value);

  return (line, text) => {
    const parsed = parseJson(text);
    if (typeof parsed !== "object" || parsed === null) return badRow(line, "bad-json", { text: shown(text) });
    const row = parsed as Readonly<Record<string, unknown>>;
    const meter = row.meter ?? usual;
    try {
      if (row.from !== undefined) return energyOf(line, meter, row, instant);
      const {
        meter: named,
        at,
        source,
        ...values
      } = parseReading({ ...row, at: instant(row.at), meter: meter ?? "?" });
      return meter === undefined ? { line, at, values } : { line, meter: named, at, values };
    } catch (error) {
      if (!(error instanceof EnergyError)) throw error;
      return badRow(line, "not-a-reading", { field: error.field ?? "", text: shown(text) });
    }
  };
}

function energyOf(
  line: number,
  meter: unknown,
  row: Readonly<Record<string, unknown>>,
  instant: (value: unknown) => unknown,
): EnergyRow {
  const [from, to] = [instant(row.from), instant(row.to)];
  const name = meter === undefined ? {} : { meter: parseReading({ meter, at: from }).meter };
  if (typeof from !== "number" || typeof to !== "number" || from >= to) {
    throw new EnergyError("invalid-reading", "not an interval", { field: "to" });
  }
  const flow = Object.fromEntries(ENERGIES.flatMap((key) => (row[key] === undefined ? [] : [[key, row[key]]])));
  const { importWh, exportWh, volumeM3 } = parseReading({ meter: "?", at: from, ...flow });
  return {
    line,
    ...name,
    from,
    to,
    ...(importWh !== undefined && { importWh }),
    ...(exportWh !== undefined && { exportWh }),
    ...(volumeM3 !== undefined && { volumeM3 }),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (asError(error).name !== "SyntaxError") throw error;
    return undefined;
  }
}
