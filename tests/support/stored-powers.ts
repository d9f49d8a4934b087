import Database from "better-sqlite3";
import { existsSync } from "node:fs";
import { storedReadings } from "./stored-readings";

/** The powers in a site's file, in W; none before the file and its tables exist. */
export function storedPowers(file: string): number[] {
  if (!existsSync(file)) return [];
  try {
    return storedReadings(file).flatMap(({ powerW }) => powerW ?? []);
  } catch (error) {
    if (error instanceof Database.SqliteError && error.message.includes("no such table")) return [];
    throw error;
  }
}
