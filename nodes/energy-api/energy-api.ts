import type { NodeDef } from "node-red";
import { makeFailedLogins } from "../../lib/api/failed-logins";
import { keysOf } from "../../lib/api/gate";
import { makeNodeAuth } from "../../lib/api/node-auth";
import { makeTurns } from "../../lib/api/turns";
import { asError } from "../../lib/errors";
import { parseNumber } from "../../lib/parse-number";
import { borrowSite } from "../shared/borrow";
import { defineNode } from "../shared/define-node";
import { discoveriesOf } from "../shared/discoveries";
import { apisOf } from "./apis-of";
import type { ApiSettings, LiveApi } from "./live-api";

interface EnergyApiDef extends NodeDef {
  readonly site?: string;
  readonly localMayControl?: boolean;
  readonly lanMayRead?: boolean;
  readonly lanHosts?: string;
  readonly readsPerMinute?: string;
  readonly failedLogins?: string;
  readonly commandsPerMinute?: string;
  readonly streams?: string;
  readonly importMegabytes?: string;
}

/** Range queries at once, and those that may wait. */
const [AT_ONCE, MAY_WAIT] = [2, 20];
/** Files that are sent or fetched at once; none waits. */
const FILES_AT_ONCE = 2;
/** Dashboards without a stream that may ask for the last readings at the same time. */
const MAY_POLL = 100;

const WARN_AGAIN_MS = 60_000;

/** No input. Output: each alert that was posted to `/api/alert`. */
export default defineNode<EnergyApiDef>("energy-api", (context) => {
  const { RED, node, def, status, fail } = context;
  const site = borrowSite(context);
  const settings = makeSettings(def);
  const { apis, nodeAuth } = apisOf(RED);

  const warned = { text: "", at: 0 };
  const report = (error: unknown): void => {
    const text = asError(error).message;
    // One fault is met by every dashboard that asks.
    if (text === warned.text && site.now() - warned.at < WARN_AGAIN_MS) return;
    Object.assign(warned, { text, at: site.now() });
    node.warn(text);
  };
  const failedLogins = makeFailedLogins(settings.failedLogins, site.now);
  const passedNodeAuth = makeNodeAuth(nodeAuth);
  // Its type knows the lines of a log, not those of an audit.
  const audit = RED.log.audit as unknown as (line: Readonly<Record<string, unknown>>, request: object) => void;
  const keys = () => keysOf(site.store, site.now, report);

  let answering: "no" | "yes" | "closed" = "no";
  const isAnswering = (): boolean => answering === "yes";
  const show = async (): Promise<void> => {
    if (!isAnswering()) {
      status("waiting", "another");
      return;
    }
    const count = (await keys()).tokens.list().length;
    if (!isAnswering()) return;
    if (count > 0 || nodeAuth) status("ok", "ready");
    else if (settings.doors.localMayControl) status("ok", "localControl");
    else status("waiting", "localOnly");
  };
  const showOrFail = (): void =>
    void show().catch((error: unknown) => {
      if (answering !== "closed") node.error(fail(error).message);
    });

  const api: LiveApi = {
    nodeId: node.id,
    site,
    settings,
    turns: makeTurns(AT_ONCE, MAY_WAIT),
    lastTurns: makeTurns(AT_ONCE, MAY_POLL),
    uploadTurns: makeTurns(FILES_AT_ONCE, 0),
    exportTurns: makeTurns(FILES_AT_ONCE, 0),
    discoveries: discoveriesOf(RED),
    gate: async () => ({
      keys: await keys(),
      doors: settings.doors,
      failedLogins,
      hasNodeAuth: Boolean(nodeAuth),
      passedNodeAuth,
    }),
    streams: new Set(),
    emit: (alert) => node.send({ topic: alert.meter ?? alert.rule, payload: alert }),
    loginsChanged: () => {
      for (const stream of [...api.streams]) stream.check();
      showOrFail();
    },
    audit: (event, request, details) => audit({ event, node: node.id, ...details }, request),
    report,
  };
  const leave = apis.add(api, (mine) => {
    answering = mine ? "yes" : "no";
    showOrFail();
  });
  return {
    close: () => {
      answering = "closed";
      leave();
    },
  };
});

function makeSettings(def: EnergyApiDef): ApiSettings {
  return {
    doors: {
      localMayControl: def.localMayControl ?? false,
      lanMayRead: def.lanMayRead ?? false,
      lanHosts: (def.lanHosts ?? "").split(/[\s,;]+/).filter(Boolean),
    },
    readsPerMinute: parseNumber(def.readsPerMinute, "readsPerMinute", 600),
    failedLogins: parseNumber(def.failedLogins, "failedLogins", 10),
    commandsPerMinute: parseNumber(def.commandsPerMinute, "commandsPerMinute", 10),
    streams: parseNumber(def.streams, "streams", 50),
    importBytes: parseNumber(def.importMegabytes, "importMegabytes", 2_000) * 1e6,
  };
}
