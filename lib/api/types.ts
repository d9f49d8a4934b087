import type { z } from "zod";
import type * as backups from "./backup-contract";
import type * as balance from "./balance-contract";
import type * as contract from "./contract";
import type * as discover from "./discover-contract";
import type * as edits from "./edits-contract";
import type * as imports from "./import-contract";

/** What travels between the server and whoever calls it; the dashboard imports nothing else of `lib`. */
type Wire<Schema extends z.ZodType> = z.infer<Schema>;

export type StateDoc = Wire<typeof contract.STATE>;
export type MeterDoc = Wire<typeof contract.METER>;
export type AlertDoc = Wire<typeof contract.ALERT>;
export type AdviceDoc = Wire<typeof contract.ADVICE>;
export type DeviceDoc = Wire<typeof contract.DEVICE>;
export type EnergySumDoc = Wire<typeof contract.ENERGY_SUM>;
export type BalanceDoc = Wire<typeof balance.BALANCE>;
export type SeriesDoc = Wire<typeof contract.SERIES>;
export type LiveReadingDoc = Wire<typeof contract.LIVE_READING>;
export type QuarantinedDoc = Wire<typeof contract.QUARANTINED>;
export type RulingDoc = Wire<typeof contract.RULING>;
export type NewRulingDoc = Wire<typeof contract.NEW_RULING>;
export type EditDoc = Wire<typeof edits.EDIT>;
export type EditedDoc = Wire<typeof edits.EDITED>;
export type NewEditDoc = Wire<typeof edits.NEW_EDIT>;
export type PurgedDoc = Wire<typeof edits.PURGED>;
export type VerificationDoc = Wire<typeof edits.VERIFICATION>;
export type SimpleReadingDoc = Wire<typeof contract.SIMPLE_READING>;
export type TokenDoc = Wire<typeof contract.TOKEN>;
export type MadeTokenDoc = Wire<typeof contract.MADE_TOKEN>;
export type DiscoveryDoc = Wire<typeof discover.DISCOVERY>;
export type FoundDeviceDoc = Wire<typeof discover.FOUND_DEVICE>;
export type ImportDoc = Wire<typeof imports.IMPORT>;
export type GuessedImportDoc = Wire<typeof imports.GUESSED_IMPORT>;
export type ImportPartDoc = Wire<typeof imports.IMPORT_PART>;
export type ReportDoc = Wire<typeof imports.REPORT>;
export type BackupDoc = Wire<typeof backups.BACKUP>;
export type BackupPartDoc = Wire<typeof backups.BACKUP_PART>;
export type BackupsDoc = Wire<typeof backups.BACKUPS>;
export type ProblemDoc = Wire<typeof contract.PROBLEM>;

/** The stream's events by name; `reset` says that too much was missed: ask for the state again. */
export interface StreamEvents {
  reading: LiveReadingDoc;
  alert: AlertDoc;
  advice: AdviceDoc[];
  device: DeviceDoc;
  reset: Record<string, never>;
}
