import { NOTHING, refused, type Decoded } from "./decoded";
import { FAMILIES } from "./families";
import type { DecodeSettings, Family, ProfileName } from "./family";
import { makeMemory, type Memory } from "./memory";
import { openMessage, type RawMessage } from "./message";
import { isHousekeeping, isSmallTalk } from "./small-talk";

const BY_PROFILE = new Map<ProfileName, Family>(FAMILIES.map((family) => [family.profile, family]));

/**
 * What a message says about energy. Never throws, and every number it gives is finite. Whoever hears message after message
 * hands over the same `memory` each time.
 */
export function decode(raw: RawMessage, settings: DecodeSettings, memory: Memory = makeMemory()): Decoded {
  if (isHousekeeping(raw.topic)) return NOTHING;
  const message = openMessage(raw);
  if ("kind" in message) return message;
  if (isSmallTalk(message.value)) return NOTHING;
  const { profile } = settings;
  const family = profile === "auto" ? FAMILIES.find((some) => some.recognises(message)) : BY_PROFILE.get(profile);
  return family ? family.decode(message, settings, memory) : refused("not-understood", message.topic);
}

export type { Decoded, DecodedReading, Reason } from "./decoded";
export type { DecodeSettings, JsonPaths, ProfileName } from "./family";
export type { RawMessage } from "./message";
