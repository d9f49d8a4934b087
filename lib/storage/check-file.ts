import { existsSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { asError, EnergyError } from "../errors";
import { openForeignFile } from "./foreign-file";
import { THREAD_OPTIONS } from "./sqlite-binary";

/** See `worker-store.ts`; absent where this runs in the worker itself. */
declare const STORAGE_WORKER: string | undefined;

/** What a thread is started with that checks one file and ends. */
export interface CheckSettings {
  readonly check: string;
}

/** Reads all of a SQLite file in a thread of its own; rejects `storage-damaged` where it is not sound. */
export async function checkFile(file: string): Promise<void> {
  const worker = typeof STORAGE_WORKER === "undefined" ? __filename : join(__dirname, STORAGE_WORKER);
  const verdict = await new Promise<string>((resolve, reject) => {
    const workerData: CheckSettings = { check: file };
    const thread = new Worker(worker, { workerData, ...THREAD_OPTIONS });
    thread.on("message", resolve);
    thread.on("error", reject);
    thread.on("exit", () => reject(new EnergyError("storage-failed", "the thread that checks files stopped")));
  });
  if (verdict !== "ok") throw new EnergyError("storage-damaged", `the file is damaged: ${verdict}`);
}

/** `ok`, or what is wrong with a file. */
export function soundness(file: string): string {
  if (!existsSync(file)) return "there is none";
  try {
    const db = openForeignFile(file);
    try {
      return String(db.all("PRAGMA integrity_check(1)")[0]?.integrity_check);
    } finally {
      db.close();
    }
  } catch (error) {
    return asError(error).message;
  }
}
