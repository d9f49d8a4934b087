import type { z } from "zod";
import type { Scope } from "../storage/access-store";
import { BALANCE, BALANCE_QUERY } from "./balance-contract";
import * as contract from "./contract";
import { DISCOVERY, DISCOVERY_QUERY } from "./discover-contract";
import { HISTORY_ROUTES } from "./history-routes";

export interface Route {
  readonly method: "get" | "post" | "delete";
  /** Express's way of writing it; `:name` is a parameter. */
  readonly path: string;
  /** `public`: the page's shell and the log-in hold no data. Everything else wants a scope. */
  readonly scope: Scope | "public";
  readonly summary: string;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  /** What a body that is a file may be sent as; it is not read before somebody is let in. */
  readonly fileTypes?: readonly string[];
  /** A file goes in or out, or one is read whole: that takes as long as it takes. */
  readonly isLong?: true;
  readonly answer?: z.ZodType;
  readonly status: 200 | 201 | 202 | 204;
}

/** Every address that we answer at, and who may ask there. What is not here does not exist. */
export const ROUTES = {
  page: { method: "get", path: "/energy", scope: "public", summary: "The dashboard", status: 200 },
  file: {
    method: "get",
    path: "/energy/assets/*file",
    scope: "public",
    summary: "A file of the dashboard",
    status: 200,
  },
  login: {
    method: "post",
    path: "/energy/login",
    scope: "public",
    summary: "Log in with a token; the session is a cookie",
    body: contract.LOGIN,
    status: 204,
  },
  logout: { method: "post", path: "/energy/logout", scope: "public", summary: "End the session", status: 204 },
  simple: {
    method: "get",
    path: "/api/energy",
    scope: "read",
    summary: "The last readings that carry power, newest first",
    query: contract.SIMPLE_QUERY,
    answer: contract.SIMPLE_READING.array(),
    status: 200,
  },
  alert: {
    method: "post",
    path: "/api/alert",
    scope: "control",
    summary: "Raise an alert: stored, shown, and sent through the site's channels",
    body: contract.POSTED_ALERT,
    answer: contract.ACCEPTED,
    status: 202,
  },
  state: {
    method: "get",
    path: "/api/v1/state",
    scope: "read",
    summary: "All that a first look needs",
    answer: contract.STATE,
    status: 200,
  },
  readings: {
    method: "get",
    path: "/api/v1/readings",
    scope: "read",
    summary: "A line a meter, in kW; minima and maxima survive",
    query: contract.READINGS_QUERY,
    answer: contract.SERIES,
    status: 200,
  },
  balance: {
    method: "get",
    path: "/api/v1/balance",
    scope: "read",
    summary:
      "What the site used, bought, sold and produced by interval, how much it lives on its own, and what is untracked",
    query: BALANCE_QUERY,
    answer: BALANCE,
    status: 200,
  },
  stream: {
    method: "get",
    path: "/api/v1/stream",
    scope: "read",
    summary: "Server-sent events: reading, alert, advice, device, reset; resumable by Last-Event-ID",
    query: contract.STREAM_QUERY,
    status: 200,
  },
  devices: {
    method: "get",
    path: "/api/v1/devices",
    scope: "read",
    summary: "What is known of each switched device",
    answer: contract.DEVICE.array(),
    status: 200,
  },
  command: {
    method: "post",
    path: "/api/v1/devices/:id/commands",
    scope: "control",
    summary: "Switch a device; whether it obeyed comes by the stream",
    body: contract.COMMAND,
    answer: contract.DEVICE,
    status: 202,
  },
  quarantine: {
    method: "get",
    path: "/api/v1/quarantine",
    scope: "read",
    summary: "Values that are not believed or were inferred: open ones first, then newest first",
    query: contract.QUARANTINE_QUERY,
    answer: contract.QUARANTINED.array(),
    status: 200,
  },
  rulings: {
    method: "get",
    path: "/api/v1/quarantine/rulings",
    scope: "read",
    summary: "What people decided on values, newest first, with what was undone",
    query: contract.RULINGS_QUERY,
    answer: contract.RULING.array(),
    status: 200,
  },
  rule: {
    method: "post",
    path: "/api/v1/quarantine/rulings",
    scope: "admin",
    summary: "Accept, edit or leave out a value, or declare a meter swap; energy and costs follow",
    body: contract.NEW_RULING,
    answer: contract.RULING,
    status: 201,
  },
  undoRuling: {
    method: "post",
    path: "/api/v1/quarantine/rulings/:id/undo",
    scope: "admin",
    summary: "Undo a ruling: the value is as it was before it",
    answer: contract.RULING,
    status: 200,
  },
  ...HISTORY_ROUTES,
  tokens: {
    method: "get",
    path: "/api/v1/tokens",
    scope: "admin",
    summary: "The tokens, without their secrets",
    answer: contract.TOKEN.array(),
    status: 200,
  },
  makeToken: {
    method: "post",
    path: "/api/v1/tokens",
    scope: "admin",
    summary: "Make a token; this answer alone holds its secret",
    body: contract.NEW_TOKEN,
    answer: contract.MADE_TOKEN,
    status: 201,
  },
  revokeToken: {
    method: "delete",
    path: "/api/v1/tokens/:id",
    scope: "admin",
    summary: "Revoke a token and end its sessions",
    status: 204,
  },
  discover: {
    method: "get",
    path: "/api/v1/discover",
    scope: "admin",
    summary: "Devices that publish on a broker; a run lasts half a minute, or while somebody asks",
    query: DISCOVERY_QUERY,
    answer: DISCOVERY,
    status: 200,
  },
  openApi: { method: "get", path: "/api/v1/openapi.json", scope: "read", summary: "This document", status: 200 },
} as const satisfies Record<string, Route>;

export type RouteId = keyof typeof ROUTES;

/** The paths that one router is mounted on. */
export const BASES = ["/energy", "/api/energy", "/api/alert", "/api/v1"] as const;
