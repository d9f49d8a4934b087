import type { NodeDef } from "node-red";
import { makeProfile } from "../../lib/automation/device-profiles";
import { EnergyError } from "../../lib/errors";
import { parseChoice } from "../../lib/parse-choice";
import { parseNumber, parseOptionalNumber } from "../../lib/parse-number";
import type { SwitchedDeviceSettings } from "../../lib/site/switched-device";

/** What the editor saves; flows from before a setting lack it. */
export interface AutomationActionDef extends NodeDef {
  readonly site?: string;
  readonly broker?: string;
  readonly profile?: string;
  readonly device?: string;
  readonly channel?: string;
  readonly baseTopic?: string;
  readonly commandTopic?: string;
  readonly payloadOn?: string;
  readonly payloadOff?: string;
  readonly reportTopic?: string;
  readonly reportOn?: string;
  readonly reportOff?: string;
  readonly confirmSeconds?: string | number;
  readonly minOnSeconds?: string | number;
  readonly minOffSeconds?: string | number;
  readonly repeatSeconds?: string | number;
  readonly safeState?: string;
  readonly raisedMeans?: string;
  readonly confirmMeter?: string;
  readonly confirmW?: string | number;
}

/** A command that is lost is sent twice more. */
const RETRIES = 2;

/** The device that the settings describe, nothing while none is chosen, or an `invalid-config` error. */
export function makeDeviceSettings(id: string, def: AutomationActionDef): SwitchedDeviceSettings | undefined {
  const device = def.device ?? "";
  const commandTopic = def.commandTopic ?? "";
  const profile = makeProfile(def.profile ?? "tasmota", {
    device,
    channel: def.channel ?? "",
    baseTopic: def.baseTopic ?? "",
    commandTopic,
    payloadOn: def.payloadOn ?? "on",
    payloadOff: def.payloadOff ?? "off",
    reportTopic: def.reportTopic ?? "",
    reportOn: def.reportOn ?? "",
    reportOff: def.reportOff ?? "",
  });

  const repeatSeconds = parseOptionalNumber(def.repeatSeconds, "repeatSeconds");
  const switching = {
    confirmMs: parseSeconds(def.confirmSeconds, "confirmSeconds", 5, 0.1),
    retries: RETRIES,
    minOnMs: parseSeconds(def.minOnSeconds, "minOnSeconds", 0),
    minOffMs: parseSeconds(def.minOffSeconds, "minOffSeconds", 0),
    ...(repeatSeconds !== undefined && { repeatMs: parseSeconds(repeatSeconds, "repeatSeconds", 0, 1) }),
    safeState: parseChoice(def.safeState, "safeState", ["leave", "on", "off"]),
  };
  const meter = (def.confirmMeter ?? "").trim();
  const aboveW = parseNumber(def.confirmW, "confirmW", 5);
  const name = def.name || device || commandTopic;
  return profile && { id, name, profile, switching, ...(meter && { proof: { meter, aboveW } }) };
}

/** Whether a raised alert turns the device on. */
export function parseRaisedMeans(value: string | undefined): boolean {
  return parseChoice(value, "raisedMeans", ["off", "on"]) === "on";
}

/** In ms. */
function parseSeconds(value: unknown, field: string, fallback: number, least = 0): number {
  const seconds = parseNumber(value, field, fallback);
  if (seconds < least) {
    throw new EnergyError("invalid-config", `${field} must be at least ${least}, got ${seconds}`, { field });
  }
  return seconds * 1000;
}
