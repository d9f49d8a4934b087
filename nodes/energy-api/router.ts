import express, {
  Router,
  type ErrorRequestHandler,
  type NextFunction,
  type Request,
  type RequestHandler,
  type Response,
} from "express";
import type { NodeAPI } from "node-red";
import { inTime } from "../../lib/api/in-time";
import { Refused } from "../../lib/api/refused";
import { BASES, ROUTES, type Route, type RouteId } from "../../lib/api/routes";
import { admit, languageOf, type Ask } from "./ask";
import type { DashboardFile } from "./dashboard-files";
import { makeFileAnswers } from "./file-answers";
import { makeHandlers, privateAnswers } from "./handlers";
import { makeLimits } from "./limits";
import type { LiveApis } from "./live-api";
import { ownHeaders } from "./own-headers";
import { BODY_LIMIT_KB, sendProblem } from "./send-problem";

/** What the host brings along. */
export interface Host {
  readonly apis: LiveApis;
  readonly dashboard: () => ReadonlyMap<string, DashboardFile>;
  readonly version: string;
  /** `httpNodeMiddleware` of settings.js, which Node-RED applies to its own nodes only. */
  readonly middleware: RequestHandler | RequestHandler[] | undefined;
}

/** No answer takes longer, unless a file goes in or out; a stream is open long, but answered at once. */
const TIME_LIMIT_MS = 30_000;

/** The longest base first: `/api/energy` ends in `/energy` too. */
const LONGEST_FIRST = [...BASES].sort((one, other) => other.length - one.length);

/** Mounts the router on Node-RED's pages; a request passes by untouched while no node is deployed, or when it is not for us. */
export function mountRouter(httpNode: NodeAPI["httpNode"], host: Host): void {
  const router = makeRouter(host);
  httpNode.use([...BASES], (req, res, next) => {
    const [mine, theirs] = [req, req.url];
    const base = LONGEST_FIRST.find((path) => mine.baseUrl.toLowerCase().endsWith(path)) ?? "";
    // The host took the base away; our routes are written in full, so that one table says it all.
    const ours = mine.originalUrl.slice(mine.baseUrl.length - base.length);
    if (!host.apis.answering || !OURS.test(ours)) {
      next();
      return;
    }
    mine.url = ours;
    router(mine, res, (error?: unknown) => {
      mine.url = theirs;
      next(error);
    });
  });
}

/** Below `/energy` and the simple addresses other people's flows may have pages of their own. */
const OURS = /^\/(energy(\/?|\/(login|logout|assets(\/.*)?))|api\/(energy|alert)\/?|api\/v1(\/.*)?)(\?.*)?$/is;

function makeRouter({ apis, dashboard, version, middleware }: Host): Router {
  const router = Router();
  const asks = new WeakMap<Request, Ask>();
  const askOf = (req: Request): Ask => {
    const ask = asks.get(req);
    if (!ask) throw new Error("a request was handled that nobody let in");
    return ask;
  };

  const letIn =
    (route: Route): RequestHandler =>
    async (req, res, next) => {
      const api = apis.answering;
      if (!api) {
        next("router");
        return;
      }
      asks.set(req, await admit(api, route, req, res));
      next();
    };

  const files = makeFileAnswers(dashboard);
  const handlers = makeHandlers(version);
  const limits = makeLimits(askOf);
  const parse = express.json({ limit: `${BODY_LIMIT_KB}kb`, type: "application/json" });
  const limitsOf = (id: RouteId, { scope }: Route): RequestHandler[] => {
    if (id === "command") return [limits.reads, limits.commands];
    if (id === "alert") return [limits.reads, limits.alerts];
    return scope === "public" ? [] : [limits.reads];
  };

  router.use(ownHeaders as unknown as RequestHandler, privateAnswers);
  if (middleware) router.use(middleware);
  for (const [id, route] of Object.entries<Route>(ROUTES) as [RouteId, Route][]) {
    if (id === "page" || id === "file") {
      router.get(route.path, files[id]);
      continue;
    }
    const answer = handlers[id];
    router[route.method](
      route.path,
      letIn(route),
      ...limitsOf(id, route),
      ...(route.body ? [parse] : []),
      async (req: Request) => {
        const ask = askOf(req);
        const answered = Promise.resolve(answer(ask));
        try {
          await (route.isLong ? answered : inTime(answered, TIME_LIMIT_MS));
        } catch (error) {
          if (error === ask.gone.signal.reason) return;
          ask.gone.abort(error);
          throw error;
        }
      },
    );
  }
  router.use(() => {
    throw new Refused("not-found", "noRoute");
  });
  router.use(answerProblems(apis));
  return router;
}

/** Errors end here: Node-RED's own page for them would show where our files lie. */
function answerProblems(apis: LiveApis): ErrorRequestHandler {
  return (error: unknown, req: Request, res: Response, next: NextFunction) => {
    const api = apis.answering;
    if (!api) {
      next(error);
      return;
    }
    const { ours } = sendProblem(res, error, languageOf(req, api));
    if (ours) api.report(error);
    else if (res.statusCode === 401 || res.statusCode === 403)
      api.audit("energy.refused", req, { status: String(res.statusCode) });
  };
}
