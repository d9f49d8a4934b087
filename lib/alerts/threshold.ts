import { EnergyError } from "../errors";

/** Trips beyond `limitW` and clears beyond `clearW` on the other side; the gap between the two prevents chatter. */
export interface Threshold {
  readonly direction: "above" | "below";
  readonly limitW: number;
  readonly clearW: number;
  /** How long power must stay beyond the limit before the alert is raised. */
  readonly holdMs: number;
  /** How long after it cleared no new alert is raised. */
  readonly quietMs: number;
}

/** `at` is the last instant the rule has used; plain JSON, so that it outlives a restart. */
export type AlertState =
  | { readonly kind: "normal"; readonly at: number; readonly quietUntil: number }
  | { readonly kind: "pending"; readonly at: number; readonly quietUntil: number; readonly since: number }
  | { readonly kind: "raised"; readonly at: number; readonly since: number };

export interface Power {
  /** Epoch ms. */
  readonly at: number;
  readonly powerW: number;
}

export const NORMAL: AlertState = { kind: "normal", at: -1, quietUntil: -1 };

/** The state that follows `state` once `power` is known; one that is not newer changes nothing. */
export function nextAlertState(state: AlertState, { at, powerW }: Power, limit: Threshold): AlertState {
  if (at <= state.at) return state;
  const beyond = (limitW: number): boolean => (limit.direction === "above" ? powerW > limitW : powerW < limitW);
  const back = (clearW: number): boolean => (limit.direction === "above" ? powerW < clearW : powerW > clearW);

  if (state.kind === "raised") {
    return back(limit.clearW) ? { kind: "normal", at, quietUntil: at + limit.quietMs } : { ...state, at };
  }
  const { quietUntil } = state;
  if (!beyond(limit.limitW)) return { kind: "normal", at, quietUntil };

  const since = state.kind === "pending" ? state.since : at;
  const due = at - since >= limit.holdMs && at >= quietUntil;
  return due ? { kind: "raised", at, since } : { kind: "pending", at, quietUntil, since };
}

/** The state at `at` when nothing new was heard and the last power still holds: a hold can end between two readings. */
export function afterWaiting(state: AlertState, at: number, limit: Threshold): AlertState {
  if (state.kind !== "pending" || at - state.since < limit.holdMs || at < state.quietUntil) return state;
  return { kind: "raised", at: state.at, since: state.since };
}

/** A usable threshold, or an `invalid-config` error that names the setting that is wrong. */
export function makeThreshold(threshold: Threshold): Threshold {
  const { direction, limitW, clearW, holdMs, quietMs } = threshold;
  const wrongSide = direction === "above" ? clearW > limitW : clearW < limitW;
  if (wrongSide) {
    const must = direction === "above" ? "not exceed" : "not be less than";
    const message = `the clearing limit (${clearW / 1000} kW) must ${must} the limit (${limitW / 1000} kW)`;
    throw new EnergyError("invalid-config", message, { field: "clearKw" });
  }
  if (holdMs < 0) throw new EnergyError("invalid-config", "holdSeconds must be 0 or more", { field: "holdSeconds" });
  if (quietMs < 0) throw new EnergyError("invalid-config", "quietSeconds must be 0 or more", { field: "quietSeconds" });
  return threshold;
}
