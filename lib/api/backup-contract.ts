import { z } from "zod";

const instant = z.iso.datetime({ offset: true });

/** A whole and checked copy of the site's database. */
export const BACKUP = z.object({
  name: z.string(),
  madeAt: instant,
  bytes: z.number().int(),
  /** Made by itself, or made when somebody asked for it. */
  kind: z.enum(["daily", "manual"]),
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
