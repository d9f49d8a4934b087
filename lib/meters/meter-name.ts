import { clip } from "./decoded";
import { fieldOf } from "./field-names";
import { valueNameOf } from "./value-name";

/** Parts of a topic that name a transport, a kind of message or a measure, and no device. */
const GENERIC =
  /^(?:tele|stat|cmnd|sensor|sensors|state|status\d*|result|power\d*|energy|events|rpc|info\d?|value|values|data|lwt|availability|zigbee2mqtt|shellies|homeassistant|mqtt|meter|meters|relay|emeter|roller|light|white|color|switch|voltage|current|pf|power_factor|total|total_returned|returned_energy|reactive_power|produced_energy|output|sample|reading|raw|telegram|obis_stream)$/i;
const COMPONENT = /^[a-z0-9]+:\d{1,3}$/;
const NUMBERED = /^(?:relay|emeter|roller|light|white|color|switch)$/;
const MAX_LENGTH = 100;

/**
 * The meter's key: the name that was set, else what the device calls itself, else the parts of the topic that the filter left
 * open, else the topic's last part, in both cases without the words that name no device.
 */
export function meterName(topic: string, filter: string, setting: string, device = ""): string {
  const fixed = clean(setting) || clean(device);
  if (fixed) return fixed;
  const parts = topic.split("/");
  const isOpen = openTest(filter);
  const telling = parts.map((part, index) => isTelling(part, parts[index - 1]));
  const open = isOpen && parts.filter((_, index) => telling[index] && isOpen(index));
  const name =
    open && open.length > 0
      ? open.join("-")
      : (parts.filter((_, index) => telling[index]).at(-1) ?? parts.filter(Boolean).at(-1) ?? "");
  return clean(name) || "meter";
}

/** Whether a part of the topic stands where the filter has a wildcard; nothing for a filter without one. */
function openTest(filter: string): ((index: number) => boolean) | undefined {
  const steps = filter.replace(/^\$share\/[^/]+\//, "").split("/");
  const rest = steps.indexOf("#");
  if (rest < 0 && !steps.includes("+")) return undefined;
  return (index) => steps[index] === "+" || (rest >= 0 && index >= rest);
}

export function isTelling(part: string, before: string | undefined): boolean {
  if (part === "" || GENERIC.test(part) || COMPONENT.test(part) || isMeasure(part)) return false;
  // The number of a relay or clamp is the circuit, which the message's reader adds.
  return !(before !== undefined && NUMBERED.test(before) && /^\d+$/.test(part));
}

/** `active_power`, `energy_import`, `voltage_l1`: what is measured, and not of what. */
function isMeasure(part: string): boolean {
  const said = valueNameOf(part);
  if (!said?.sure) return false;
  return said.phase === undefined ? fieldOf(part) !== undefined : said.of === "";
}

/** A name has one line and an end; what it says is the stranger's business. */
function clean(text: string): string {
  return clip(text.trim(), MAX_LENGTH).trim();
}
