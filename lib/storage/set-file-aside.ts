import {
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, extname, join } from "node:path";

/** What SQLite has beside a file while it is in use. */
export const BESIDE = ["-wal", "-shm", "-journal"] as const;
/** How every SQLite file begins. */
const MAGIC = Buffer.from("SQLite format 3\0");
/** So much of the beginning may be damaged. */
const ENOUGH = 8;

/** Whether a file is, or was, a database, or holds nothing at all: what is anything else belongs to somebody else. */
export function wasDatabase(file: string): boolean {
  const start = Buffer.alloc(512);
  const descriptor = openSync(file, "r");
  try {
    readSync(descriptor, start, 0, start.length, 0);
  } finally {
    closeSync(descriptor);
  }
  return start.every((byte) => byte === 0) || MAGIC.filter((byte, index) => byte === start[index]).length >= ENOUGH;
}

/** Removes a database with all that SQLite has beside it. */
export function removeFile(file: string): void {
  for (const end of ["", ...BESIDE]) rmSync(file + end, { force: true });
}

/** An emptied file: SQLite would throw its `-wal` away, with all that was committed last. */
export function isEmptied(file: string): boolean {
  const sizeOf = (one: string): number => (existsSync(one) ? statSync(one).size : -1);
  return sizeOf(file) <= 0 && sizeOf(`${file}-wal`) > 0;
}

/** A disk that damages one file after another is no place for a third. */
export const MENDED_AGAIN_MS = 60_000;

/** Where it is noted which files are yet to be brought back: a name a line. */
const noteOf = (file: string): string => `${file}.salvage`;

const noted = (file: string): string[] =>
  existsSync(noteOf(file)) ? readFileSync(noteOf(file), "utf8").split("\n").filter(Boolean) : [];

const note = (file: string, names: readonly string[]): void =>
  names.length > 0
    ? writeFileSync(noteOf(file), names.join("\n"), { mode: 0o600 })
    : rmSync(noteOf(file), { force: true });

/** Moves a database out of the way, under a name that says when; answers that name. It is noted as not yet brought back. */
export function setFileAside(file: string, now: number): string {
  const stamp = new Date(now)
    .toISOString()
    .replace(/T/, "-")
    .replace(/:|\..*/g, "");
  const end = extname(file);
  const aside = join(dirname(file), `${basename(file, end)}-damaged-${stamp}${end}`);
  note(file, [...noted(file), basename(aside)]);
  for (const beside of ["", ...BESIDE]) if (existsSync(file + beside)) renameSync(file + beside, aside + beside);
  return aside;
}

/** The first of the files that were set aside and are not yet brought back. */
export function yetToSalvage(file: string): string | undefined {
  const files = noted(file).map((name) => join(dirname(file), basename(name)));
  return files.find((aside) => existsSync(aside) || existsSync(`${aside}-wal`));
}

export function noteSalvaged(file: string, aside: string): void {
  note(
    file,
    noted(file).filter((name) => name !== basename(aside)),
  );
}
