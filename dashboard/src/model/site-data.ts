import type { Asker } from "../api/asker";
import { makeHistoryApi, type ExportWish } from "../api/history-api";
import { BackupList } from "./backup-list";
import { FileImports } from "./file-imports";
import { IntervalEdits } from "./interval-edits";

/** What comes into a site, goes out, is copied and corrected: kept while the page is open, so that a file goes on coming in whatever is looked at. */
export interface SiteData {
  readonly imports: FileImports;
  readonly backups: BackupList;
  readonly edits: IntervalEdits;
  exportUrl(wish: ExportWish): string;
  backupUrl(name: string): string;
  /** Who logs out sees nothing of what the next one may. */
  forgetAll(): void;
}

/** `changed` is called after each change, `outdated` when the site's figures are others. */
export function openSiteData(asker: Asker, changed: () => void, outdated: () => void): SiteData {
  const api = makeHistoryApi(asker);
  const imports = new FileImports(api, changed, outdated);
  const backups = new BackupList(api, changed, outdated);
  const edits = new IntervalEdits(api, changed, outdated);
  return {
    ...{ imports, backups, edits },
    exportUrl: api.exportUrl,
    backupUrl: api.backupUrl,
    forgetAll: () => {
      for (const part of [imports, backups, edits]) part.forgetAll();
      changed();
    },
  };
}
