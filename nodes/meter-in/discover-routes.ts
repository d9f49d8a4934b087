import type { Request, Response } from "express";
import type { NodeAPI } from "node-red";
import { demandOwnRequest } from "../../lib/api/access";
import { DISCOVERY_QUERY } from "../../lib/api/discover-contract";
import { askersLanguage } from "../../lib/api/language";
import { parseQuery } from "../../lib/api/parse-request";
import { toProblem } from "../../lib/api/problem";
import type { DiscoveryDoc } from "../../lib/api/types";
import { discoveriesOf } from "../shared/discoveries";
import { machineLanguage, machineZone } from "../shared/site-files";

const mounted = new WeakSet<object>();

/** What the node's editor form needs, for whoever may edit flows: the same list as `/api/v1/discover`. */
export function mountDiscover(RED: NodeAPI): void {
  if (mounted.has(RED.httpAdmin)) return;
  mounted.add(RED.httpAdmin);
  // Node-RED's Express is older than ours: the types of their requests differ, what is used here does not.
  const answer = (req: unknown, res: unknown): void => answerDiscovery(RED, req as Request, res as Response);
  RED.httpAdmin.get("/vatio/meter-in/discover", RED.auth.needsPermission("energy.write"), answer);
}

function answerDiscovery(RED: NodeAPI, req: Request, res: Response): void {
  const language = askersLanguage(req.headers["accept-language"], machineLanguage());
  const gone = new AbortController();
  res.on("close", () => gone.abort());
  res.setHeader("Cache-Control", "no-store");

  const discover = async (): Promise<DiscoveryDoc> => {
    demandOwnRequest(req.headers);
    const wish = parseQuery(DISCOVERY_QUERY, req.query, language);
    return discoveriesOf(RED).ask({ ...wish, zone: machineZone() }, gone.signal);
  };
  discover().then(
    (found) => void res.json(found),
    (error: unknown) => {
      const problem = toProblem(error, language);
      if (problem.code === "unexpected") RED.log.warn(`[vatio] ${String(error)}`);
      res.status(problem.status).type("application/problem+json").send(JSON.stringify(problem));
    },
  );
}
