import { open } from "node:fs/promises";
import { basename } from "node:path";
import { pipeline } from "node:stream/promises";
import { findBackup, listBackups, makeBackup, receiveBackupPart, restoreBackup } from "../../lib/api/answers/backups";
import { BACKUP_PART_QUERY } from "../../lib/api/backup-contract";
import { parseQuery } from "../../lib/api/parse-request";
import { nameOf, type Ask } from "./ask";
import { openAnswer } from "./file-out";
import type { Handler } from "./handlers";
import { received } from "./import-answers";

type BackupRoute = "backups" | "makeBackup" | "backup" | "sendBackupPart" | "restoreBackup";

/** Copies of the whole site: which there are, a new one, one to take away, and the way back. */
export const BACKUP_ANSWERS: Record<BackupRoute, Handler> = {
  backups: ({ api, res }) => void res.json(listBackups(api.site)),
  makeBackup: async (ask) => {
    const { api, req, res } = ask;
    const made = await makeBackup(api.site);
    api.audit("energy.backup.made", req, { backup: made.name, by: nameOf(ask) });
    res.status(201).json(made);
  },
  backup: (ask) => ask.api.exportTurns.take(() => answerBackup(ask)),
  sendBackupPart: async (ask) => {
    const { api, language, req, res } = ask;
    const part = parseQuery(BACKUP_PART_QUERY, req.query, language);
    const { importBytes: mostBytes } = api.settings;
    const doc = await received(ask, (bytes) => receiveBackupPart(api.site, { ...part, bytes }, mostBytes));
    // What was not taken is read all the same: without its end the sender would lose the answer with the connection.
    req.resume();
    if (doc.backup) api.audit("energy.backup.sent", req, { backup: doc.backup.name, by: nameOf(ask) });
    res.json(doc);
  },
  restoreBackup: async (ask) => {
    const { api, req, res } = ask;
    const name = String(req.params.name);
    await restoreBackup(api.site, name);
    api.audit("energy.backup.restored", req, { backup: name, by: nameOf(ask) });
    res.status(204).end();
  },
};

async function answerBackup(ask: Ask): Promise<void> {
  const { api, req, res } = ask;
  const { file, bytes } = findBackup(api.site, String(req.params.name));
  // Once it is open it can be rotated away.
  const handle = await open(file, "r");
  try {
    res.status(200);
    res.setHeader("Content-Type", "application/vnd.sqlite3");
    res.setHeader("Content-Disposition", `attachment; filename="${basename(file)}"`);
    res.setHeader("Content-Length", bytes);
    res.setHeader("Cache-Control", "no-store, no-transform");
    if (req.method === "HEAD") {
      res.end();
      return;
    }
    api.audit("energy.backup.taken", req, { backup: basename(file), by: nameOf(ask) });
    await openAnswer(ask, "admin", () => pipeline(handle.createReadStream({ autoClose: false }), res));
  } finally {
    await handle.close();
  }
}
