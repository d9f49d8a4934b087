import { basename } from "node:path";
import type { Alerts, NewAlert } from "../alerts/alerts";
import { asError, EnergyError } from "../errors";
import type { Language } from "../energy/site-facts";
import type { DamageNews, StorageNews } from "../storage/backup-store";
import { timescaleText } from "../texts/timescale-text";

/** Who raises alerts of the database. */
const RULE = "storage";

/** Who tells people of a damaged database, in its order: in the log, and as an alert of the site. What is only advice is in the log, in the site's language. */
export function makeStorageNews(
  alerts: Alerts,
  language: Language,
  onProblem: (error: Error) => void,
): (news: StorageNews) => void {
  let last: Promise<unknown> = Promise.resolve();
  return (news) => {
    if (news.kind === "timescaledb") return onProblem(new Error(timescaleText(language)));
    onProblem(new EnergyError("storage-damaged", sentenceOf(news)));
    last = last.then(() => raise(alerts, draftOf(news))).catch((error: unknown) => onProblem(asError(error)));
  };
}

/** Each is news: one of the same kind that is still open is over. */
async function raise(alerts: Alerts, draft: NewAlert): Promise<unknown> {
  if (draft.kind !== "database-damaged") await alerts.clear(RULE, undefined, { kind: "database-damaged" });
  await alerts.clear(RULE, undefined, { kind: draft.kind });
  return alerts.raise(draft);
}

function draftOf(news: DamageNews): NewAlert {
  const { kind, file, ...rest } = news;
  const severity = kind === "salvaged" || kind === "spool-salvaged" ? "warning" : "critical";
  return {
    rule: RULE,
    severity,
    kind: kind === "spool-salvaged" ? kind : `database-${kind}`,
    values: { file: basename(file), ...rest },
  };
}

function sentenceOf(news: DamageNews): string {
  if (news.kind === "damaged")
    return `the database was damaged and is set aside as ${news.file}: a new one takes what comes, and what is intact is being brought back`;
  if (news.kind === "spool-salvaged")
    return `the file in which readings wait for the database was damaged and is set aside as ${news.file}: ${news.messages} messages in it wait on, at least ${news.lost} could not be read: check the disk`;
  if (news.kind === "unsalvaged")
    return `what is intact in ${news.file} could not be brought back, and is tried again when the database is next opened: ${news.message}`;
  return `${news.readings} readings, ${news.rows} rows in all, came back from ${news.file}; ${news.lost} could not be read: check the disk, and keep that file until you have looked at your history`;
}
