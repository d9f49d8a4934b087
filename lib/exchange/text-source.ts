import type { ImportMapping } from "./mapping";

export type ByteStream = AsyncIterable<Uint8Array>;

/** The text of a stream of bytes, piece by piece, without its byte-order mark. */
export async function* decodeText(bytes: ByteStream, encoding: ImportMapping["encoding"]): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding);
  for await (const piece of bytes) {
    const text = decoder.decode(piece, { stream: true });
    if (text !== "") yield text;
  }
  const rest = decoder.decode();
  if (rest !== "") yield rest;
}
