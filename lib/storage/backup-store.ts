import type { ImportPart } from "../exchange/import-state";

/** A copy of a site's database, whole and checked. */
export interface BackupFile {
  /** Absolute. */
  readonly file: string;
  /** When it was made, epoch ms. */
  readonly at: number;
  readonly bytes: number;
}

/** Made by itself, made when somebody asked for it, or sent by somebody who had it. */
export type BackupKind = "daily" | "manual" | "sent";

/** One of a site's. */
export interface Backup extends BackupFile {
  readonly kind: BackupKind;
}

/** One that was sent. */
export interface SentBackup extends Backup {
  /** The time zone that its days are of, where it tells; they are made anew for the site's. */
  readonly zone?: string;
}

/** A piece of a backup that is sent. */
export type BackupPart = Omit<ImportPart, "name">;

/** A time of the site's day. */
export interface TimeOfDay {
  readonly hour: number;
  readonly minute: number;
}

/** The backups of a site, in the folder `backups` beside its database. */
export interface Backups {
  readonly folder: string;
  /** Whether the data is in a file of ours. */
  readonly possible: boolean;
  /** When one is made by itself; never when absent. */
  readonly daily?: TimeOfDay;
  /** How many of each kind are kept. */
  readonly keep: number;
  /** Makes one now, or waits for the one that somebody asked for, and removes what is too old of those; see `BackupStore`. */
  make(): Promise<Backup>;
  isMaking(): boolean;
  /** Newest first. */
  list(): readonly Backup[];
  /**
   * Adds a piece to a backup that is sent; resolves to how much of it is here. Once it is whole and checked it is one of the list.
   * Rejects as `BackupStore` does where it could not be restored, and forgets it then.
   */
  receivePart(part: BackupPart): Promise<{ readonly received: number; readonly whole?: SentBackup }>;
  /** By its name in the folder; see `BackupStore`. What nodes keep in mind of the site is the backup's once flows are deployed. */
  restore(name: string): Promise<void>;
  close(): void;
}

/** Copies of a whole site. All reject `invalid-query` where the data is not in a file of ours. */
export interface BackupStore {
  /**
   * Copies all that is stored into `file`, absolute, in place of what is there. Appends go on meanwhile; the copy has its name
   * only once it is whole and checked. Rejects `storage-failed` with what to do where it cannot be made, `storage-damaged`
   * where the copy, or what is copied, is damaged.
   */
  backup(file: string): Promise<BackupFile>;
  /**
   * Makes a backup's content that of the site; `file` itself stays as it is. Rejects `invalid-query` where the site has history,
   * or the file is no sound database of this Vatio or an older one.
   */
  restore(file: string): Promise<void>;
  /** Rejects `invalid-query` where the site has history. */
  demandEmpty(): Promise<void>;
  /** Checks the file `from` as `restore` does and moves it to `to`, both absolute and ours; where it rejects, it removes it. */
  takeIn(from: string, to: string): Promise<BackupFile & Pick<SentBackup, "zone">>;
}

/** What a store tells without being asked. */
export type StorageNews = DamageNews | { readonly kind: "timescaledb" };

export type DamageNews =
  /** The database was damaged and lies now in `file`; a new one takes what comes, and what is intact is being brought back. */
  | { readonly kind: "damaged"; readonly file: string }
  /** All that is intact is back; see `Salvaged`. */
  | {
      readonly kind: "salvaged";
      readonly file: string;
      readonly readings: number;
      readonly rows: number;
      readonly lost: number;
    }
  /** The spool was damaged and lies now in `file`; of what waited in it, so many messages wait on, and at least so many are lost. */
  | { readonly kind: "spool-salvaged"; readonly file: string; readonly messages: number; readonly lost: number }
  /** It is tried again when the database is next opened. */
  | { readonly kind: "unsalvaged"; readonly file: string; readonly message: string };
