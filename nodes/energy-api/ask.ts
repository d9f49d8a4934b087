import type { Request, Response } from "express";
import { demand, demandNoForeignPage, demandOwnRequest, type Asker, type Principal } from "../../lib/api/access";
import { canLogIn, whoAsks, type Gate } from "../../lib/api/gate";
import { askersLanguage } from "../../lib/api/language";
import type { Route } from "../../lib/api/routes";
import type { Language } from "../../lib/energy/site-facts";
import type { LiveApi } from "./live-api";

/** One request that was let in. */
export interface Ask {
  readonly api: LiveApi;
  readonly gate: Gate;
  readonly asker: Asker;
  readonly who: Principal;
  readonly language: Language;
  /** Aborted once nobody waits for the answer any more: the asker went, or it took too long. */
  readonly gone: AbortController;
  readonly req: Request;
  readonly res: Response;
}

const toAsker = (req: Request): Asker => ({
  remoteAddress: req.socket.remoteAddress,
  httpVersion: req.httpVersion,
  headers: req.headers,
});

export const languageOf = (req: Request, api: LiveApi): Language =>
  askersLanguage(req.headers["accept-language"], api.site.settings.language);

/** Lets a request in, or throws the refusal that says what to do. */
export async function admit(api: LiveApi, route: Route, req: Request, res: Response): Promise<Ask> {
  const asker = toAsker(req);
  const gate = await api.gate();
  if (route.method !== "get") demandOwnRequest(req.headers, route.fileTypes);

  const who = await whoAsks(asker, gate);
  if (route.scope !== "public") {
    demand(route.scope, who, canLogIn(gate));
    demandNoForeignPage(req.headers, who);
  }
  const gone = new AbortController();
  res.on("close", () => gone.abort());
  return { api, gate, asker, who, language: languageOf(req, api), gone, req, res };
}

/** Who asks, as the records of what was decided name them: the token's name, or `local` for whoever passed Node-RED's own password. */
export const nameOf = ({ who, gate }: Ask): string => gate.keys.tokens.valid(who.tokenId ?? "")?.name ?? "local";
