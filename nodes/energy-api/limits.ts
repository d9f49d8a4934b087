import { rateLimit } from "express-rate-limit";
import type { Request, RequestHandler } from "express";
import { Refused, type Sentence } from "../../lib/api/refused";
import type { Ask } from "./ask";

const MINUTE_MS = 60_000;
/** Alerts go out as e-mails and messages: nobody wants more of them. */
const ALERTS_PER_MINUTE = 60;

interface Limits {
  readonly reads: RequestHandler;
  readonly commands: RequestHandler;
  readonly alerts: RequestHandler;
}

/** Counts by whoever asks, a minute at a time; `askOf` gives the request as it was let in. */
export function makeLimits(askOf: (req: Request) => Ask): Limits {
  const limit = (sentence: Sentence, most: (ask: Ask) => number, key: (ask: Ask) => string): RequestHandler =>
    rateLimit({
      windowMs: MINUTE_MS,
      limit: (req) => most(askOf(req)),
      keyGenerator: (req) => key(askOf(req)),
      standardHeaders: false,
      legacyHeaders: false,
      // The checks look for mistakes with proxies; our keys come from the socket and from tokens.
      validate: false,
      handler: (req, _res, next) => {
        const seconds = MINUTE_MS / 1000;
        const values = { limit: most(askOf(req)), seconds };
        next(new Refused("too-many-requests", sentence, { values, retryAfterSeconds: seconds }));
      },
    });

  return {
    reads: limit(
      "tooManyRequests",
      ({ api }) => api.settings.readsPerMinute,
      ({ api, who }) => `${api.nodeId} ${who.key}`,
    ),
    commands: limit(
      "tooManyCommands",
      ({ api }) => api.settings.commandsPerMinute,
      ({ api, req }) => `${api.site.settings.id} ${String(req.params.id)}`,
    ),
    alerts: limit(
      "tooManyRequests",
      () => ALERTS_PER_MINUTE,
      ({ api, who }) => `${api.nodeId} ${who.key}`,
    ),
  };
}
