import express, { Router, type NextFunction, type Request, type RequestHandler, type Response } from "express";
import type { NodeAPI } from "node-red";
import { demandOwnRequest } from "../../lib/api/access";
import { listTokens } from "../../lib/api/answers/tokens";
import { Refused } from "../../lib/api/refused";
import { languageOf } from "./ask";
import type { LiveApi, LiveApis } from "./live-api";
import { BODY_LIMIT_KB, sendProblem } from "./send-problem";
import { answerNewToken, answerRevokedToken } from "./token-answers";

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
    await answerNewToken(api, languageOf(req, api), req, res);
  });
  router.delete("/:node/tokens/:id", may("energy.write"), own, async (req, res) => {
    await answerRevokedToken(apiOf(req), req, res);
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
