import type { ImportRow } from "../../../lib/exchange/import-row";
import { guessImport } from "../../../lib/exchange/guess-import";
import { IMPORT_MAPPING, type ImportGuess } from "../../../lib/exchange/mapping";
import { readImport } from "../../../lib/exchange/read-import";

/** The bytes of a text in pieces of `size`, as a file system or a socket would hand them over. */
export async function* bytesOf(text: string | Uint8Array, size = 7): AsyncGenerator<Uint8Array> {
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

export async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

export async function rowsOf(text: string | Uint8Array, mapping: unknown, after = 0): Promise<ImportRow[]> {
  return collect(readImport(bytesOf(text), IMPORT_MAPPING.parse(mapping), { after }));
}

export function guessOf(text: string | Uint8Array, name: string, zone = "Europe/Madrid"): ImportGuess {
  return guessImport(typeof text === "string" ? new TextEncoder().encode(text) : text, name, { zone, isWhole: true });
}

/** What is read from a text as it is guessed to be. */
export async function readAsGuessed(text: string | Uint8Array, name: string, zone?: string): Promise<ImportRow[]> {
  return rowsOf(text, guessOf(text, name, zone).mapping);
}

export const iso = (at: number): string => new Date(at).toISOString();
