import { asError } from "../errors";
import type { StorageNews } from "./backup-store";
import { openPageFile } from "./page-file";
import { planPages } from "./page-plan";
import { isEmptied, MENDED_AGAIN_MS, noteSalvaged, setFileAside, yetToSalvage } from "./set-file-aside";
import { isWhole, openSpoolFile, type SpoolFile, type SpoolSettings, type Spooled } from "./spool-file";
import { isDamage } from "./sqlite";
import { isJson, type TableShape } from "./table-shape";
import type { Serve } from "./talk";

/** As `spool-file.ts` makes them. */
const WAITING: TableShape = {
  name: "waiting",
  hasRowid: true,
  columns: [
    { name: "seq", type: "whole", isNullable: false, isRowid: true },
    { name: "body", type: "text", isNullable: false, isRowid: false },
    { name: "crc", type: "whole", isNullable: false, isRowid: false },
    { name: "session", type: "text", isNullable: true, isRowid: false },
    { name: "packetId", type: "whole", isNullable: true, isRowid: false },
    { name: "hash", type: "text", isNullable: true, isRowid: false },
  ],
};
const KNOWN: TableShape = {
  name: "known",
  hasRowid: false,
  columns: [
    { name: "key", type: "text", isNullable: false, isRowid: false },
    { name: "value", type: "text", isNullable: false, isRowid: false },
  ],
};

/**
 * Opens the file of a spool when first asked, and again when that failed. One that is found damaged is set aside, what is intact
 * in it comes into a new one at once, and what was asked is asked of that.
 */
export function openKeptSpool(settings: SpoolSettings, tell: (news: StorageNews) => void): Serve {
  const { file } = settings;
  let opened: SpoolFile | undefined;
  /** The one of which numbers were told. */
  let lookedAt: SpoolFile | undefined;
  let mendedAt = -Infinity;

  const open = (): SpoolFile => {
    if (isEmptied(file)) setFileAside(file, Date.now());
    const spool = openSpoolFile(settings);
    const aside = yetToSalvage(file);
    if (aside === undefined) return spool;
    try {
      const found = salvage(aside, spool);
      noteSalvaged(file, aside);
      tell({ kind: "spool-salvaged", file: aside, ...found });
    } catch (error) {
      tell({ kind: "unsalvaged", file: aside, message: asError(error).message });
    }
    return spool;
  };
  const ask = (method: string, args: readonly unknown[]): unknown => {
    const spool = (opened ??= open());
    if (method === "first") lookedAt = spool;
    // Numbers of a file that is gone say nothing of this one: what was stored is stored again, which changes nothing.
    if (method === "drop" && lookedAt !== spool) return undefined;
    const call = spool[method as keyof SpoolFile] as (...given: readonly unknown[]) => unknown;
    return call(...args);
  };
  return (method, args) => {
    if (method === "close" && !opened) return undefined;
    try {
      return ask(method, args);
    } catch (error) {
      if (!isDamage(error) || performance.now() - mendedAt < MENDED_AGAIN_MS) throw error;
      mendedAt = performance.now();
      opened?.close();
      opened = undefined;
      setFileAside(file, Date.now());
      return ask(method, args);
    }
  };
}

/**
 * Reads what is intact in the file `from`, and puts it into `into`, all of it or nothing. What is lost shows in the numbers that are
 * missing, or in what cannot be read where there are none.
 */
function salvage(from: string, into: SpoolFile): { readonly messages: number; readonly lost: number } {
  const pages = openPageFile(from);
  const found = { messages: 0, unread: 0, first: Infinity, last: -Infinity };
  try {
    const plan = planPages(pages, [WAITING, KNOWN]);
    into.bringBack(({ keep, remember }) => {
      for (const page of plan.pagesOf(WAITING.name)) {
        const { rows, lost } = plan.rowsOf(WAITING, page);
        found.unread += lost;
        for (const { seq, body, crc } of rows) {
          if (!isWhole(String(body), Number(crc))) {
            found.unread += 1;
            continue;
          }
          keep(JSON.parse(String(body)) as Spooled);
          found.messages += 1;
          found.first = Math.min(found.first, Number(seq));
          found.last = Math.max(found.last, Number(seq));
        }
      }
      for (const page of plan.pagesOf(KNOWN.name))
        for (const { key, value } of plan.rowsOf(KNOWN, page).rows)
          if (isJson(value ?? null)) remember(String(key), String(value));
    });
  } finally {
    pages.close();
  }
  const { messages, unread, first, last } = found;
  return { messages, lost: messages === 0 ? unread : last - first + 1 - messages };
}
