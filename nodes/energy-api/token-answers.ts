import type { Request, Response } from "express";
import { makeToken } from "../../lib/api/answers/tokens";
import { NEW_TOKEN } from "../../lib/api/contract";
import { revokeToken } from "../../lib/api/gate";
import { parseBody } from "../../lib/api/parse-request";
import type { Language } from "../../lib/energy/site-facts";
import type { LiveApi } from "./live-api";

/** Makes the token that is asked for; its secret is in this answer alone. */
export async function answerNewToken(api: LiveApi, language: Language, req: Request, res: Response): Promise<void> {
  const { keys } = await api.gate();
  const made = await makeToken(keys, parseBody(NEW_TOKEN, req.body, language), api.site.settings.zone);
  api.audit("energy.token.made", req, { token: made.id, scopes: made.scopes.join(" ") });
  api.loginsChanged();
  res.setHeader("Cache-Control", "no-store");
  res.status(201).json(made);
}

/** Revokes a token, and ends the sessions and streams that live by it. */
export async function answerRevokedToken(api: LiveApi, req: Request, res: Response): Promise<void> {
  const { keys } = await api.gate();
  const id = String(req.params.id);
  await revokeToken(keys, id);
  api.audit("energy.token.revoked", req, { token: id });
  api.loginsChanged();
  res.status(204).end();
}
