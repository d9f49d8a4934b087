import type { RequestHandler } from "express";
import { addressKey } from "../../lib/api/access";
import { balance } from "../../lib/api/answers/balance";
import { simpleReadings } from "../../lib/api/answers/energy";
import { guessImport, listImports, removeImport, runImport, stopImport } from "../../lib/api/answers/imports";
import { listQuarantine, listRulings } from "../../lib/api/answers/quarantine";
import { lines } from "../../lib/api/answers/readings";
import { makeRuling, undoRuling } from "../../lib/api/answers/rule";
import { siteState } from "../../lib/api/answers/state";
import { listTokens } from "../../lib/api/answers/tokens";
import { BALANCE_QUERY } from "../../lib/api/balance-contract";
import {
  COMMAND,
  LOGIN,
  NEW_RULING,
  POSTED_ALERT,
  QUARANTINE_QUERY,
  READINGS_QUERY,
  RULINGS_QUERY,
  SIMPLE_QUERY,
} from "../../lib/api/contract";
import { DISCOVERY_QUERY } from "../../lib/api/discover-contract";
import { RUN_WISH } from "../../lib/api/import-contract";
import { readCookie, tokenShown } from "../../lib/api/gate";
import { openApiDocument } from "../../lib/api/openapi";
import { parseBody, parseQuery } from "../../lib/api/parse-request";
import { Refused } from "../../lib/api/refused";
import type { RouteId } from "../../lib/api/routes";
import { SESSION_COOKIE } from "../../lib/api/sessions";
import { toDeviceDoc } from "../../lib/api/wire";
import { nameOf, type Ask } from "./ask";
import { BACKUP_ANSWERS } from "./backup-answers";
import { EDIT_ANSWERS } from "./edit-answers";
import type { FileRoute } from "./file-answers";
import { answerExport, answerReport, answerSentFile, answerSentPart } from "./import-answers";
import { answerStream } from "./stream-answer";
import { answerNewToken, answerRevokedToken } from "./token-answers";

export type Handler = (ask: Ask) => Promise<void> | void;

