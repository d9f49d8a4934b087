import type { RunningFlow } from "./flow";
import { startFlow } from "./flow";
import { serve } from "./http";
import { keysOf } from "../../lib/api/gate";
import type { Site } from "../../lib/site/site";
import type { Scope } from "../../lib/storage/access-store";
import energyApi from "../../nodes/energy-api/energy-api";
import energySite from "../../nodes/energy-site/energy-site";
import { siteLending } from "../../nodes/shared/borrow";

const SITE = { id: "site", type: "energy-site", name: "Home", zone: "Europe/Madrid" };
const API = { id: "api", type: "energy-api", site: "site", wires: [["out"]] };
const OUT = { id: "out", type: "helper" };

export interface RunningApi {
  readonly flow: RunningFlow;
  /** Where Node-RED's own pages are served. */
  readonly port: number;
  readonly site: Site;
  /** A token's secret. */
  token(scopes: readonly Scope[], expiresAt?: number): Promise<string>;
}

/** A flow with one `energy-api` and its site, served on a port of its own. */
export async function startApi(
  options: { api?: Record<string, unknown>; settings?: Record<string, unknown>; userDir?: string } = {},
): Promise<RunningApi> {
  const flow = await startFlow([energySite, energyApi], [SITE, { ...API, ...options.api }, OUT], {
    ...(options.settings && { settings: options.settings }),
    ...(options.userDir !== undefined && { userDir: options.userDir }),
  });
  const site = siteLending.borrow("site");
  const fail = (error: unknown): never => {
    throw error;
  };
  return {
    flow,
    site,
    port: await serve(flow.RED.httpNode),
    token: async (scopes, expiresAt) => {
      const { tokens } = await keysOf(site.store, site.now, fail);
      const wish = { name: scopes.join(" "), scopes, ...(expiresAt !== undefined && { expiresAt }) };
      return (await tokens.make(wish)).secret;
    },
  };
}
