import { NOTHING, readings, refused, type Decoded, type DraftReading } from "../decoded";
import type { DecodeSettings, Family } from "../family";
import { put } from "../measures";
import type { Message } from "../message";
import { wordsOf, type FieldKind } from "../field-names";
import { scale } from "../numbers";
import { isDeviceTopic, isSmallTalk } from "../small-talk";
import { parseQuantity, scaleOf, writtenScale, type Quantity, type Scale, type Unit } from "../units";
import { valueNameOf } from "../value-name";

/** Numbers that are no energy; a plain number under such a topic is somebody else's. */
const NOT_ENERGY =
  /^(?:temp(?:erature)?|humidity|pressure|rssi|lqi|linkquality|signal|battery|uptime|heap|memory|brightness|illuminance|lux|voltage|current|frequency|pf|power_?factor|timestamp|time|count|reactive_power|apparent_power)\d*$/i;

/** As the last of several words, too: `room_temperature`, `wifiSignal`. */
const OF_DEVICE = /^(?:temp|temperature|humidity|pressure|rssi|lqi|linkquality|signal|level|uptime)$/;
const ELECTRICAL: ReadonlySet<FieldKind> = new Set([
  ...(["voltage", "current", "factor", "frequency", "apparent", "reactive", "temperature", "soc"] as const),
]);
/** `21.5 °C`, `230 V`, `45 %`: a value of something else. */
const OTHER_UNIT = /^[+-]?[\d.,]+\s*(?:°[CF]|%|m?V|m?A|Hz|VA|var|hPa|ppm|lx|dBm?|s|min|h|€|EUR)$/i;

const TARGETS = { power: "powerW", energy: "importWh", volume: "volumeM3" } as const satisfies Record<
  Quantity,
  keyof DraftReading
>;

/** `1.25`, `"1,25"` or `1.25 kW`: the unit in the text, else in the topic (`…/power_w`, `…/energy`), else the one that was set. */
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
    if (!said) {
      const isOther = isDeviceTopic(leaf) || OTHER_UNIT.test(String(value).slice(0, 60));
      return isOther ? NOTHING : refused("not-a-number", String(value));
    }
    if (!auto) return oneValue(said.number, said.scale ?? settingScale(settings));
    if (said.scale) return oneValue(said.number, said.scale, exports(leaf));
    if (NOT_ENERGY.test(leaf) || isOfDevice(leaf)) return NOTHING;
    return oneValue(said.number, leafScale(leaf, settings.unit) ?? settingScale(settings), exports(leaf));
  },
};

function oneValue(number: number, { quantity, factor }: Scale, isExport = false): Decoded {
  const draft: DraftReading = {};
  put(draft, isExport && quantity === "energy" ? "exportWh" : TARGETS[quantity], scale(number, factor));
  return Object.keys(draft).length > 0 ? readings([draft]) : refused("not-a-number", String(number));
}

function settingScale(settings: DecodeSettings): Scale {
  return scaleOf(settings.unit ?? "kW");
}

/** What a solar meter produced is told as any other meter's register: its role turns it round. */
function exports(leaf: Message["leaf"]): boolean {
  return valueNameOf(leaf)?.field?.kind === "export" && !/produc/i.test(leaf);
}

/** A topic that ends in `voltage_l1` or `room_temperature` is of no energy; `power_current` is a power. */
function isOfDevice(leaf: Message["leaf"]): boolean {
  const words = wordsOf(leaf);
  if (OF_DEVICE.test(words.at(-1) ?? "")) return true;
  const { field, sure } = valueNameOf(leaf) ?? {};
  if (!sure || !field || !ELECTRICAL.has(field.kind)) return false;
  return field.kind !== "current" || !words.includes("power");
}

/**
 * The unit a topic ends in, as in `power_w` or `total_kwh`; for what is called an energy or a volume, the one of the size of
 * the power that was set.
 */
function leafScale(leaf: Message["leaf"], unit: Unit = "kW"): Scale | undefined {
  const at = leaf.lastIndexOf("_");
  const said = valueNameOf(leaf);
  const named = writtenScale(leaf.slice(at + 1).toLowerCase()) ?? said?.field?.scale;
  const { quantity, factor } = scaleOf(unit);
  if (named || quantity !== "power" || !said?.field) return named;
  const { kind } = said.field;
  if (kind === "volume") return scaleOf("m3");
  return said.sure && (kind === "import" || kind === "export") ? { quantity: "energy", factor } : undefined;
}
