import { EnergyError } from "../errors";
import { parseChoice } from "../parse-choice";
import { parseNumber, parseOptionalNumber } from "../parse-number";
import { KIND_DEFAULTS } from "../energy/site-facts";
import type { SiteFacts } from "../energy/site-facts";
import { SEVERITIES } from "../storage/energy-store";
import type { RuleSettings } from "./rule";
import { makeThreshold, type Threshold } from "./threshold";

/** As the form of the node hands them over; older flows may lack some. */
export interface RuleForm {
  readonly subject?: string;
  readonly direction?: string;
  readonly limitKw?: string;
  readonly clearKw?: string;
  readonly holdSeconds?: string;
  readonly quietSeconds?: string;
  readonly noDataSeconds?: string;
  readonly severity?: string;
  /** `all`, `none`, or ids with commas between. */
  readonly channels?: string;
}

type Limits = Pick<SiteFacts, "contractedW" | "kind">;

/** Where nothing else is set, an alert is over once power is this share of the limit back from it. */
const CLEAR_GAP = 0.05;

/** The rule in a form; without a limit of its own the site's contracted power, or what its kind makes of it, is the limit, and without that there is none. */
export function makeRuleSettings(id: string, form: RuleForm, site: Limits): RuleSettings {
  const threshold = limitOf(form, site);
  const silentSeconds = parseOptionalNumber(form.noDataSeconds, "noDataSeconds");
  if (silentSeconds !== undefined && silentSeconds <= 0) {
    throw new EnergyError("invalid-config", "noDataSeconds must be more than 0, or empty", { field: "noDataSeconds" });
  }
  return {
    id,
    subject: parseChoice(form.subject, "subject", ["meter", "site"]),
    ...(threshold && { threshold }),
    ...(silentSeconds !== undefined && { silentMs: silentSeconds * 1000 }),
    severity: parseChoice(form.severity, "severity", SEVERITIES, "warning"),
  };
}

/** The ids of the channels to tell; nothing means all there are. */
export function chosenChannels(channels: string | undefined): readonly string[] | undefined {
  if (!channels || channels === "all") return undefined;
  if (channels === "none") return [];
  return channels
    .split(",")
    .map((id) => id.trim())
    .filter((id) => id !== "");
}

function limitOf(form: RuleForm, { contractedW, kind }: Limits): Threshold | undefined {
  const direction = parseChoice(form.direction, "direction", ["above", "below"]);
  const ownKw = parseOptionalNumber(form.limitKw, "limitKw");
  const limitW =
    ownKw !== undefined
      ? ownKw * 1000
      : direction === "above" && contractedW !== undefined
        ? contractedW * KIND_DEFAULTS[kind].limitShare
        : undefined;
  if (limitW === undefined) return undefined;

  const clearKw = parseOptionalNumber(form.clearKw, "clearKw");
  const gapW = Math.abs(limitW) * CLEAR_GAP * (direction === "above" ? 1 : -1);
  return makeThreshold({
    direction,
    limitW,
    clearW: clearKw !== undefined ? clearKw * 1000 : limitW - gapW,
    holdMs: parseNumber(form.holdSeconds, "holdSeconds", 60) * 1000,
    quietMs: parseNumber(form.quietSeconds, "quietSeconds", 900) * 1000,
  });
}
