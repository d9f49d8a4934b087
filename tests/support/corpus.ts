import { existsSync, readFileSync } from "node:fs";

/** One message of a real device, and what it means: see the collection's own description. */
export interface CorpusEntry {
  readonly id: string;
  readonly family: string;
  readonly device: string;
  readonly transport: string;
  readonly topic: string;
  readonly payload: string;
  readonly kind: string;
  readonly role: string;
  readonly expected: Readonly<Record<string, unknown>>;
}

/** What real devices sent; lives beside the repository, is not part of it. */
const FILE = "../shared/corpus/payloads.json";

/** All entries; none where the collection is absent. */
export function readCorpus(): CorpusEntry[] {
  return existsSync(FILE) ? (JSON.parse(readFileSync(FILE, "utf8")) as CorpusEntry[]) : [];
}
