import { clip } from "./family";

/** Parts of a topic that name a transport, a kind of message or a measure, and no device. */
const GENERIC =
  /^(?:tele|stat|cmnd|sensor|sensors|state|status\d*|result|power\d*|energy|events|rpc|info\d?|value|values|data|lwt|availability|zigbee2mqtt|shellies|homeassistant|mqtt|meter|meters|relay|emeter|roller|light|white|color|switch|voltage|current|pf|power_factor|total|total_returned|returned_energy|reactive_power|produced_energy|output|sample|reading)$/i;
const COMPONENT = /^[a-z0-9]+:\d{1,3}$/;
const NUMBERED = /^(?:relay|emeter|roller|light|white|color|switch)$/;
const MAX_LENGTH = 100;

/**
 * The meter's key: the name that was set, else the parts of the topic that the filter left open, else the topic's last part,
 * in both cases without the words that name no device.
 */
export function meterName(topic: string, filter: string, setting: string): string {
  const fixed = clean(setting);
  if (fixed) return fixed;
  const parts = topic.split("/").filter(Boolean);
  const open = openParts(topic, filter);
  const telling = (open ?? parts).filter((part, index, all) => isTelling(part, index > 0 ? all[index - 1] : undefined));
  const name =
    open && telling.length > 0 ? telling.join("-") : (parts.filter(tellingAlone).at(-1) ?? parts.at(-1) ?? "");
  return clean(name) || "meter";
}

/** What stands where the filter has wildcards; nothing where it has none. */
function openParts(topic: string, filter: string): string[] | undefined {
  const steps = filter.replace(/^\$share\/[^/]+\//, "").split("/");
  const parts = topic.split("/");
  if (!steps.some((step) => step === "+" || step === "#")) return undefined;
  const rest = steps.indexOf("#");
  return parts.filter((part, index) => part !== "" && ((rest >= 0 && index >= rest) || steps[index] === "+"));
}

function isTelling(part: string, before: string | undefined): boolean {
  if (/^\d+$/.test(part) && before !== undefined && NUMBERED.test(before)) return false;
  return !GENERIC.test(part) && !COMPONENT.test(part);
}

function tellingAlone(part: string, index: number, all: readonly string[]): boolean {
  return isTelling(part, index > 0 ? all[index - 1] : undefined);
}

/** A name has one line and an end; what it says is the stranger's business. */
function clean(text: string): string {
  return clip(text.trim(), MAX_LENGTH).trim();
}
