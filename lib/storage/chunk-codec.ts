import zlib from "node:zlib";

/** A general compression of Node's own. `unpack` throws on what it did not pack, and past `limit` bytes. */
interface Codec {
  readonly pack: (bytes: Buffer) => Buffer;
  readonly unpack: (bytes: Buffer, limit: number) => Buffer;
}

const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_LGWIN, BROTLI_PARAM_SIZE_HINT } = zlib.constants;

const ALWAYS = {
  brotli: {
    pack: (bytes) =>
      zlib.brotliCompressSync(bytes, {
        params: { [BROTLI_PARAM_QUALITY]: 5, [BROTLI_PARAM_LGWIN]: 18, [BROTLI_PARAM_SIZE_HINT]: bytes.length },
      }),
    unpack: (bytes, limit) => zlib.brotliDecompressSync(bytes, { maxOutputLength: limit }),
  },
  deflate: {
    pack: (bytes) => zlib.deflateRawSync(bytes),
    unpack: (bytes, limit) => zlib.inflateRawSync(bytes, { maxOutputLength: limit }),
  },
} satisfies Readonly<Record<string, Codec>>;

/** Node 22.15 brought it: a chunk that names it is not read on an older one. */
const SINCE_22_15: Readonly<Record<string, Codec>> =
  "zstdCompressSync" in zlib
    ? {
        zstd: {
          pack: (bytes) => zlib.zstdCompressSync(bytes),
          unpack: (bytes, limit) => zlib.zstdDecompressSync(bytes, { maxOutputLength: limit }),
        },
      }
    : {};

/** The compressions that this Node has, by the name that a chunk bears. */
export const CODECS: Readonly<Record<string, Codec>> = { ...ALWAYS, ...SINCE_22_15 };
/**
 * What new chunks are written with. Bytes a reading of `bench/generate.ts`, in chunks alone, at 1, 10 and 60 s: deflate 0.740, 0.916,
 * 1.327; brotli 0.742, 0.926, 1.323; zstd 0.759, 0.955, 1.392. Deflate is the faster to write, and in every Node that we support.
 */
export const CODEC = "deflate" satisfies keyof typeof ALWAYS;
export type { Codec };
