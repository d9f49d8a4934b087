import Database from "better-sqlite3";
import { existsSync } from "node:fs";

/** The powers in a site's file, in W, as another program reads them; none before the file and its tables exist. */
export function storedPowers(file: string): number[] {
  if (!existsSync(file)) return [];
  const db = new Database(file, { readonly: true, timeout: 1_000 });
  try {
    const rows = db.prepare<[], { powerW: number }>("SELECT powerW FROM reading WHERE powerW IS NOT NULL").all();
    return rows.map(({ powerW }) => powerW);
  } catch (error) {
    if (error instanceof Database.SqliteError && error.message.includes("no such table")) return [];
    throw error;
  } finally {
    db.close();
  }
}
