import { NOTHING, readings, refused, type Decoded, type DraftReading } from "../decoded";
import type { DecodeSettings, Family } from "../family";
import { put } from "../measures";
import type { Message } from "../message";
import { parseText, scale } from "../numbers";
import { isDeviceTopic, isSmallTalk } from "../small-talk";
import { scaleOf, writtenScale, type Quantity, type Scale } from "../units";

/** Numbers that are no energy; a plain number under such a topic is somebody else's. */
const NOT_ENERGY =
  /^(?:temp(?:erature)?|humidity|pressure|rssi|lqi|linkquality|signal|battery|uptime|heap|memory|brightness|illuminance|lux|voltage|current|frequency|pf|power_?factor|timestamp|time|count|reactive_power|apparent_power)\d*$/i;

const TARGETS = { power: "powerW", energy: "importWh", volume: "volumeM3" } as const satisfies Record<
  Quantity,
  keyof DraftReading
>;

/** `1.25`, `"1,25"` or `1.25 kW`: the unit in the text, else in the topic (`…/power_w`), else the one that was set. */
export const plainNumber: Family = {
  profile: "number",
  about: {
    name: "123.4",
    topics: ["<any>"],
    fields: [{ measure: "powerW", from: "1.25 kW", unit: "kW" }],
    tested: [],
    switchedBy: "generic",
  },
  recognises: (message) => message.value !== undefined,

  decode(message, settings) {
    const { value, leaf } = message;
    if (value === undefined) return refused("not-a-number", "an object or list");
    if (isSmallTalk(value)) return NOTHING;
    const auto = settings.profile === "auto";
    const said = typeof value === "number" ? { number: value } : parseQuantity(String(value));
    if (!said) return isDeviceTopic(leaf) ? NOTHING : refused("not-a-number", String(value));
    if (auto && NOT_ENERGY.test(leaf)) return NOTHING;
    return oneValue(said.number, said.scale ?? (auto ? leafScale(leaf) : undefined) ?? settingScale(settings));
  },
};

function oneValue(number: number, { quantity, factor }: Scale): Decoded {
  const draft: DraftReading = {};
  put(draft, TARGETS[quantity], scale(number, factor));
  return Object.keys(draft).length > 0 ? readings([draft]) : refused("not-a-number", String(number));
}

function settingScale(settings: DecodeSettings): Scale {
  return scaleOf(settings.unit ?? "kW");
}

/** A number with or without a unit behind it. */
function parseQuantity(text: string): { number: number; scale?: Scale } | undefined {
  const number = parseText(text);
  if (number !== undefined) return { number };
  const match = /^([+-]?[\d.,]+(?:e[+-]?\d+)?)\s*([a-zA-Z]{1,5}[³3]?)$/.exec(text.slice(0, 60));
  if (!match) return undefined;
  const before = parseText(match[1] ?? "");
  const scale = writtenScale(match[2]);
  return before !== undefined && scale ? { number: before, scale } : undefined;
}

/** The unit a topic ends in, as in `power_w` or `total_kwh`. */
function leafScale(leaf: Message["leaf"]): Scale | undefined {
  const at = leaf.lastIndexOf("_");
  return at > 0 ? writtenScale(leaf.slice(at + 1).toLowerCase()) : undefined;
}