/** What each route does once a request was let in. */
export function makeHandlers(version: string): Record<Exclude<RouteId, FileRoute>, Handler> {
  return {
    login: async ({ api, gate, asker, language, req, res }) => {
      gate.failedLogins.demandLeft(addressKey(asker.remoteAddress));
      const { token } = parseBody(LOGIN, req.body, language);
      const { cookie, lifeMs } = await gate.keys.sessions.start(tokenShown(token, asker, gate));
      api.audit("energy.login", req);
      // `maxAge` is in milliseconds here.
      res.cookie(SESSION_COOKIE, cookie, {
        httpOnly: true,
        sameSite: "strict",
        path: cookiePath(req),
        maxAge: lifeMs,
        secure: isEncrypted(req),
      });
      res.status(204).end();
    },
    logout: async ({ api, gate, req, res }) => {
      const cookie = readCookie(req.headers.cookie, SESSION_COOKIE);
      if (cookie !== undefined) await gate.keys.sessions.end(cookie);
      api.loginsChanged();
      res.clearCookie(SESSION_COOKIE, { httpOnly: true, sameSite: "strict", path: cookiePath(req) });
      res.status(204).end();
    },

    simple: async ({ api, language, gone, req, res }) => {
      const { meter, limit, since } = parseQuery(SIMPLE_QUERY, req.query, language);
      const wish = { meter, limit, since: since === undefined ? undefined : Date.parse(since) };
      res.json(await api.lastTurns.take(() => simpleReadings(api.site, wish, gone.signal)));
    },
    alert: async ({ api, language, req, res }) => {
      const { message, severity, meter, channels } = parseBody(POSTED_ALERT, req.body, language);
      const known = new Set(api.site.settings.channels.map(({ id }) => id));
      const unknown = channels?.find((channel) => !known.has(channel));
      if (unknown !== undefined)
        throw new Refused("invalid-query", "noChannel", { field: "channels", values: { channel: unknown } });

      const alert = await api.site.alerts.raise(
        { rule: "api", kind: "posted", severity, message, values: {}, ...(meter !== undefined && { meter }) },
        channels,
      );
      api.emit(alert);
      res.status(202).json({ id: alert.id });
    },

    state: async ({ api, language, who, res }) => void res.json(await siteState(api.site, language, who.scopes)),
    readings: async ({ api, language, gone, req, res }) => {
      const { from, to, meters, points } = parseQuery(READINGS_QUERY, req.query, language);
      const span = { from: Date.parse(from), to: Date.parse(to), meters, points };
      res.json(await api.turns.take(() => lines(api.site, span, gone.signal)));
    },
    balance: async ({ api, language, gone, req, res }) => {
      const { from, to, interval } = parseQuery(BALANCE_QUERY, req.query, language);
      const wish = { from: Date.parse(from), to: Date.parse(to), interval };
      res.json(await api.turns.take(() => balance(api.site, wish, gone.signal)));
    },
    stream: answerStream,

    devices: ({ api, res }) =>
      void res.json(api.site.devices.all().map((device) => toDeviceDoc(device.state(), api.site.settings.zone))),
    command: ({ api, language, who, req, res }) => {
      const device = api.site.devices.get(String(req.params.id));
      if (!device) throw new Refused("not-found", "noDevice", { field: "id" });
      const { on } = parseBody(COMMAND, req.body, language);
      api.audit("energy.command", req, { device: device.id, on, by: who.key });
      // The answer does not wait for the device; what becomes of it comes by the stream.
      device.command(on, "api").catch(api.report);
      res.status(202).json(toDeviceDoc(device.state(), api.site.settings.zone));
    },

    quarantine: async ({ api, language, req, res }) => {
      const { meters, open, limit } = parseQuery(QUARANTINE_QUERY, req.query, language);
      res.json(await api.turns.take(() => listQuarantine(api.site, { meters, limit, openOnly: open === "true" })));
    },
    rulings: async ({ api, language, req, res }) => {
      const { meters, limit } = parseQuery(RULINGS_QUERY, req.query, language);
      res.json(await api.turns.take(() => listRulings(api.site, { meters, limit })));
    },
    rule: async (ask) => {
      const { api, language, req, res } = ask;
      const made = await makeRuling(api.site, parseBody(NEW_RULING, req.body, language), nameOf(ask));
      api.audit("energy.ruling.made", req, { ruling: made.id, meter: made.meter, kind: made.kind, by: made.by });
      res.status(201).json(made);
    },
    undoRuling: async (ask) => {
      const { api, req, res } = ask;
      const undone = await undoRuling(api.site, String(req.params.id), nameOf(ask));
      api.audit("energy.ruling.undone", req, { ruling: undone.id, by: undone.undoneBy ?? "" });
      res.json(undone);
    },

    ...EDIT_ANSWERS,

    tokens: ({ api, gate, res }) => void res.json(listTokens(gate.keys, api.site.settings.zone)),
    makeToken: ({ api, language, req, res }) => answerNewToken(api, language, req, res),
    revokeToken: ({ api, req, res }) => answerRevokedToken(api, req, res),

    discover: async ({ api, language, gone, req, res }) => {
      const wish = { ...parseQuery(DISCOVERY_QUERY, req.query, language), zone: api.site.settings.zone };
      res.json(await api.discoveries.ask(wish, gone.signal));
    },

    imports: async ({ api, language, res }) => void res.json(await listImports(api.site, language)),
    sendImport: answerSentFile,
    sendImportPart: answerSentPart,
    import: async ({ api, language, req, res }) =>
      void res.json(await guessImport(api.site, String(req.params.id), language)),
    reportImport: answerReport,
    runImport: async ({ api, language, req, res }) => {
      const id = String(req.params.id);
      const { mapping } = parseBody(RUN_WISH, req.body, language);
      const started = await runImport(api.site, id, { mapping, language });
      api.audit("energy.import.started", req, { import: id, name: started.name });
      res.status(202).json(started);
    },
    stopImport: async ({ api, language, req, res }) => {
      const id = String(req.params.id);
      const stopped = await stopImport(api.site, id, language);
      api.audit("energy.import.stopped", req, { import: id });
      res.json(stopped);
    },
    removeImport: async ({ api, req, res }) => {
      const id = String(req.params.id);
      await removeImport(api.site, id);
      api.audit("energy.import.removed", req, { import: id });
      res.status(204).end();
    },
    export: answerExport,

    ...BACKUP_ANSWERS,

    openApi: ({ res }) => void res.json(openApiDocument(version)),
  };
}

/** Whether the browser speaks HTTPS, to us or to a proxy that says so: a lie only makes the asker's own cookie stricter. */
const isEncrypted = ({ secure, headers }: Ask["req"]): boolean =>
  secure || /^https\b/i.test(String(headers["x-forwarded-proto"] ?? ""));

/** Where Node-RED's own pages hang: the cookie is for all of our paths. */
const cookiePath = ({ originalUrl, url }: Ask["req"]): string =>
  originalUrl.slice(0, originalUrl.length - url.length) || "/";

/** Answers are for one asker and are asked for again each time. */
export const privateAnswers: RequestHandler = (_req, res, next) => {
  res.setHeader("Cache-Control", "private, no-cache");
  next();
};
