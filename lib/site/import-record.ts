import { z } from "zod";
import { IMPORT_ERRORS } from "../exchange/import-row";
import { IMPORT_STATES, type ImportTally } from "../exchange/import-state";
import { IMPORT_MAPPING } from "../exchange/mapping";
import type { MemoryStore } from "../storage/energy-store";

/** What is remembered of an import across restarts, by the hash of its file: how it is read, and how far it is stored. */
const IMPORT_RECORD = z.object({
  id: z.string(),
  name: z.string(),
  file: z.string(),
  /** Whether the file was sent here and goes when it is done. */
  isSent: z.boolean(),
  bytes: z.number(),
  addedAt: z.number(),
  touchedAt: z.number(),
  state: z.enum(IMPORT_STATES),
  error: z.string().optional(),
  mapping: IMPORT_MAPPING,
  line: z.number(),
  tally: z.object({
    rows: z.number(),
    readings: z.number(),
    intervals: z.number(),
    errors: z.array(z.object({ key: z.enum(IMPORT_ERRORS), count: z.number(), lines: z.array(z.number()) })),
  }),
});
export type ImportRecord = Omit<z.infer<typeof IMPORT_RECORD>, "tally"> & { readonly tally: ImportTally };

/** Whose memory it is. */
const OWNER = "import";

export async function recallImports(store: MemoryStore): Promise<ImportRecord[]> {
  const records = Object.values(await store.recall(OWNER)).map((value) => IMPORT_RECORD.safeParse(value));
  // What another version wrote says nothing.
  return records.flatMap(({ data }) => data ?? []);
}

export const rememberImport = (store: MemoryStore, record: ImportRecord): Promise<void> =>
  store.remember(OWNER, record.id, record);

export const forgetImport = (store: MemoryStore, id: string): Promise<void> => store.remember(OWNER, id, undefined);
