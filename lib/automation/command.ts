import { FRESH_MS } from "../alerts/freshness";
import { EnergyError } from "../errors";
import { asObject, toOnOff } from "./profiles/profile";

/** Why a message never switches anything. */
export type Refusal = "reading" | "stale" | "retained" | "imported" | "quarantined";

export type Command =
  { readonly kind: "switch"; readonly on: boolean } | { readonly kind: "refused"; readonly why: Refusal };

/** What of a message matters here; all of it is somebody else's. */
export interface CommandMessage {
  readonly payload?: unknown;
  readonly reading?: unknown;
  readonly retain?: unknown;
}

/**
 * What a message wants of the device: true/false, "on"/"off", 1/0, `{on}`, or an alert, which while it is raised means
 * `raisedMeans` and once it is cleared the opposite. Anything else is an `invalid-command` error.
 */
export function parseCommand(msg: CommandMessage, raisedMeans: boolean, now: number): Command {
  const payload = asObject(msg.payload);
  if (payload && isReading(payload)) return { kind: "refused", why: "reading" };

  const on = payload ? wantedBy(payload, raisedMeans) : toOn(msg.payload);
  if (on === undefined) {
    throw new EnergyError("invalid-command", "not a command: send true or false, on or off, 1 or 0, or an alert", {
      field: "payload",
    });
  }
  const why = msg.retain === true ? "retained" : (doubt(payload, now) ?? doubt(asObject(msg.reading), now));
  return why ? { kind: "refused", why } : { kind: "switch", on };
}

type Thing = Readonly<Record<string, unknown>>;

/** A reading says what is, not what is wanted: a power of 1 W is no "on". */
function isReading(payload: Thing): boolean {
  return typeof payload.meter === "string" && typeof payload.at === "number" && !isAlert(payload) && !("on" in payload);
}

function isAlert(payload: Thing): boolean {
  return typeof payload.rule === "string" && typeof payload.kind === "string" && typeof payload.at === "number";
}

function wantedBy(payload: Thing, raisedMeans: boolean): boolean | undefined {
  if (!isAlert(payload)) return toOn(payload.on);
  return payload.clearedAt === undefined ? raisedMeans : !raisedMeans;
}

function toOn(value: unknown): boolean | undefined {
  const word = typeof value === "string" ? value.trim().toLowerCase() : value;
  if (word === 1 || word === "1" || word === "true") return true;
  if (word === 0 || word === "0" || word === "false") return false;
  const state = toOnOff(word);
  return state && state === "on";
}

/** Why what a command rests on does not say what is the case now. */
function doubt(thing: Thing | undefined, now: number): Refusal | undefined {
  if (!thing) return undefined;
  if (thing.quarantined === true) return "quarantined";
  const { source } = thing;
  if (source !== undefined && source !== "live") return source === "retained" ? "retained" : "imported";
  const at = thing.clearedAt ?? thing.at;
  return typeof at === "number" && !(Math.abs(now - at) <= FRESH_MS) ? "stale" : undefined;
}
