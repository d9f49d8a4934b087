import type { Response } from "express";
import { toProblem } from "../../lib/api/problem";
import { Refused } from "../../lib/api/refused";
import type { Language } from "../../lib/energy/site-facts";

/** Largest JSON body. */
export const BODY_LIMIT_KB = 64;

/** Answers with what went wrong, and says whether the asker was not at fault. */
export function sendProblem(res: Response, thrown: unknown, language: Language): { ours: boolean } {
  const error = fromExpress(thrown);
  const problem = toProblem(error, language);
  if (res.headersSent) {
    res.destroy();
    return { ours: true };
  }
  if (problem.status === 401) res.setHeader("WWW-Authenticate", 'Bearer realm="Vatio"');
  const retryAfter = error instanceof Refused ? error.details.retryAfterSeconds : undefined;
  if (retryAfter !== undefined) res.setHeader("Retry-After", retryAfter);
  res.removeHeader("ETag");
  res.setHeader("Cache-Control", "no-store");
  res.setHeader("Content-Type", "application/problem+json; charset=utf-8");
  res.status(problem.status).end(JSON.stringify(problem));
  return { ours: problem.status >= 500 && problem.code !== "not-ready" };
}

/** Express and its body parser throw errors with a status of their own. */
function fromExpress(thrown: unknown): unknown {
  if (typeof thrown !== "object" || thrown === null || !("status" in thrown)) return thrown;
  switch (thrown.status) {
    case 413:
      return new Refused("too-large", "bodyTooLarge", { field: "body", values: { kilobytes: BODY_LIMIT_KB } });
    case 415:
      return new Refused("wrong-content-type", "contentType", { field: "Content-Type" });
    case 400:
      return new Refused("invalid-query", "type" in thrown ? "notJson" : "noRoute", {
        field: "type" in thrown ? "body" : "path",
      });
    default:
      return thrown;
  }
}
