import type {
  BackupDoc,
  BackupPartDoc,
  BackupsDoc,
  EditDoc,
  EditedDoc,
  GuessedImportDoc,
  ImportDoc,
  ImportPartDoc,
  NewEditDoc,
  ReportDoc,
} from "../../../lib/api/types";
import type { Asker } from "./asker";

/** How a file is read. */
export type Mapping = GuessedImportDoc["guess"]["mapping"];

/** A piece of a file: `at` bytes of it come before, of `size` in all. */
export interface Part {
  readonly upload: string;
  readonly name: string;
  readonly at: number;
  readonly size: number;
}

export interface ExportWish {
  /** ISO 8601. */
  readonly from: string;
  readonly to: string;
  readonly interval: string;
  readonly zone: string;
  readonly format: string;
  /** All of them when none are named. */
  readonly meters?: readonly string[];
}

/** How many bytes of a file are here, and what became of the whole once all are. */
export interface Arrived<Whole> {
  readonly received: number;
  readonly whole: Whole | undefined;
}

/** A backup that was sent and is sound. */
export type SentBackupDoc = NonNullable<BackupPartDoc["backup"]>;

/** All that the view of the site's data asks of the server. Each call rejects with an `ApiProblem`. */
export interface HistoryApi {
  imports(): Promise<ImportDoc[]>;
  import(id: string): Promise<GuessedImportDoc>;
  /** `whole`: once all of the file is here. */
  sendPart(part: Part, bytes: Blob, signal: AbortSignal): Promise<Arrived<GuessedImportDoc>>;
  report(id: string, mapping: Mapping, signal: AbortSignal): Promise<ReportDoc>;
  run(id: string, mapping?: Mapping): Promise<ImportDoc>;
  stop(id: string): Promise<ImportDoc>;
  forget(id: string): Promise<void>;
  /** Where the browser fetches it. */
  exportUrl(wish: ExportWish): string;
  backups(): Promise<BackupsDoc>;
  makeBackup(): Promise<BackupDoc>;
  sendBackupPart(part: Part, bytes: Blob, signal: AbortSignal): Promise<Arrived<SentBackupDoc>>;
  restoreBackup(name: string): Promise<void>;
  backupUrl(name: string): string;
  edits(limit: number): Promise<EditDoc[]>;
  edit(edit: NewEditDoc): Promise<EditedDoc>;
  undoEdit(id: string): Promise<EditDoc>;
}

export function makeHistoryApi({ url, read, send, tell, remove, sendFile }: Asker): HistoryApi {
  const of = (place: string, id: string, what = ""): string => `api/v1/${place}/${encodeURIComponent(id)}${what}`;

  const sendTo = <Doc>(place: string, { at, size, ...part }: Part, bytes: Blob, signal: AbortSignal): Promise<Doc> =>
    sendFile(`api/v1/${place}/parts`, { ...part, at: String(at), size: String(size) }, bytes, signal);

  return {
    imports: () => read("api/v1/imports"),
    import: (id) => read(of("imports", id)),
    sendPart: async (...piece) => {
      const { received, import: whole } = await sendTo<ImportPartDoc>("imports", ...piece);
      return { received, whole };
    },
    report: (id, mapping, signal) => send(of("imports", id, "/report"), { mapping }, signal),
    run: (id, mapping) => send(of("imports", id, "/run"), mapping ? { mapping } : {}),
    stop: (id) => send(of("imports", id, "/stop"), {}),
    forget: (id) => remove(of("imports", id)),
    exportUrl: ({ meters, ...wish }) => url("api/v1/export", { ...wish, ...(meters && { meters: meters.join(",") }) }),
    backups: () => read("api/v1/backups"),
    makeBackup: () => send("api/v1/backups", {}),
    sendBackupPart: async (...piece) => {
      const { received, backup: whole } = await sendTo<BackupPartDoc>("backups", ...piece);
      return { received, whole };
    },
    restoreBackup: (name) => tell(of("backups", name, "/restore"), {}),
    backupUrl: (name) => url(of("backups", name)),
    edits: (limit) => read("api/v1/edits", { limit: String(limit) }),
    edit: (edit) => send("api/v1/edits", edit),
    undoEdit: (id) => send(of("edits", id, "/undo"), {}),
  };
}
