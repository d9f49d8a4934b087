import { exportedRows } from "../../lib/api/answers/export";
import { receiveImport, receivePart, reportImport } from "../../lib/api/answers/imports";
import { EXPORT_QUERY, IMPORT_PART_QUERY, NEW_IMPORT_QUERY, REPORT_WISH } from "../../lib/api/import-contract";
import { parseBody, parseQuery } from "../../lib/api/parse-request";
import { Refused } from "../../lib/api/refused";
import { exportRows } from "../../lib/exchange/export-rows";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Ask } from "./ask";
import { IDLE_MS, openAnswer } from "./file-out";

const TYPES = {
  csv: "text/csv; charset=utf-8; header=present",
  ndjson: "application/x-ndjson; charset=utf-8",
} as const;

/** `POST /api/v1/imports`: the body goes to a file as it comes. */
export async function answerSentFile(ask: Ask): Promise<void> {
  const { api, language, req, res } = ask;
  const { name } = parseQuery(NEW_IMPORT_QUERY, req.query, language);
  const length = req.headers["content-length"];
  const { importBytes: mostBytes } = api.settings;
  const told = { name, mostBytes, length: length === undefined ? undefined : Number(length) };
  const doc = await received(ask, (bytes) => receiveImport(api.site, { ...told, bytes }, language));
  api.audit("energy.import.sent", req, { import: doc.id, name });
  res.status(201).json(doc);
}

/** `POST /api/v1/imports/parts`: Node.js lets no request last longer than five minutes, and a slow line needs hours for a large file. */
export async function answerSentPart(ask: Ask): Promise<void> {
  const { api, language, req, res } = ask;
  const part = parseQuery(IMPORT_PART_QUERY, req.query, language);
  const { importBytes: mostBytes } = api.settings;
  const doc = await received(ask, (bytes) => receivePart(api.site, { ...part, bytes }, { mostBytes, language }));
  // What was not taken is read all the same: without its end the sender would lose the answer with the connection.
  req.resume();
  if (doc.import) api.audit("energy.import.sent", req, { import: doc.import.id, name: part.name });
  res.json(doc);
}

/** Takes what a request brings, one request after the other. */
export async function received<T>({ api, req }: Ask, take: (bytes: AsyncIterable<Buffer>) => Promise<T>): Promise<T> {
  req.setTimeout(IDLE_MS, () => req.destroy());
  const bytes = req.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  try {
    return await api.uploadTurns.take(() => take(bytes));
  } catch (error) {
    req.resume();
    if (req.destroyed && !req.complete) throw new Refused("invalid-query", "fileCut", { field: "body" });
    throw error;
  }
}

/** `POST /api/v1/imports/:id/report`: nobody's report is made to its end. */
export async function answerReport({ api, language, req, res }: Ask): Promise<void> {
  const { mapping } = parseBody(REPORT_WISH, req.body, language);
  const gone = new AbortController();
  res.on("close", () => gone.abort());
  try {
    res.json(await reportImport(api.site, String(req.params.id), { mapping, language, gone: gone.signal }));
  } catch (error) {
    if (!gone.signal.aborted) throw error;
  }
}

/** `GET /api/v1/export`. */
export async function answerExport(ask: Ask): Promise<void> {
  const { api, language, req, res } = ask;
  const { from, to, zone = api.site.settings.zone, ...rest } = parseQuery(EXPORT_QUERY, req.query, language);
  const wish = { from: Date.parse(from), to: Date.parse(to), zone, ...rest };
  await api.exportTurns.take(async () => {
    const text = exportRows(await exportedRows(api.site, wish), { format: wish.format, zone });
    // What goes wrong at once is told as a problem.
    const first = await text.next();
    res.status(200);
    res.setHeader("Content-Type", TYPES[wish.format]);
    res.setHeader("Content-Disposition", `attachment; filename="vatio-${wish.interval}.${wish.format}"`);
    res.setHeader("Cache-Control", "no-cache, no-transform");
    if (req.method === "HEAD" || first.done) {
      res.end();
      return;
    }
    await openAnswer(ask, "read", () => pipeline(Readable.from(withFirst(first.value, text)), res));
  });
}

async function* withFirst(first: string, rest: AsyncIterable<string>): AsyncGenerator<string> {
  yield first;
  yield* rest;
}
