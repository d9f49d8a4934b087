import Database from "better-sqlite3";
import type { Reading, Role } from "../../lib/energy/reading";
import { openChunk, type Chunk, type ChunkRow } from "../../lib/storage/chunk";
import { toReading } from "../../lib/storage/reading-row";

export interface StoredReading extends Reading {
  readonly role: Role;
}

interface Named {
  readonly key: string;
  readonly role: Role;
}

/** All readings in a site's file, oldest first, hot and sealed ones. */
export function storedReadings(file: string): StoredReading[] {
  const db = new Database(file, { readonly: true, timeout: 1_000 });
  try {
    const readAll = db.transaction(() => ({
      hot: db
        .prepare<[], ChunkRow & Named>(
          `SELECT meter.key, meter.role, reading.at, powerW, importWh, exportWh, volumeM3, more, imported
           FROM reading JOIN meter ON meter.id = reading.meter`,
        )
        .all(),
      sealed: db
        .prepare<[], Chunk & Named>(
          "SELECT meter.key, meter.role, codec, crc, body FROM chunk JOIN meter ON meter.id = chunk.meter",
        )
        .all(),
    }));
    const { hot, sealed } = readAll();
    const unpacked = sealed.flatMap(({ key, role, ...chunk }) =>
      openChunk(chunk)
        .rows()
        .map((row) => ({ key, role, ...row })),
    );
    return [...unpacked, ...hot]
      .sort((a, b) => a.at - b.at)
      .map(({ key, role, at, ...row }) => ({ ...toReading(key, at, row), role }));
  } finally {
    db.close();
  }
}
