import { z } from "zod";
import { IMPORT_PART_QUERY } from "./import-contract";

const instant = z.iso.datetime({ offset: true });

/** A whole and checked copy of the site's database. */
export const BACKUP = z.object({
  name: z.string(),
  madeAt: instant,
  bytes: z.number().int(),
  /** Made by itself, made when somebody asked for it, or sent by somebody who had it. */
  kind: z.enum(["daily", "manual", "sent"]),
});

/** What a backup may be sent as. */
export const BACKUP_TYPES = ["application/vnd.sqlite3", "application/x-sqlite3", "application/octet-stream"] as const;

/** The query of `POST /api/v1/backups/parts`; the body is a piece of the file, as of an import. */
export const BACKUP_PART_QUERY = IMPORT_PART_QUERY;

/** How many bytes of the file are here: where the next piece begins. `backup`: once it is whole and checked. */
export const BACKUP_PART = z.object({
  received: z.number().int(),
  /** `timeZone`: that of its days, where it tells. Once it is restored they are made anew for the site's. */
  backup: BACKUP.extend({ timeZone: z.string().optional() }).optional(),
});

/** The site's backups, newest first. */
export const BACKUPS = z.object({
  /** Whether they are made here; of a server's data that server's own tools make them. */
  possible: z.boolean(),
  /** One is being made. */
  making: z.boolean(),
  /** How many of each kind are kept: whenever one is made, older ones of its kind go. */
  keep: z.number().int(),
  /** The time of the site's day at which one is made by itself, `HH:mm`; absent where none is. */
  dailyAt: z.string().optional(),
  backups: z.array(BACKUP),
});
