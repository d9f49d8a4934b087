import type { Language } from "../../energy/site-facts";
import type { ImportReport } from "../../exchange/import-report";
import type { GuessedImport, ImportPart, ImportState, ImportTally } from "../../exchange/import-state";
import type { ImportMapping } from "../../exchange/mapping";
import { importErrorText } from "../../texts/import-text";
import type { ApiSite } from "../api-site";
import { Refused } from "../refused";
import type { GuessedImportDoc, ImportDoc, ImportPartDoc, ReportDoc } from "../types";
import { toInstant, toKilo } from "../wire";

/** Files that are kept at once. */
const MOST_IMPORTS = 20;

export interface FileSent {
  readonly name: string;
  readonly bytes: AsyncIterable<Uint8Array>;
  /** As the sender says, where it does. */
  readonly length: number | undefined;
  readonly mostBytes: number;
}

/** Keeps a file that is sent and says what it seems to be; refuses `too-large` before it reads more than is allowed. */
export async function receiveImport(site: ApiSite, sent: FileSent, language: Language): Promise<GuessedImportDoc> {
  const { name, bytes, length = 0, mostBytes } = sent;
  await demandPlace(site);
  if (length > mostBytes) throw tooLarge(mostBytes);
  return toGuessedDoc(await site.imports.receive(name, bounded(bytes, mostBytes), mostBytes), site, language);
}

/** The same of a file that comes in pieces. */
export async function receivePart(
  site: ApiSite,
  part: ImportPart,
  { mostBytes, language }: { readonly mostBytes: number; readonly language: Language },
): Promise<ImportPartDoc> {
  if (part.size > mostBytes) throw tooLarge(mostBytes);
  if (part.at === 0) await demandPlace(site);
  const { received, whole } = await site.imports.receivePart(part);
  return { received, ...(whole && { import: toGuessedDoc(whole, site, language) }) };
}

async function demandPlace({ imports }: ApiSite): Promise<void> {
  const limit = MOST_IMPORTS;
  if ((await imports.list()).length + (await imports.unfinished()) >= limit)
    throw new Refused("too-many-requests", "tooManyImports", { values: { limit } });
}

function toGuessedDoc({ state, guess }: GuessedImport, { settings }: ApiSite, language: Language): GuessedImportDoc {
  const { mapping, sure, columns, sample } = guess;
  const told = { mapping, sure: { ...sure }, columns: [...columns], sample: sample.map((row) => [...row]) };
  return { ...toImportDoc(state, language, settings.zone), guess: told };
}

async function* bounded(bytes: AsyncIterable<Uint8Array>, most: number): AsyncGenerator<Uint8Array> {
  let length = 0;
  for await (const piece of bytes) {
    length += piece.byteLength;
    if (length > most) throw tooLarge(most);
    yield piece;
  }
}

const tooLarge = (mostBytes: number): Refused =>
  new Refused("too-large", "fileTooLarge", { field: "body", values: { megabytes: Math.floor(mostBytes / 1e6) } });

/** Newest first. */
export async function listImports({ imports, settings }: ApiSite, language: Language): Promise<ImportDoc[]> {
  return (await imports.list()).map((state) => toImportDoc(state, language, settings.zone));
}

/** What a file that was sent seems to be, and how it was last told to be read. */
export async function guessImport(site: ApiSite, id: string, language: Language): Promise<GuessedImportDoc> {
  await demandImport(site, id);
  return toGuessedDoc(await site.imports.guess(id), site, language);
}

/** What the import would do; stops when nobody waits for the answer any more. */
export async function reportImport(
  site: ApiSite,
  id: string,
  { mapping, language, gone }: { mapping: ImportMapping; language: Language; gone: AbortSignal },
): Promise<ReportDoc> {
  await demandImport(site, id);
  return toReportDoc(await site.imports.report(id, mapping, gone), language, site.settings.zone);
}

export async function runImport(
  site: ApiSite,
  id: string,
  { mapping, language }: { mapping: ImportMapping | undefined; language: Language },
): Promise<ImportDoc> {
  await demandImport(site, id);
  return toImportDoc(await site.imports.run(id, mapping), language, site.settings.zone);
}

export async function stopImport(site: ApiSite, id: string, language: Language): Promise<ImportDoc> {
  await demandImport(site, id);
  return toImportDoc(await site.imports.stop(id), language, site.settings.zone);
}

export async function removeImport(site: ApiSite, id: string): Promise<void> {
  await demandImport(site, id);
  await site.imports.remove(id);
}

async function demandImport({ imports }: ApiSite, id: string): Promise<void> {
  const known = await imports.list();
  if (!known.some((one) => one.id === id)) throw new Refused("not-found", "noImport", { field: "id" });
}

function toImportDoc(state: ImportState, language: Language, zone: string): ImportDoc {
  const { id, name, addedAt, bytes, bytesDone, rows, readings, intervals, error } = state;
  const share = state.state === "done" ? 1 : bytes > 0 ? bytesDone / bytes : 0;
  return {
    ...{ id, name, addedAt: toInstant(addedAt, zone), state: state.state, bytes },
    progress: { rows, bytes: bytesDone, percent: Math.floor(share * 1000) / 10 },
    ...{ readings, intervals, errors: toErrorDocs(state.errors, language) },
    ...(error !== undefined && { error }),
  };
}

const toErrorDocs = (errors: ImportTally["errors"], language: Language): ImportDoc["errors"] =>
  errors.map(({ key, count, lines }) => ({ key, text: importErrorText(language, key), count, lines: [...lines] }));

function toReportDoc({ errors, meters, ...report }: ImportReport, language: Language, zone: string): ReportDoc {
  const stretch = ({ from, to }: { readonly from: number; readonly to: number }) => ({
    from: toInstant(from, zone),
    to: toInstant(to, zone),
  });
  return {
    ...report,
    meters: meters.map(({ from, to, holes, resets, zeros, suspectedUnit, ...meter }) => ({
      ...meter,
      ...stretch({ from, to }),
      holes: { count: holes.count, first: holes.first.map(stretch) },
      resets: { count: resets.count, first: resets.first.map((one) => ({ ...one, at: toInstant(one.at, zone) })) },
      ...(zeros && { zeros: stretch(zeros) }),
      ...(suspectedUnit && {
        suspectedUnit: {
          factor: suspectedUnit.factor,
          meanKw: toKilo(suspectedUnit.meanW),
          maxKw: toKilo(suspectedUnit.maxW),
        },
      }),
    })),
    errors: toErrorDocs(errors, language),
  };
}
