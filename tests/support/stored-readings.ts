import Database from "better-sqlite3";
import type { Reading, Role } from "../../lib/energy/reading";
import { toReading } from "../../lib/storage/reading-row";
import type { ReadingTable } from "../../lib/storage/schema";

export interface StoredReading extends Reading {
  readonly role: Role;
}

/** All readings in a site's file, oldest first, as another program reads them. */
export function storedReadings(file: string): StoredReading[] {
  const db = new Database(file, { readonly: true });
  try {
    return db
      .prepare<[], Omit<ReadingTable, "meter"> & { key: string; role: Role }>(
        `SELECT meter.key, meter.role, reading.at, powerW, importWh, exportWh, volumeM3, more, imported
         FROM reading JOIN meter ON meter.id = reading.meter ORDER BY reading.at`,
      )
      .all()
      .map(({ key, role, at, ...row }) => ({ ...toReading(key, at, row), role }));
  } finally {
    db.close();
  }
}
