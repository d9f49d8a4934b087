import { createReadStream } from "node:fs";
import { EnergyError } from "../errors";
import type { ImportRow } from "./import-row";
import type { ImportFormat, ImportMapping } from "./mapping";
import { readCsv } from "./read-csv";
import { readGreenButton } from "./read-green-button";
import { readStatisticsCsv } from "./read-home-assistant";
import { readLineProtocol } from "./read-line-protocol";
import { readNdjson } from "./read-ndjson";
import { readSpanish } from "./read-spanish";
import { readEnergyData, readHomeAssistantFile } from "./read-sqlite";
import { decodeText, type ByteStream } from "./text-source";

/** A stream of bytes, or a file; SQLite is read from files alone. */
export type ImportSource = ByteStream | { readonly file: string };

export interface ReadOptions {
  /** Rows of lines up to this one are read and left out: where an import was broken off. */
  readonly after?: number;
}

type TextReader = (text: AsyncIterable<string>, mapping: ImportMapping) => AsyncGenerator<ImportRow[]>;
type BytesReader = (bytes: ByteStream, mapping: ImportMapping) => AsyncGenerator<ImportRow[]>;
type FileReader = (file: string, mapping: ImportMapping) => AsyncGenerator<ImportRow[]>;

const TEXT_READERS: Partial<Record<ImportFormat, TextReader>> = {
  csv: readCsv,
  "emoncms-csv": readCsv,
  "home-assistant-csv": readStatisticsCsv,
  "green-button": readGreenButton,
  "spanish-hourly": readSpanish,
  "vatio-ndjson": readNdjson,
};
const BYTES_READERS: Partial<Record<ImportFormat, BytesReader>> = { "influx-line": readLineProtocol };
const FILE_READERS: Partial<Record<ImportFormat, FileReader>> = {
  "home-assistant-sqlite": readHomeAssistantFile,
  "energy-data-sqlite": readEnergyData,
};

/**
 * The rows of a file, some thousands at a time; in bounded memory, however long the file. A row that cannot be read is a `BadRow`.
 * Throws `invalid-config` where the mapping lacks what its format needs, `storage-failed` where a SQLite file cannot be opened.
 */
export async function* readImportBatches(
  source: ImportSource,
  mapping: ImportMapping,
  { after = 0 }: ReadOptions = {},
): AsyncGenerator<ImportRow[]> {
  for await (const rows of open(source, mapping)) {
    const wanted = after > 0 ? rows.filter(({ line }) => line > after) : rows;
    if (wanted.length > 0) yield wanted;
  }
}

/** As `readImportBatches`, row by row. */
export async function* readImport(
  source: ImportSource,
  mapping: ImportMapping,
  options?: ReadOptions,
): AsyncGenerator<ImportRow> {
  for await (const rows of readImportBatches(source, mapping, options)) yield* rows;
}

function open(source: ImportSource, mapping: ImportMapping): AsyncGenerator<ImportRow[]> {
  const readFile = FILE_READERS[mapping.format];
  if (readFile) {
    if ("file" in source) return readFile(source.file, mapping);
    throw new EnergyError("invalid-config", `${mapping.format} is read from a file, not from a stream`, {
      field: "format",
    });
  }
  const bytes = "file" in source ? createReadStream(source.file) : source;
  const readBytes = BYTES_READERS[mapping.format];
  if (readBytes) return readBytes(bytes, mapping);
  const readText = TEXT_READERS[mapping.format];
  if (readText) return readText(decodeText(bytes, mapping.encoding), mapping);
  throw new EnergyError("invalid-config", `no reader for ${mapping.format}`, { field: "format" });
}
