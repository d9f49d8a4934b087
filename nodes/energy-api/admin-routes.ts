import express, { Router, type NextFunction, type Request, type RequestHandler, type Response } from "express";
import type { NodeAPI } from "node-red";
import { demandOwnRequest } from "../../lib/api/access";
import { listTokens, makeToken } from "../../lib/api/answers/tokens";
import { NEW_TOKEN } from "../../lib/api/contract";
import { revokeToken } from "../../lib/api/gate";
import { parseBody } from "../../lib/api/parse-request";
import { Refused } from "../../lib/api/refused";
import { languageOf } from "./ask";
import type { LiveApi, LiveApis } from "./live-api";
import { BODY_LIMIT_KB, sendProblem } from "./send-problem";

/** What the node's editor form needs, for whoever may edit flows: the same functions as under `/api/v1/tokens`. */
export function mountAdmin(RED: NodeAPI, apis: LiveApis): void {
  const router = Router({ mergeParams: true });
  const may = (permission: string): RequestHandler => RED.auth.needsPermission(permission);
  const own: RequestHandler = (req, _res, next) => {
    demandOwnRequest(req.headers);
    next();
  };
  const parse = express.json({ limit: `${BODY_LIMIT_KB}kb`, type: "application/json" });
  const apiOf = (req: Request): LiveApi => {
    const api = apis.byNode(String(req.params.node));
    if (!api) throw new Refused("not-found", "deployFirst");
    return api;
  };

  router.use((_req, res, next) => {
    res.setHeader("Cache-Control", "no-store");
    next();
  });
  router.get("/:node/tokens", may("energy.read"), async (req, res) => {
    const api = apiOf(req);
    const { keys } = await api.gate();
    res.json(listTokens(keys, api.site.settings.zone));
  });
  router.post("/:node/tokens", may("energy.write"), own, parse, async (req, res) => {
    const api = apiOf(req);
    const { keys } = await api.gate();
    const made = await makeToken(keys, parseBody(NEW_TOKEN, req.body, languageOf(req, api)), api.site.settings.zone);
    api.audit("energy.token.made", req, { token: made.id, scopes: made.scopes.join(" ") });
    api.loginsChanged();
    res.status(201).json(made);
  });
  router.delete("/:node/tokens/:id", may("energy.write"), own, async (req, res) => {
    const api = apiOf(req);
    const { keys } = await api.gate();
    const id = String(req.params.id);
    await revokeToken(keys, id);
    api.audit("energy.token.revoked", req, { token: id });
    api.loginsChanged();
    res.status(204).end();
  });
  router.use((error: unknown, req: Request, res: Response, next: NextFunction) => {
    const api = apis.byNode(String(req.params.node)) ?? apis.answering;
    if (res.headersSent) {
      next(error);
      return;
    }
    const { ours } = sendProblem(res, error, api ? languageOf(req, api) : "en-US");
    if (ours) api?.report(error);
  });

  RED.httpAdmin.use("/vatio/energy-api", router as unknown as Parameters<typeof RED.httpAdmin.use>[1]);
}
