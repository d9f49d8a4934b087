import { createReadStream } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { asError, EnergyError } from "../errors";
import type { ImportRow } from "../exchange/import-row";
import { SQLITE_FORMATS, type ImportMapping } from "../exchange/mapping";
import { readImportBatches } from "../exchange/read-import";

/** What is read at once: some milliseconds' work on a small machine. */
const PIECE_BYTES = 131_072;

export interface RowsWanted {
  /** Lines up to this one are left out. */
  readonly after: number;
  readonly signal: AbortSignal;
  /** Hears how many bytes of a text are read so far. */
  onBytes?(bytes: number): void;
}

/**
 * The rows of a file, a batch at a time, with room for others between two of them. Whatever is wrong with the file or its mapping is
 * `invalid-query`: the asker gave both. Ends with the signal's reason.
 */
export async function* importRows(
  file: string,
  mapping: ImportMapping,
  { after, signal, onBytes }: RowsWanted,
): AsyncGenerator<ImportRow[]> {
  const source = SQLITE_FORMATS.has(mapping.format) ? { file } : counted(file, onBytes);
  try {
    for await (const rows of readImportBatches(source, mapping, { after })) {
      signal.throwIfAborted();
      yield rows;
      await setImmediate();
    }
  } catch (caught) {
    signal.throwIfAborted();
    throw asAskersFault(caught);
  }
}

/** What a file or its mapping is to blame for, told as such. */
export function asAskersFault(caught: unknown): EnergyError {
  const error = asError(caught);
  const message = error instanceof EnergyError ? error.message : `the file cannot be read: ${error.message}`;
  const field = error instanceof EnergyError ? error.field : undefined;
  return new EnergyError("invalid-query", message, { cause: caught, field: field ?? "file" });
}

async function* counted(file: string, onBytes: ((bytes: number) => void) | undefined): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const piece of createReadStream(file, { highWaterMark: PIECE_BYTES }) as AsyncIterable<Buffer>) {
    bytes += piece.length;
    onBytes?.(bytes);
    yield piece;
  }
}
