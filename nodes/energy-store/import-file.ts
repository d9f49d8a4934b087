import { basename } from "node:path";
import { z } from "zod";
import { EnergyError } from "../../lib/errors";
import type { ImportState } from "../../lib/exchange/import-state";
import { IMPORT_MAPPING } from "../../lib/exchange/mapping";
import type { Site } from "../../lib/site/site";
import { importErrorText } from "../../lib/texts/import-text";

const WISH = z.strictObject({
  file: z.string().min(1).max(4_000),
  /** What of the mapping is not as it is guessed. */
  mapping: z.record(z.string(), z.unknown()).optional(),
  /** Only tell what the import would do. */
  report: z.boolean().default(false),
});
export type ImportWish = z.infer<typeof WISH>;

/** `msg.import`, or `invalid-query`. */
export const parseImportWish = (value: unknown): ImportWish => parse(WISH, value, "msg.import");

/** Imports a file to its end, or reports on it. `onProgress` hears how far it is, a little after each second. */
export async function importFile(
  { imports, settings: { language } }: Site,
  { file, mapping, report }: ImportWish,
  onProgress: (state: ImportState) => void,
): Promise<unknown> {
  const { state, guess } = await imports.open(file, basename(file));
  const asked = parse(IMPORT_MAPPING, { ...guess.mapping, ...mapping }, "msg.import.mapping");
  if (report) return imports.report(state.id, asked);

  await imports.run(state.id, asked);
  const ended = await followed(imports, state.id, onProgress);
  if (ended.state !== "done")
    throw new EnergyError("storage-failed", ended.error ?? "the import was stopped: send the message again to go on");
  return { ...ended, errors: ended.errors.map((one) => ({ ...one, text: importErrorText(language, one.key) })) };
}

const LOOK_EVERY_MS = 1_000;

async function followed(
  imports: Site["imports"],
  id: string,
  onProgress: (state: ImportState) => void,
): Promise<ImportState> {
  const timer = setInterval(() => {
    const tell = (states: readonly ImportState[]): void => {
      const state = states.find((one) => one.id === id);
      if (state?.state === "running") onProgress(state);
    };
    // A list that cannot be had is told by the import itself.
    imports.list().then(tell, () => undefined);
  }, LOOK_EVERY_MS);
  try {
    return await imports.finished(id);
  } finally {
    clearInterval(timer);
  }
}

function parse<Schema extends z.ZodType>(schema: Schema, value: unknown, name: string): z.infer<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const field = issue?.path.join(".") ?? "";
  throw new EnergyError("invalid-query", `${name}: ${field && `${field}: `}${issue?.message ?? "unreadable"}`, {
    field,
  });
}
