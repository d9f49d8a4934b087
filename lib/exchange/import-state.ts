import type { ImportErrorKey } from "./import-row";
import type { ImportReport } from "./import-report";
import type { ImportGuess, ImportMapping } from "./mapping";

/**
 * `ready`: nothing done yet. `queued`: another import goes first. `stopped` and `failed`: started again it goes on where it was.
 */
export const IMPORT_STATES = ["ready", "queued", "running", "stopped", "failed", "done"] as const;

/** What became of the rows so far. */
export interface ImportTally {
  readonly rows: number;
  readonly readings: number;
  readonly intervals: number;
  /** Of rows that were not kept; the first lines are named. */
  readonly errors: readonly {
    readonly key: ImportErrorKey;
    readonly count: number;
    readonly lines: readonly number[];
  }[];
}

export interface ImportState extends ImportTally {
  readonly id: string;
  readonly name: string;
  /** Epoch ms. */
  readonly addedAt: number;
  readonly state: (typeof IMPORT_STATES)[number];
  readonly bytes: number;
  /** How many of them are read. */
  readonly bytesDone: number;
  /** Why it failed. */
  readonly error?: string;
}

export interface GuessedImport {
  readonly state: ImportState;
  readonly guess: ImportGuess;
}

/** A piece of a file that is sent in several requests, since none may last for hours. */
export interface ImportPart {
  /** Whoever sends it chooses it: letters, digits, `-` and `_`. */
  readonly upload: string;
  readonly name: string;
  /** How many bytes of the file come before this piece, and how many it has in all. */
  readonly at: number;
  readonly size: number;
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** Files of history on their way into a site. Rejects `invalid-query` where there is no such import or its mapping does not fit. */
export interface Imports {
  /** Keeps what is sent as a private file, in constant memory; refuses more than `mostBytes` with `invalid-query`. */
  receive(name: string, bytes: AsyncIterable<Uint8Array>, mostBytes: number): Promise<GuessedImport>;
  /**
   * Adds a piece to its file and resolves to how much of that is here; what does not begin where it ends is not taken. What a cut
   * connection brought stays. The last piece makes the import.
   */
  receivePart(part: ImportPart): Promise<{ readonly received: number; readonly whole?: GuessedImport }>;
  /** How many files have begun to come in pieces. */
  unfinished(): Promise<number>;
  /** An import of a file that is on this machine, and stays. */
  open(file: string, name: string): Promise<GuessedImport>;
  /** What its file seems to be, and how it was last told to be read. */
  guess(id: string): Promise<GuessedImport>;
  /** What an import would do. One report at a time, others wait. */
  report(id: string, mapping: ImportMapping, signal?: AbortSignal): Promise<ImportReport>;
  /** Starts it, or goes on with it: as guessed or last told, unless told how. One at a time, others wait. */
  run(id: string, mapping?: ImportMapping): Promise<ImportState>;
  /** Leaves it where it is, until it is run again. */
  stop(id: string): Promise<ImportState>;
  /** Resolves once nothing is done with it any more. */
  finished(id: string): Promise<ImportState>;
  /** Newest first. */
  list(): Promise<ImportState[]>;
  /** Stops it and forgets it. What is stored stays. */
  remove(id: string): Promise<void>;
  close(): Promise<void>;
}
