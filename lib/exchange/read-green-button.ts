import sax from "sax";
import { scale } from "../meters/numbers";
import { badRow, energyRow, shown, type EnergyMeasure, type ImportRow } from "./import-row";
import type { ImportMapping } from "./mapping";

/** ESPI's numbers for units (NAESB REQ.21, UomType): what is measured, and how many of ours one is. */
const UOM: ReadonlyMap<number, { readonly measure: "powerW" | EnergyMeasure; readonly factor: number }> = new Map([
  [38, { measure: "powerW", factor: 1 }],
  [72, { measure: "importWh", factor: 1 }],
  [132, { measure: "importWh", factor: 1055.05585262 / 3600 }],
  [169, { measure: "importWh", factor: 105_505_585.262 / 3600 }],
  [42, { measure: "volumeM3", factor: 1 }],
  [119, { measure: "volumeM3", factor: 0.028316846592 }],
  [134, { measure: "volumeM3", factor: 0.001 }],
]);
/** FlowDirectionType: what the customer gives back. */
const REVERSE = 19;
/** AccumulationKind: a counter as it stood. */
const REGISTERS = new Set([1, 2, 3]);
const MAX_LINKS = 10_000;

interface ReadingType {
  readonly uom: number;
  readonly tenPower: number;
  readonly direction: number;
  readonly accumulation: number;
}

type Fields = Record<string, string>;

/**
 * Green Button: an Atom feed of ESPI entries. A block's reading type is the one that its meter reading links to, or the last one told.
 * `line` counts the interval readings. An XML that breaks is read up to there.
 */
export async function* readGreenButton(
  text: AsyncIterable<string>,
  mapping: ImportMapping,
): AsyncGenerator<ImportRow[]> {
  let out: ImportRow[] = [];
  const feed = makeFeed(mapping, (row) => out.push(row));
  const parser = sax.parser(true, { trim: true, xmlns: false });
  let broken: string | undefined;
  parser.onopentag = ({ name, attributes }) => feed.open(bare(name), attributes as Fields);
  parser.ontext = (words) => feed.text(words);
  parser.oncdata = (words) => feed.text(words);
  parser.onclosetag = (name) => feed.close(bare(name));
  parser.onerror = (error) => {
    broken ??= error.message.split("\n")[0] ?? "";
    parser.error = null as unknown as Error;
  };

  for await (const piece of text) {
    parser.write(piece);
    if (broken !== undefined) break;
    yield out;
    out = [];
  }
  if (broken === undefined) parser.close();
  if (broken !== undefined) out.push(badRow(feed.count(), "bad-xml", { text: shown(broken) }));
  yield out;
}

function makeFeed(mapping: ImportMapping, add: (row: ImportRow) => void) {
  /** By the address of a meter reading, the addresses that it links to; by that of a reading type, the type. */
  const readings = new Map<string, readonly string[]>();
  const types = new Map<string, ReadingType>();
  let latest: ReadingType | undefined;
  let links: { rel: string; href: string }[] = [];
  let kind = "";
  let fields: Fields = {};
  let words = "";
  let count = 0;

  const self = (): string => links.find(({ rel }) => rel === "self")?.href ?? "";

  const typeOfBlock = (): ReadingType | undefined => {
    const up = links
      .filter(({ rel }) => rel === "up" || rel === "self")
      .map(({ href }) => href.replace(/\/IntervalBlock.*$/, ""));
    for (const address of up) {
      for (const related of readings.get(address) ?? []) {
        const type = types.get(related);
        if (type) return type;
      }
    }
    return latest;
  };

  const addReading = (): void => {
    count += 1;
    const row = rowOf(count, fields, typeOfBlock(), mapping);
    if (row) add(row);
  };

  const endEntry = (): void => {
    if (kind === "MeterReading" && readings.size < MAX_LINKS) {
      const related = links.filter(({ rel }) => rel === "related").map(({ href }) => href);
      readings.set(self(), related);
    }
    if (kind === "ReadingType" && latest && types.size < MAX_LINKS) types.set(self(), latest);
  };

  return {
    count: () => count,
    open: (name: string, attributes: Fields): void => {
      words = "";
      if (name === "entry") {
        links = [];
        kind = "";
      } else if (name === "link") links.push({ rel: attributes.rel ?? "", href: attributes.href ?? "" });
      else if (name === "MeterReading" || name === "ReadingType" || name === "IntervalBlock") kind = name;
      if (name === "IntervalReading" || name === "ReadingType") fields = {};
    },
    text: (piece: string): void => {
      if (words.length < 100) words += piece;
    },
    close: (name: string): void => {
      // A block's own interval has a start and a duration too, but it is over before its readings begin.
      fields[name] = words;
      words = "";
      if (name === "IntervalReading") addReading();
      else if (name === "ReadingType") latest = readingTypeOf(fields);
      else if (name === "entry") endEntry();
    },
  };
}

function readingTypeOf(fields: Fields): ReadingType {
  const number = (name: string): number => Number(fields[name] || 0);
  return {
    uom: number("uom"),
    tenPower: number("powerOfTenMultiplier"),
    direction: number("flowDirection"),
    accumulation: number("accumulationBehaviour"),
  };
}

function rowOf(
  line: number,
  fields: Fields,
  type: ReadingType | undefined,
  { meter }: ImportMapping,
): ImportRow | undefined {
  if (fields.value === undefined || fields.value === "") return undefined;
  const from = Number(fields.start || NaN) * 1000;
  const lengthMs = Number(fields.duration ?? 0) * 1000;
  if (!Number.isInteger(from) || !(lengthMs >= 0)) return badRow(line, "bad-time", { text: shown(fields.start ?? "") });
  const unit = type && UOM.get(type.uom);
  if (!unit) return badRow(line, "unit-unknown", { unit: type?.uom ?? "" });
  const amount = scale(Number(fields.value), unit.factor * 10 ** type.tenPower);
  if (amount === undefined) return badRow(line, "bad-number", { text: shown(fields.value), column: 1 });
  const isReverse = type.direction === REVERSE;
  const name = meter === undefined ? {} : { meter };
  if (unit.measure === "powerW") return { line, ...name, at: from, values: { powerW: isReverse ? -amount : amount } };
  const measure = isReverse && unit.measure === "importWh" ? "exportWh" : unit.measure;
  if (REGISTERS.has(type.accumulation)) return { line, ...name, at: from + lengthMs, values: { [measure]: amount } };
  if (lengthMs === 0) return badRow(line, "bad-time", { text: "0" });
  return energyRow(line, meter, [from, from + lengthMs], measure, amount);
}

function bare(name: string): string {
  return name.slice(name.indexOf(":") + 1);
}
