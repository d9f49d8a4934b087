import type { NodeAPI } from "node-red";
import type { NodeAuth } from "../../lib/api/node-auth";
import { version } from "../../package.json";
import { mountAdmin } from "./admin-routes";
import { dashboardFolder, readDashboard, type DashboardFile } from "./dashboard-files";
import { LiveApis } from "./live-api";
import { mountRouter, type Host } from "./router";

const mounted = new WeakMap<object, LiveApis>();

/** Read once, when the first node starts; a build that is not there yet is looked for again. */
let files: ReadonlyMap<string, DashboardFile> = new Map();
function dashboard(): ReadonlyMap<string, DashboardFile> {
  if (files.size === 0) files = readDashboard(dashboardFolder(import.meta.dirname));
  return files;
}

/** The deployed nodes of this Node-RED; its routes are mounted with the first and stay, since Express cannot take any away. */
export function apisOf(RED: NodeAPI): { apis: LiveApis; nodeAuth: NodeAuth | undefined } {
  const settings = RED.settings as { httpNodeMiddleware?: Host["middleware"]; httpNodeAuth?: NodeAuth };
  let apis = mounted.get(RED.httpNode);
  if (!apis) {
    apis = new LiveApis();
    mounted.set(RED.httpNode, apis);
    mountRouter(RED.httpNode, { apis, dashboard, version, middleware: settings.httpNodeMiddleware });
    mountAdmin(RED, apis);
  }
  return { apis, nodeAuth: settings.httpNodeAuth };
}
