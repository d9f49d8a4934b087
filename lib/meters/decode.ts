import { NOTHING, refused, type Decoded } from "./decoded";
import type { DecodeSettings, Family, ProfileName } from "./family";
import { json } from "./families/json";
import { plainNumber } from "./families/plain-number";
import { shellyGen1 } from "./families/shelly-gen1";
import { shellyGen2 } from "./families/shelly-gen2";
import { tasmota } from "./families/tasmota";
import { zigbee2mqtt } from "./families/zigbee2mqtt";
import { openMessage, type RawMessage } from "./message";
import { isHousekeeping, isSmallTalk } from "./small-talk";

/** In the order in which they are asked: the surest first, any JSON and any number last. */
const FAMILIES: readonly Family[] = [shellyGen2, tasmota, shellyGen1, zigbee2mqtt, json, plainNumber];
const BY_PROFILE = new Map<ProfileName, Family>(FAMILIES.map((family) => [family.profile, family]));

/** What a message says about energy. Never throws, and every number it gives is finite. */
export function decode(raw: RawMessage, settings: DecodeSettings): Decoded {
  if (isHousekeeping(raw.topic)) return NOTHING;
  const message = openMessage(raw);
  if ("kind" in message) return message;
  if (isSmallTalk(message.value)) return NOTHING;
  const { profile } = settings;
  const family = profile === "auto" ? FAMILIES.find((some) => some.recognises(message)) : BY_PROFILE.get(profile);
  return family ? family.decode(message, settings) : refused("not-understood", message.topic);
}

export type { Decoded, DecodedReading, Reason } from "./decoded";
export type { DecodeSettings, JsonPaths, ProfileName } from "./family";
export type { RawMessage } from "./message";
